"""Read and check the header of a safetensors file, by hand and without loading a single weight.

The rules are those of the format: an unsigned 64-bit little-endian length, a JSON object of that many
bytes, then the data, which the tensors' offsets have to cover with no hole and no overlap.
Source: the README of huggingface/safetensors, section "Format".
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from bot.cards.artifacts import (
    MAX_INTEGER,
    CannotRead,
    Opened,
    holds_too_much,
    once,
    open_file,
    parse_json,
    size_of,
    text,
)
from bot.cards.facts import Fact

MAX_HEADER = 25_000_000
"""Bytes of header read at most, as huggingface_hub does."""

_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip


_OTHERS = {
    **{bytes([0x80, protocol]): "a pickle, as torch.save writes it" for protocol in range(2, 6)},
    b"PK\3\4": "a zip archive, as torch.save writes it",
    b"GGUF": "a GGUF file",
    b"\x89HDF": "an HDF5 file",
}
"""What else weights come in, by the first bytes."""


_VARIANT = re.compile(
    r"(?:(?P<plain>[A-Za-z0-9_]{1,80})(?:-[0-9]{5}-of-[0-9]{5})?\.(?P<variant>[a-z0-9_]{2,12})|(?P<other>consolidated))"
    r"(?:-[0-9]{5}-of-[0-9]{5})?(?:\.safetensors)"
)
"""How Diffusers and Transformers name weights in another number format, and Mistral in another layout."""


_METADATA = '{"__metadata__":'
_KEYS = ('"dtype"', '"shape"', '"data_offsets"')
_Natural = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
_Shape = Annotated[tuple[_Natural, ...], msgspec.Meta(max_length=64)]
"""As many dimensions as PyTorch and NumPy know, so that no header makes anybody multiply for hours."""


class Tensor(msgspec.Struct, gc=False, frozen=True, forbid_unknown_fields=True):
    """Describe one tensor: its element type, its shape, and where its data starts and ends, in bytes."""

    dtype: str
    shape: _Shape
    data_offsets: tuple[_Natural, _Natural]


@dataclass(frozen=True)
class Header:
    """Hold what a safetensors file says about itself.

    ``parameters`` are counted per element type.
    """

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    parameters: dict[str, int]


_decode_tensors = msgspec.json.Decoder(dict[str, Tensor]).decode
_decode_metadata = json.JSONDecoder(object_pairs_hook=once).raw_decode


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the number of tensors, and of parameters in all and per element type. Raises CannotRead.

    Of weights that stand in the folder under their plain name as well, only which variant they are: counted
    once more they would make the model twice its size.
    """
    header = read_header(path)
    again = _variant(path)
    if again:
        yield Fact("variant", again, file, "")
        return
    yield Fact("tensors", len(header.tensors), file, "header")
    yield Fact("parameters", sum(header.parameters.values()), file, "header.*.shape")
    for dtype, count in sorted(header.parameters.items()):
        yield Fact(f"parameters.{dtype}", count, file, f"header.*[dtype={dtype}].shape")
    written_by = text(header.metadata.get("format"))
    if written_by:
        yield Fact("tensor_format", written_by, file, "header.__metadata__.format")


def read_header(path: Path) -> Header:
    """Read the header of the file at ``path`` and hold it against the file's size. Raises CannotRead."""
    with open_file(path) as file:
        return parse_header(file)


def look(content: Opened, file: str) -> Iterator[str]:
    """Look at what ``read`` looks at in the file itself. Raises CannotRead."""
    yield from parse_header(content).tensors


def parse_header(file: Opened) -> Header:
    """Read the header at the start of ``file``, and hold it against the file's size. Raises CannotRead."""
    size = size_of(file)
    if size == 0:
        raise CannotRead("it is empty")
    first = file.read(8)
    if len(first) < 8:
        raise CannotRead("it ends before the length of its header")
    length = int.from_bytes(first, "little")
    other = next((name for start, name in _OTHERS.items() if first.startswith(start)), None)
    if length > MAX_HEADER and other:
        raise CannotRead(f"it is {other}, not safetensors")
    if length > MAX_HEADER:
        raise CannotRead(f"it claims a header of {length} bytes, more than the {MAX_HEADER} allowed")
    if 8 + length > size:
        raise CannotRead(f"its header is cut off: {length} bytes announced, {size - 8} there")
    raw = file.read(length)
    if not raw.startswith(b"{"):
        raise CannotRead("its header does not start with a JSON object")
    tensors, metadata = _plain(raw) or _any(raw)
    return Header(tensors, metadata, _counted(tensors, size - 8 - length))


