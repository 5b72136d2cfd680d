"""Read a YAML document into a pydantic model, every problem with its line and column."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot import yaml_nodes
from bot.yaml_nodes import Node

MAX_BYTES = 256 * 1024
"""Bytes of YAML read at most; of hostile text this much takes libyaml half a second."""
MAX_DEPTH = 32
"""Levels of nesting read at most; it also ends an alias that contains itself."""
MAX_VALUES = 50_000
"""Values read at most, counted after aliases are followed, so that they cannot multiply."""
MAX_PROBLEMS = 50
"""Problems told of one document at most; nobody fixes more in one go."""

Path = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, order=True)
class Problem:
    """Say what is wrong at one place of a document; line and column count from 1."""

    line: int
    column: int
    path: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class DocumentError(Exception):
    """Carry what is wrong with one document, in the order of its lines.

    Of more than ``MAX_PROBLEMS`` problems the first are told, and a last one says how many were left out.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        in_order = sorted(problems, key=lambda problem: (problem.line, problem.column))
        self.problems = tuple(in_order[:MAX_PROBLEMS])
        left_out = in_order[MAX_PROBLEMS:]
        if left_out:
            message, hint = f"and {len(left_out)} more from here on", "fix those above first"
            self.problems += (Problem(left_out[0].line, left_out[0].column, "", message, hint),)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Positions:
    """Know where each key and value of a document stands, as (line, column) from 1."""

    keys: Mapping[Path, tuple[int, int]] = field(default_factory=dict)
    values: Mapping[Path, tuple[int, int]] = field(default_factory=dict)

    def of_key(self, path: Path) -> tuple[int, int]:
        """Find the key at ``path``, or the nearest value around it that the document holds."""
        return self.keys.get(path) or self.of_value(path)

    def of_value(self, path: Path) -> tuple[int, int]:
        """Find the value at ``path``, or the nearest one around it that the document holds."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))


def read_document(text: str | bytes, model: type[M]) -> M:
    """Read one YAML mapping into ``model``.

    Give the model ``extra="forbid"`` so that unknown keys are reported.
    Raises DocumentError with every problem found.
    """
    data, positions = parse_mapping(text)
    return validate_mapping(data, positions, model)


def parse_mapping(text: str | bytes) -> tuple[dict[str, Any], Positions]:
    """Read one YAML 1.2 mapping into plain values and the positions they stand at.

    Dates stay text, keys are always text, tags that would build objects are refused.
    An empty document is an empty mapping. Raises DocumentError.
    """
    root = _compose(_decode(text))
    if root is None:
        return {}, Positions()
    if not isinstance(root, yaml_nodes.Mapping):
        line, column = _mark(root)
        hint = 'write keys with values, for example "name: value"'
        raise DocumentError((Problem(line, column, "", "the document is not a mapping", hint),))
    reading = _Reading()
    data = reading.value(root, ())
    if reading.problems:
        raise DocumentError(tuple(reading.problems))
    return data, Positions(reading.keys, reading.values)


def validate_mapping(data: Mapping[str, Any], positions: Positions, model: type[M]) -> M:
    """Check plain values against ``model`` and report problems where ``positions`` says they stand.

    Raises DocumentError.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise DocumentError(tuple(_problems(details, data, positions, model))) from None


