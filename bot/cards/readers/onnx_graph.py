"""Read what made an ONNX model, what goes in and comes out, and how many weights it has.

Weights are passed over, and a file beside it that holds them is not opened.
Source: onnx/onnx, onnx.proto; the numbers below are those of its fields.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.cards.artifacts import MAX_INTEGER, CannotRead, Opened
from bot.cards.element_types import element_type
from bot.cards.facts import Fact, Value
from bot.cards.protobuf import Field, Protobuf

MAX_VALUES = 50
"""Inputs, outputs, operator sets and properties taken, at most, of each."""
MAX_SIDES = 8
"""Dimensions of an input or output written down, at most."""
MAX_INPUTS = 10_000
"""Inputs looked at: weights may be among them."""

_TEXTS = {2: "producer_name", 3: "producer_version", 4: "domain"}
_NUMBERS = {1: "ir_version", 5: "model_version"}
_GRAPH, _OPERATORS, _PROPERTIES = 7, 8, 14
_WANTED = {*_TEXTS, *_NUMBERS, _GRAPH, _OPERATORS, _PROPERTIES}
_GRAPH_NAME, _WEIGHTS, _INPUTS, _OUTPUTS = 2, 5, 11, 12


@dataclass
class _Weights:
    """Add up the tensors of a graph."""

    names: set[str] = field(default_factory=set)
    count: int = 0
    parameters: dict[str, int] = field(default_factory=dict)
    is_elsewhere: bool = False

    def add(self, onnx: Protobuf, tensor: Field) -> None:
        """Add one tensor, going by its dims, data_type, name and data_location. Raises CannotRead."""
        shape: list[int] = []
        kind = 0
        for part in onnx.fields(tensor):
            if part.number == 1:
                shape += onnx.numbers(part)
            elif part.number == 2:
                kind = part.value or 0
            elif part.number == 8 and len(self.names) < MAX_INPUTS:
                self.names.add(onnx.text(part) or "")
            elif part.number == 14:
                self.is_elsewhere |= part.value == 1
        named = element_type("onnx", kind)
        self.count += 1
        self.parameters[named] = self.parameters.get(named, 0) + math.prod(shape)
        if any(side < 0 for side in shape) or self.parameters[named] > MAX_INTEGER:
            raise CannotRead(f"its tensor number {self.count} has an impossible shape")


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield the facts of one model. Raises CannotRead."""
    onnx = Protobuf(content)
    parts = [part for part in onnx.fields() if part.number in _WANTED]
    facts = [*_of_model(onnx, parts)]
    graphs = [part for part in parts if part.number == _GRAPH]
    if len(graphs) != 1 or not any(part.number == 1 and part.value for part in parts):
        raise CannotRead("it is not an ONNX model")
    facts += _of_graph(onnx, graphs[0])
    for name, value, key in facts:
        if value is not None:
            yield Fact(f"onnx.{name}", value, file, key)


def _of_model(onnx: Protobuf, parts: list[Field]) -> Iterator[tuple[str, Value | None, str]]:
    for part in parts:
        if part.number in _TEXTS:
            name = _TEXTS[part.number]
            yield name, onnx.text(part), name
        elif part.number in _NUMBERS and part.signed is not None and part.signed > 0:
            name = _NUMBERS[part.number]
            yield name, part.signed, name
    for part in [part for part in parts if part.number == _OPERATORS][:MAX_VALUES]:
        domain, version = _operators(onnx, part)
        yield f"opset.{domain}" if domain else "opset", version, "opset_import.version"
    for part in [part for part in parts if part.number == _PROPERTIES][:MAX_VALUES]:
        pair = {entry.number: onnx.text(entry) for entry in onnx.fields(part)}
        if pair.get(1):
            yield f"property.{pair[1]}", pair.get(2), f"metadata_props.{pair[1]}"


def _operators(onnx: Protobuf, within: Field) -> tuple[str, int | None]:
    domain, version = "", None
    for part in onnx.fields(within):
        if part.number == 1:
            domain = onnx.text(part) or ""
        elif part.number == 2:
            version = part.signed
    return domain, version


def _of_graph(onnx: Protobuf, within: Field) -> Iterator[tuple[str, Value | None, str]]:
    weights = _Weights()
    values: dict[int, dict[str, str]] = {_INPUTS: {}, _OUTPUTS: {}}
    for part in onnx.fields(within):
        if part.number == _GRAPH_NAME:
            yield "graph", onnx.text(part), "graph.name"
        elif part.number == _WEIGHTS:
            weights.add(onnx, part)
        elif part.number in values and len(values[part.number]) < MAX_INPUTS:
            name, kind = _value(onnx, part)
            values[part.number][name] = kind
    yield "tensors", weights.count, "graph.initializer"
    yield "parameters", sum(weights.parameters.values()), "graph.initializer.dims"
    for kind, count in sorted(weights.parameters.items()):
        yield f"parameters.{kind}", count, f"graph.initializer[data_type={kind}].dims"
    yield "external_data", weights.is_elsewhere or None, "graph.initializer.data_location"
    # Up to version 3 of the format every weight was an input as well.
    inputs = {name: kind for name, kind in values[_INPUTS].items() if name and name not in weights.names}
    outputs = {name: kind for name, kind in values[_OUTPUTS].items() if name}
    yield from ((f"input.{name}", kind, "graph.input") for name, kind in [*inputs.items()][:MAX_VALUES])
    yield from ((f"output.{name}", kind, "graph.output") for name, kind in [*outputs.items()][:MAX_VALUES])


def _value(onnx: Protobuf, within: Field) -> tuple[str, str]:
    """Give the name of an input or output, and its type as ``float32[batch, 3, 224, 224]``."""
    name, kind = "", ""
    for part in onnx.fields(within):
        if part.number == 1:
            name = onnx.text(part) or ""
        elif part.number == 2:
            kind = next((_tensor(onnx, one) for one in onnx.fields(part) if one.number == 1), "no tensor")
    return name, kind


def _tensor(onnx: Protobuf, within: Field) -> str:
    kind, sides = "unknown", list[str]()
    for part in onnx.fields(within):
        if part.number == 1:
            kind = element_type("onnx", part.value or 0)
        elif part.number == 2:
            sides += [_side(onnx, one) for one in onnx.fields(part) if one.number == 1][:MAX_SIDES]
    return f"{kind}[{', '.join(sides)}]"


def _side(onnx: Protobuf, within: Field) -> str:
    for part in onnx.fields(within):
        if part.number == 1 and part.signed is not None:
            return str(part.signed)
        if part.number == 2:
            return onnx.text(part) or "?"
    return "?"