_Content = tuple[dict[str, Tensor], dict[str, str]]


def _any(raw: bytes) -> _Content:
    """Read any header, with the reason when it is wrong. Raises CannotRead."""
    content = parse_json(raw)
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise CannotRead("its __metadata__ is not a map from text to text")
    return {name: _tensor(name, entry) for name, entry in content.items()}, metadata


def _plain(raw: bytes) -> _Content | None:
    """Read a header as libraries write them, many times faster; ``None`` where it is another one.

    Its metadata comes first if there is any, no character is escaped, and no key is there twice: each tensor
    has each of its keys once.
    """
    if b"\\" in raw or not raw.isascii() or holds_too_much(raw):
        return None
    content, metadata = raw.decode("ascii"), dict[str, str]()
    try:
        if content.startswith(_METADATA):
            given, end = _decode_metadata(content, len(_METADATA))
            metadata = msgspec.convert(given, dict[str, str])
            if content[end : end + 1] != ",":
                return None
            content = "{" + content[end + 1 :]
        tensors = _decode_tensors(content)
    except (ValueError, RecursionError, CannotRead):
        return None
    # One before each value: the tensor's and its three. Names may have some of their own, as TensorFlow's do.
    marks_fit = content.count(":") == 4 * len(tensors)
    is_plain = marks_fit or all(content.count(key) == len(tensors) for key in _KEYS)
    return (tensors, metadata) if tensors and is_plain else None


def _variant(path: Path) -> str | None:
    """Name the variant, if the same weights stand beside it under their plain name."""
    match = _VARIANT.fullmatch(path.name)
    if match is None:
        return None
    plain = match["plain"] or "model"
    names = (f"{plain}.safetensors", f"{plain}-00001-of-*.safetensors")
    beside = any(any(path.parent.glob(name)) for name in names)
    return (match["variant"] or match["other"]) if beside else None


def _tensor(name: str, entry: Any) -> Tensor:
    try:
        known = {key: entry[key] for key in Tensor.__struct_fields__}
        return msgspec.convert(known, Tensor)
    except (KeyError, TypeError, msgspec.ValidationError):
        raise CannotRead(f"the tensor {name[:80]!r} is described wrongly in its header") from None


def _counted(tensors: dict[str, Tensor], data: int) -> dict[str, int]:
    """Count the parameters per element type, and hold each tensor and its place against the ``data`` bytes.

    Raises CannotRead.
    """
    parameters = Counter[str]()
    # Many tensors of a model are alike, and each kind of them has to be looked at but once.
    for kind, times in Counter(map(_kind, tensors.values())).items():
        dtype, shape, length = kind
        bits, count = _BITS.get(dtype), math.prod(shape)
        if bits is None or count > MAX_INTEGER or count * bits != length * 8:
            name = next(name for name, tensor in tensors.items() if _kind(tensor) == kind)
            wrong = "is described wrongly in" if bits is None else "does not fill the bytes given to it by"
            raise CannotRead(f"the tensor {name[:80]!r} {wrong} its header")
        parameters[dtype] += times * count
    reached = 0
    for start, end in sorted(tensor.data_offsets for tensor in tensors.values()):
        if start != reached:
            name = next(name for name, tensor in tensors.items() if tensor.data_offsets == (start, end))
            raise CannotRead(f"the tensor {name[:80]!r} leaves a hole or overlaps another one")
        reached = end
    if reached > data:
        raise CannotRead(f"its data is cut off: {reached} bytes announced, {data} there")
    if reached < data:
        raise CannotRead(f"it holds {data - reached} bytes that belong to no tensor")
    return dict(parameters)


def _kind(tensor: Tensor) -> tuple[str, _Shape, int]:
    """Give a tensor's element type and shape, and the bytes its header gives it."""
    start, end = tensor.data_offsets
    return tensor.dtype, tensor.shape, end - start