def _decode(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        message = f"the document is larger than {MAX_BYTES // 1024} KiB"
        raise DocumentError((Problem(1, 1, "", message),))
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(text[: error.start].decode("utf-8", "replace"))
        problem = Problem(line, column, "", "the document is not UTF-8 text", "save it as UTF-8")
        raise DocumentError((problem,)) from None


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _compose(text: str) -> Node | None:
    try:
        return yaml_nodes.compose(text, MAX_DEPTH)
    except yaml_nodes.MarkedError as error:
        raise DocumentError((_syntax_problem(error),)) from None
    except yaml_nodes.Error as error:
        line, column = _place(text[: getattr(error, "position", 0)])
        problem = Problem(line, column, "", "a character here is not allowed in YAML", "remove it")
        raise DocumentError((problem,)) from None
    except Exception as error:  # readers let plain Python errors through for some malformed texts
        reason = f"the document cannot be read as YAML ({type(error).__name__})"
        raise DocumentError((Problem(1, 1, "", reason),)) from None


def _syntax_problem(error: Any) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = " ".join(str(error.problem or "").split())[:200]
    if "maximum depth" in said:
        return Problem(line, column, "", f"nested more than {MAX_DEPTH} levels deep")
    if "another document" in said:
        return Problem(line, column, "", "a second document starts here", 'remove the "---" line')
    if r"'\t'" in said:
        return Problem(line, column, "", "a tab is used for indentation", "use spaces")
    return Problem(line, column, "", f"not valid YAML: {said}")


def _mark(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


class _Reading:
    """Turn composed nodes into plain values, noting positions and problems on the way."""

    def __init__(self) -> None:
        self.keys: dict[Path, tuple[int, int]] = {}
        self.values: dict[Path, tuple[int, int]] = {}
        self.problems: list[Problem] = []

    def value(self, node: Node, path: Path) -> Any:
        if len(path) > MAX_DEPTH or len(self.values) >= MAX_VALUES:
            too = "nested too deep" if len(path) > MAX_DEPTH else f"more than {MAX_VALUES} values"
            line, column = _mark(node)
            raise DocumentError((Problem(line, column, _dotted(path), too, "check the aliases (*name)"),))
        self.values[path] = _mark(node)
        tag = str(node.tag).removeprefix("tag:yaml.org,2002:")
        if isinstance(node, yaml_nodes.Mapping) and tag == "map":
            return self._mapping(node, path)
        if isinstance(node, yaml_nodes.Sequence) and tag == "seq":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml_nodes.Scalar) and not _is_text(node.value):
            self._problem(node, path, _HALF, "write the character itself")
            return None
        if isinstance(node, yaml_nodes.Scalar) and tag in _SCALARS:
            try:
                return _SCALARS[tag](node.value)
            except ValueError:
                self._problem(node, path, "this number cannot be read", "put it in quotes if it is text")
                return None
        self._problem(node, path, f"the tag {str(node.tag)[:60]!r} is not allowed here", "remove it")
        return None

    def _mapping(self, node: yaml_nodes.Mapping, path: Path) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml_nodes.Scalar):
                self._problem(key_node, path, "a key has to be plain text")
                continue
            key = str(key_node.value)
            if not _is_text(key):
                self._problem(key_node, path, _HALF, "write the character itself")
                continue
            where = (*path, key)
            if str(key_node.tag).endswith(":merge"):
                self._problem(key_node, where, "merge keys (<<) are not supported", "repeat the lines")
            elif key in read:
                first, _ = self.keys[where]
                self._problem(
                    key_node, where, f"the key {_quoted(key)} is given twice", f"first on line {first}"
                )
            else:
                self.keys[where] = _mark(key_node)
                read[key] = self.value(value_node, where)
        return read

    def _problem(self, node: Node, path: Path, message: str, hint: str | None = None) -> None:
        line, column = _mark(node)
        self.problems.append(Problem(line, column, _dotted(path), message, hint))


_HALF = r"an escape such as \ud83d is half a character"


