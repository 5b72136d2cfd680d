"""Read the version, tags and signatures of a TensorFlow SavedModel; its graph and weights are passed over.

Source: tensorflow/tensorflow, core/protobuf/saved_model.proto and meta_graph.proto; the numbers below are
those of their fields.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.artifacts import CannotRead, Opened
from bot.cards.element_types import element_type
from bot.cards.facts import Fact, Value
from bot.cards.protobuf import Field, Protobuf

MAX_VALUES = 50
"""Tags, signatures, and inputs or outputs of one, taken at most."""
_META_GRAPH = 2
_INFO, _SIGNATURE = 1, 5
_TAG, _VERSION = 4, 5
_SIDES = {1: "input", 2: "output"}

_Said = Iterator[tuple[str, Value | None, str]]


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield the facts of one model. Raises CannotRead."""
    model = Protobuf(content)
    graphs = [part for part in model.fields() if part.number == _META_GRAPH][:MAX_VALUES]
    said = [fact for graph in graphs for fact in _of_graph(model, graph)]
    if not any(name == "tensorflow_version" for name, _, _ in said):
        raise CannotRead("it is not a TensorFlow SavedModel")
    for name, value, key in said:
        if value is not None:
            yield Fact(f"saved_model.{name}", value, file, key)


def _of_graph(model: Protobuf, graph: Field) -> _Said:
    signatures = 0
    for part in model.fields(graph):
        if part.number == _INFO:
            yield from _of_info(model, part)
        elif part.number == _SIGNATURE and signatures < MAX_VALUES:
            signatures += 1
            yield from _of_signature(model, part)


def _of_info(model: Protobuf, info: Field) -> _Said:
    tags: list[str] = []
    for part in model.fields(info):
        if part.number == _TAG and len(tags) < MAX_VALUES:
            tags += [tag for tag in [model.text(part)] if tag]
        elif part.number == _VERSION:
            yield "tensorflow_version", model.text(part), "meta_graphs.meta_info_def.tensorflow_version"
    yield "tags", tags or None, "meta_graphs.meta_info_def.tags"


def _of_signature(model: Protobuf, entry: Field) -> _Said:
    """Yield each input and output of a signature; those of training's own bookkeeping start with ``__``."""
    name, signature = _pair(model, entry)
    if not name or name.startswith("__") or signature is None:
        return
    taken = 0
    for part in model.fields(signature):
        if part.number in _SIDES and taken < MAX_VALUES:
            taken += 1
            side = _SIDES[part.number]
            tensor, described = _pair(model, part)
            if tensor and described:
                key = f"meta_graphs.signature_def.{name}.{side}s.{tensor}"
                yield f"{side}.{name}.{tensor}", _tensor(model, described), key


def _pair(model: Protobuf, entry: Field) -> tuple[str | None, Field | None]:
    """Give the key of a map's entry, and the field that holds its value."""
    parts = {part.number: part for part in model.fields(entry)}
    return (model.text(parts[1]) if 1 in parts else None), parts.get(2)


def _tensor(model: Protobuf, described: Field) -> str:
    """Write a tensor's type down as ``float32[?, 8, 8, 1]``."""
    kind, sides = "unknown", list[str]()
    for part in model.fields(described):
        if part.number == 2:
            kind = element_type("tensorflow", part.value or 0)
        elif part.number == 3:
            sides += [_side(model, one) for one in model.fields(part) if one.number == 2][:MAX_VALUES]
    return f"{kind}[{', '.join(sides)}]"


def _side(model: Protobuf, side: Field) -> str:
    size = next((part.signed for part in model.fields(side) if part.number == 1), 0)
    return "?" if size is None or size < 0 else str(size)
