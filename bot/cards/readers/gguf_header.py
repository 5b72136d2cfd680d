"""Read the header of a GGUF file: its metadata, and the type and shape of every tensor.

Source: ggml-org/ggml, docs/gguf.md (versions 2 and 3; version 1 was never in wide use).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from bot.cards.artifacts import MAX_INTEGER, CannotRead, Opened, number, size_of, text
from bot.cards.element_types import UNKNOWN, element_type
from bot.cards.facts import Fact

MAX_HEADER = 128 * 1024 * 1024
"""Bytes of header read at most; a vocabulary of 256,000 tokens with its merges takes up some 12 million."""
MAX_ITEMS = 4_000_000
"""Entries, tensors and elements of lists looked at, at most."""
MAX_ENTRIES = 10_000
MAX_KEPT = 4_096
"""Bytes of a text kept; longer ones are passed over."""
MAX_LIST = 20

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MAX_DIMENSIONS = 4

_GENERAL = {
    **{f"general.{key}": key for key in ("architecture", "name", "license", "size_label", "finetune")},
    **{f"general.{key}": key for key in ("quantization_version", "quantized_by", "languages", "tags")},
    **{f"general.base_model.{index}.name": f"base_model.{index}" for index in range(4)},
    **{f"general.base_model.{index}.repo_url": f"base_model_url.{index}" for index in range(4)},
    "tokenizer.ggml.model": "tokenizer",
}
"""Metadata taken, by what it is called in a fact."""
_SIZES = (
    "context_length",
    "embedding_length",
    "block_count",
    "feed_forward_length",
    "attention.head_count",
    "attention.head_count_kv",
    "expert_count",
    "expert_used_count",
    "vocab_size",
)
"""Sizes taken; each stands under the name of the architecture."""

_Scalar = str | int | float | bool | None


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield the facts of one model. Raises CannotRead."""
    header = _Header(content)
    version, tensors, entries = header.start()
    if entries > MAX_ENTRIES:
        raise CannotRead(f"it has over {MAX_ENTRIES} entries of metadata")
    pairs = [header.entry() for _ in range(entries)]
    metadata = dict(pairs)
    if len(metadata) != len(pairs):
        raise CannotRead("a key of its metadata is given twice")
    parameters: dict[str, int] = {}
    for _ in range(tensors):
        kind, count = header.tensor()
        parameters[kind] = parameters.get(kind, 0) + count
    yield Fact("gguf.version", version, file, "version")
    yield from _of_metadata(metadata, file)
    if sum(parameters.values()) <= MAX_INTEGER:
        yield Fact("gguf.tensors", tensors, file, "tensor_count")
        yield Fact("gguf.parameters", sum(parameters.values()), file, "tensors.shape")
        for kind, count in sorted(parameters.items()):
            yield Fact(f"gguf.parameters.{kind}", count, file, f"tensors[type={kind}].shape")


def _of_metadata(metadata: dict[str, _Scalar | list[str]], file: str) -> Iterator[Fact]:
    architecture = metadata.get("general.architecture")
    names = _GENERAL | {f"{architecture}.{size}": size for size in _SIZES}
    for key, name in names.items():
        value = metadata.get(key)
        if isinstance(value, list | str) and value:
            yield Fact(f"gguf.{name}", value, file, key)
        else:
            counted = number(value)
            if counted is not None:
                yield Fact(f"gguf.{name}", counted, file, key)
    kind = number(metadata.get("general.file_type"))
    named = element_type("gguf_file", kind) if isinstance(kind, int) else UNKNOWN
    if named != UNKNOWN:
        yield Fact("gguf.file_type", named, file, "general.file_type")
    if "tokenizer.chat_template" in metadata:
        yield Fact("gguf.chat_template", True, file, "tokenizer.chat_template")


class _Header:
    """Read a header from its beginning to its end, within the limits. Every method raises CannotRead."""

    def __init__(self, file: Opened) -> None:
        self._file = file
        self._size = size_of(file)
        self._position = 0
        self._items = 0
        self._order = "<"

    def start(self) -> tuple[int, int, int]:
        """Read the version and the numbers of tensors and entries."""
        if self._bytes(4) != b"GGUF":
            raise CannotRead("it is not a GGUF file")
        raw = self._bytes(4)
        # A file for big-endian machines is told by its version alone.
        self._order = "<" if raw[0] else ">"
        [version] = struct.unpack(f"{self._order}I", raw)
        if version not in (2, 3):
            raise CannotRead(f"it is of version {version} of GGUF; 2 and 3 can be read")
        return version, self._whole(), self._whole()

    def entry(self) -> tuple[str, _Scalar | list[str]]:
        """Read one entry of the metadata: its key, and its value where it is short."""
        self._count(1)
        key = self._text() or ""
        return key, self._value(self._number("I"))

    def tensor(self) -> tuple[str, int]:
        """Read one tensor's element type, and how many numbers it holds."""
        self._count(1)
        self._text()
        dimensions = self._number("I")
        if dimensions > _MAX_DIMENSIONS:
            raise CannotRead(f"it has a tensor of {dimensions} dimensions")
        count = math.prod(self._whole() for _ in range(dimensions))
        if count > MAX_INTEGER:
            raise CannotRead("it has a tensor of an impossible shape")
        kind = element_type("gguf", self._number("I"))
        self._whole()
        return kind, count

    def _value(self, kind: int) -> _Scalar | list[str]:
        if kind == _STRING:
            return text(self._text())
        if kind == _ARRAY:
            return self._array(self._number("I"), self._whole())
        if kind not in _SCALARS:
            raise CannotRead(f"it has a value of the unknown type {kind}")
        value: int | float | bool = self._scalar(_SCALARS[kind])
        return value

    def _array(self, kind: int, length: int) -> list[str] | None:
        """Pass over a list, but for a short one of texts."""
        if kind == _STRING:
            self._count(length)
            taken = [text(self._text()) for _ in range(length)] if length <= MAX_LIST else None
            for _ in range(length if taken is None else 0):
                self._skip(self._whole())
            return [one for one in taken if one] if taken and None not in taken else None
        if kind not in _SCALARS:
            raise CannotRead(f"it has a list of the type {kind}")
        self._skip(length * struct.calcsize(f"={_SCALARS[kind]}"))
        return None

    def _text(self) -> str | None:
        length = self._whole()
        if length > MAX_KEPT:
            self._skip(length)
            return None
        try:
            return self._bytes(length).decode()
        except UnicodeDecodeError:
            return None

    def _whole(self) -> int:
        return self._number("Q")

    def _number(self, format: str) -> int:
        return int(self._scalar(format))

    def _scalar(self, format: str) -> int | float | bool:
        [value] = struct.unpack(f"{self._order}{format}", self._bytes(struct.calcsize(f"={format}")))
        return value  # type: ignore[no-any-return]  # what struct unpacks has no type

    def _bytes(self, length: int) -> bytes:
        self._forward(length)
        return self._file.read(length)

    def _skip(self, length: int) -> None:
        self._forward(length)
        self._file.seek(self._position)

    def _forward(self, length: int) -> None:
        self._position += length
        if self._position > self._size:
            raise CannotRead("its header is cut off")
        if self._position > MAX_HEADER:
            raise CannotRead(f"its header is larger than {MAX_HEADER} bytes")

    def _count(self, items: int) -> None:
        self._items += items
        if self._items > MAX_ITEMS:
            raise CannotRead(f"its header has over {MAX_ITEMS} items")
