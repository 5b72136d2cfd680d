"""Read the classes and parameters of a scikit-learn model that skops saved; no class of it is imported.

Source: skops-dev/skops, skops/io/_persist.py and _general.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards.archives import open_archive, read_member
from bot.cards.artifacts import CannotRead, Opened, parse_json, text
from bot.cards.facts import Fact
from bot.cards.taking import scalar

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 200_000
"""Parts of the model looked at, at most."""
MAX_CLASSES = 20
MAX_PARAMETERS = 40
"""Parameters of one class taken, at most."""
_MEMBER = "schema.json"


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield the facts of one model. Raises CannotRead."""
    with open_archive(content) as archive:
        schema = read_member(archive, _MEMBER, MAX_BYTES)
    version = text(schema.get("_skops_version"))
    if version is None:
        raise CannotRead(f"its {_MEMBER} is not one of skops")
    facts = [Fact("skops.version", version, file, f"{_MEMBER}:_skops_version")]
    name = _class(schema)
    if name:
        facts.append(Fact("sklearn.class", name, file, f"{_MEMBER}:__class__"))
    yield from [*facts, *_inside(schema, file)]


def _inside(schema: dict[str, Any], file: str) -> Iterator[Fact]:
    """Yield the estimators, and the parameters of the first one of each class."""
    estimators: dict[str, dict[str, Any]] = {}
    for node in _nodes(schema):
        name, state = _class(node), _state(node)
        if name and state and "_sklearn_version" in state and len(estimators) < MAX_CLASSES:
            estimators.setdefault(name, state)
    if estimators:
        yield Fact("sklearn.estimators", list(estimators), file, f"{_MEMBER}:__class__")
    versions = {text(_plain(state["_sklearn_version"])) for state in estimators.values()}
    version = versions.pop() if len(versions) == 1 else None
    if version:
        yield Fact("sklearn.version", version, file, f"{_MEMBER}:_sklearn_version")
    for name, state in estimators.items():
        yield from _parameters(name.rpartition(".")[2], state, file)


def _parameters(name: str, state: dict[str, Any], file: str) -> Iterator[Fact]:
    """Yield what was chosen: names that end in an underscore are what fitting found."""
    chosen = [key for key in state if text(key) and not key.endswith("_") and not key.startswith("_")]
    for key in chosen[:MAX_PARAMETERS]:
        value = scalar(_plain(state[key]))
        if value is not None:
            yield Fact(f"sklearn.parameter.{name}.{key}", value, file, f"{_MEMBER}:{name}.{key}")


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every part of the model in the order it is written, at most ``MAX_NODES``."""
    waiting: list[Any] = [schema]
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += reversed(node.values())
        elif isinstance(node, list):
            waiting += reversed(node)
    raise CannotRead(f"its {_MEMBER} has over {MAX_NODES} parts")


def _class(node: dict[str, Any]) -> str | None:
    module, name = node.get("__module__"), node.get("__class__")
    return text(f"{module}.{name}") if isinstance(module, str) and isinstance(name, str) else None


def _state(node: dict[str, Any]) -> dict[str, Any] | None:
    """Give the attributes of an object, which it keeps in a dictionary of its own."""
    content = node.get("content")
    state = content.get("content") if isinstance(content, dict) else None
    return state if isinstance(state, dict) and node.get("__loader__") == "ObjectNode" else None


def _plain(node: object) -> object:
    """Give the plain value a part holds as JSON within JSON."""
    if isinstance(node, dict) and node.get("is_json") is True and isinstance(node.get("content"), str):
        try:
            return parse_json(node["content"].encode("utf-8", "surrogatepass"))
        except CannotRead:
            return None
    return None
