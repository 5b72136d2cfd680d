"""Count the parameters in weights that Flax wrote as msgpack; the numbers themselves are passed over.

Sources: the MessagePack specification; google/flax, flax/serialization.py (an array is the extension type 1
that holds its shape, its element type and its bytes).
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

from bot.cards.artifacts import MAX_INTEGER, CannotRead, Opened, size_of, text
from bot.cards.facts import Fact

MAX_ITEMS = 1_000_000
"""Values looked at, at most."""
_ARRAY = 1
_HEAD = 512
"""Bytes of an array looked at: its shape and element type stand before its numbers."""
_MAX_TYPES = 20

# How many bytes follow the first byte of a value, or how many say how many follow.
_UNSIGNED = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_FIXED = _UNSIGNED | {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_LISTS = {0xDC: 2, 0xDD: 4}
_MAPS = {0xDE: 2, 0xDF: 4}
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield the number of arrays, and of parameters in all and per element type. Raises CannotRead."""
    parameters: dict[str, int] = {}
    arrays = 0
    for kind, count in _arrays(content):
        arrays += 1
        parameters[kind] = parameters.get(kind, 0) + count
    total = sum(parameters.values())
    if not arrays or total > MAX_INTEGER or len(parameters) > _MAX_TYPES:
        raise CannotRead("it holds no weights as Flax writes them")
    yield Fact("flax.tensors", arrays, file, "arrays")
    yield Fact("flax.parameters", total, file, "arrays.shape")
    for kind, count in sorted(parameters.items()):
        yield Fact(f"flax.parameters.{kind}", count, file, f"arrays[dtype={kind}].shape")


def _arrays(file: Opened) -> Iterator[tuple[str, int]]:
    """Walk through every value of the one tree in the file, and yield the type and size of each array."""
    size = size_of(file)
    left, looked_at = 1, 0
    while left:
        looked_at += 1
        if looked_at > MAX_ITEMS:
            raise CannotRead(f"it has over {MAX_ITEMS} values")
        inside, extension, length = _next(file)
        left += inside - 1
        if file.tell() + length > size:
            raise CannotRead("it is cut off")
        after = file.tell() + length
        if extension == _ARRAY:
            yield _array(file.read(min(length, _HEAD)))
        file.seek(after)
    if file.read(1):
        raise CannotRead("it goes on after its tree ends")


def _next(file: Opened) -> tuple[int, int | None, int]:
    """Read how the next value starts: the values inside it, its extension type, and its bytes to come."""
    first = _bytes(file, 1)[0]
    if first < 0x80 or first >= 0xE0:
        return 0, None, 0
    if first < 0x90:
        return 2 * (first & 0x0F), None, 0
    if first < 0xA0:
        return first & 0x0F, None, 0
    if first < 0xC0:
        return 0, None, first & 0x1F
    if first in _FIXED:
        return 0, None, _FIXED[first]
    if first in _SIZED:
        return 0, None, _whole(file, _SIZED[first])
    if first in _LISTS:
        return _whole(file, _LISTS[first]), None, 0
    if first in _MAPS:
        return 2 * _whole(file, _MAPS[first]), None, 0
    if first in _EXTENSIONS or first in _FIXED_EXTENSIONS:
        length = _FIXED_EXTENSIONS.get(first) or _whole(file, _EXTENSIONS[first])
        return 0, _bytes(file, 1)[0], length
    raise CannotRead("it is not msgpack")


def _array(head: bytes) -> tuple[str, int]:
    """Read shape and element type, the first two of the three parts of an array."""
    parts = io.BytesIO(head)
    if _next(parts)[0] != 3:
        raise CannotRead("it has an array that is not one of Flax")
    sides = [_side(parts) for _ in range(_next(parts)[0])]
    _, _, length = _next(parts)
    kind = text(parts.read(length).decode("ascii", "replace"))
    count = math.prod(sides)
    if kind is None or not kind.replace("_", "").isalnum() or count > MAX_INTEGER:
        raise CannotRead("it has an array that is not one of Flax")
    return kind, count


def _side(parts: Opened) -> int:
    first = _bytes(parts, 1)[0]
    if first < 0x80:
        return first
    if first not in _UNSIGNED:
        raise CannotRead("it has an array of an impossible shape")
    return _whole(parts, _UNSIGNED[first])


def _whole(file: Opened, length: int) -> int:
    return int.from_bytes(_bytes(file, length), "big")


def _bytes(file: Opened, length: int) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise CannotRead("it is cut off")
    return content