def _is_text(value: str) -> bool:
    """Tell whether a text has no lone surrogates, which no encoding can write."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _integer(text: str) -> int:
    bare = text.replace("_", "").lower()
    base = {"0x": 16, "0o": 8, "0b": 2}.get(bare.lstrip("+-")[:2], 10)
    return int(bare, base)


_SCALARS: dict[str, Callable[[str], object]] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() in {"true", "yes", "on", "y"},
    "int": _integer,
    "float": lambda text: float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")),
    "str": str,
    "timestamp": str,
}


def _problems(
    details: list[ErrorDetails], data: Mapping[str, Any], positions: Positions, model: type[BaseModel]
) -> Iterator[Problem]:
    said: dict[tuple[tuple[int, int], Path], tuple[list[str], list[str | None]]] = {}
    unknown: set[Path] = set()
    for detail in details:
        path = _in_document(detail["loc"], data)
        message, hint = _in_words(detail)
        if detail["type"] == "extra_forbidden":
            place = positions.of_key(path)
            unknown.add(path)
        else:
            place = positions.of_value(path)
        messages, hints = said.setdefault((place, path), ([], []))
        if message not in messages:
            messages.append(message)
        hints.append(hint)
    in_order = sorted(said.items(), key=lambda item: item[0][0])
    for told, (((line, column), path), (messages, hints)) in enumerate(in_order):
        hint = next(filter(None, hints), None)
        # Looking for the nearest key is the dear part, so it is done only for what will be told.
        if hint is None and path in unknown and told < MAX_PROBLEMS:
            hint = _nearest(path, model)
        yield Problem(line, column, _dotted(path), ", or ".join(messages), hint)


def _in_document(location: tuple[str | int, ...], data: object) -> Path:
    """Drop from pydantic's location what names a union's branch instead of a place in the document."""
    path: list[str | int] = []
    for part in location:
        match data, part:
            case dict(), _ if part in data:
                data = data[part]
            case list(), int() if part < len(data):
                data = data[part]
            case _:
                continue
        path.append(part)
    return tuple(path)


def _in_words(detail: ErrorDetails) -> tuple[str, str | None]:
    kind, context, location = detail["type"], detail.get("ctx", {}), detail["loc"]
    last = str(location[-1]) if location else ""
    match kind:
        case "extra_forbidden":
            return f"unknown key {_quoted(last)}", None
        case "missing":
            return f"the key {_quoted(last)} is missing", None
        case "value_error" | "assertion_error":
            return str(context.get("error", detail["msg"])), None
        case "literal_error" | "enum":
            return f"expected {context['expected']}", None
        case "string_type":
            is_scalar = isinstance(detail["input"], bool | int | float)
            return "expected text", "put it in quotes" if is_scalar else None
        case _:
            return _EXPECTED.get(kind) or _uncapitalised(detail["msg"]), None


_EXPECTED = {
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "set_type": "expected a list",
    "frozen_set_type": "expected a list",
    "dict_type": "expected keys with values",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
    "none_required": "expected nothing",
}


def _uncapitalised(message: str) -> str:
    plain = message.replace("Input should", "this should").replace("String should", "the text should")
    return plain[:1].lower() + plain[1:]


def _nearest(path: Path, model: type[BaseModel]) -> str | None:
    known = sorted(_known_keys(_schema(model), path[:-1]))
    near = difflib.get_close_matches(str(path[-1])[:80], known, n=1) if path else []
    return f"did you mean {_quoted(near[0])}?" if near else None


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _known_keys(schema: dict[str, Any], path: Path) -> set[str]:
    """Collect the keys the JSON Schema of a model allows in the mapping at ``path``."""
    found = [schema]
    for part in path:
        found = [inner for one in found for inner in _inside(one, part, schema)]
    return {key for one in found for leaf in _branches(one, schema) for key in leaf.get("properties", {})}


def _branches(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        yield from _branches(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    elif "anyOf" in schema or "oneOf" in schema:
        for option in schema.get("anyOf", schema.get("oneOf", [])):
            yield from _branches(option, root)
    else:
        yield schema


def _inside(schema: dict[str, Any], part: str | int, root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for leaf in _branches(schema, root):
        if isinstance(part, int):
            inner = leaf.get("items")
        else:
            inner = leaf.get("properties", {}).get(part, leaf.get("additionalProperties"))
        if isinstance(inner, dict):
            yield inner


def _quoted(text: str) -> str:
    return json.dumps(text[:80], ensure_ascii=False)


def _dotted(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
