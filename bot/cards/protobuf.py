"""Walk through a protobuf file of any size, message by message, without reading what is passed over.

Source: the Protocol Buffers documentation, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.cards.artifacts import CannotRead, Opened, size_of, text

MAX_FIELDS = 500_000
"""Fields looked at in one file, at most; the largest graphs have a tenth of that."""
MAX_BYTES_OF_TEXT = 1_000
_MAX_VARINT = 10
_FIXED = {1: 8, 5: 4}
_VARINT, _BYTES = 0, 2


@dataclass(frozen=True)
class Field:
    """Hold one field: its number, and its whole number or the place of its bytes in the file."""

    number: int
    value: int | None
    start: int
    end: int

    @property
    def signed(self) -> int | None:
        """Give the whole number as an int64."""
        return self.value - 2**64 if self.value is not None and self.value >= 2**63 else self.value


class Protobuf:
    """Read fields of what is open, ``MAX_FIELDS`` of them in all. Every method raises CannotRead."""

    def __init__(self, file: Opened) -> None:
        self._file = file
        self._left = MAX_FIELDS
        self._size = size_of(file)

    def fields(self, within: Field | None = None) -> Iterator[Field]:
        """Yield the fields of the message ``within`` a field, or of the file itself."""
        position, end = (within.start, within.end) if within else (0, self._size)
        if within and within.value is not None:
            raise CannotRead("it has a number where a message belongs")
        while position < end:
            self._left -= 1
            if self._left < 0:
                raise CannotRead(f"it has over {MAX_FIELDS} parts")
            field = self._field(position, end)
            position = field.end
            yield field

    def text(self, field: Field) -> str | None:
        """Read a short printable text; anything else is None."""
        if field.value is not None or field.end - field.start > MAX_BYTES_OF_TEXT:
            return None
        try:
            return text(self._read(field).decode())
        except UnicodeDecodeError:
            return None

    def numbers(self, field: Field) -> list[int]:
        """Read a whole number, or a packed list of few."""
        if field.signed is not None:
            return [field.signed]
        if field.end - field.start > MAX_BYTES_OF_TEXT:
            raise CannotRead("it has a list of numbers that is too long")
        content, found, position = self._read(field), list[int](), 0
        while position < len(content):
            value, position = _varint(content, position)
            found.append(value - 2**64 if value >= 2**63 else value)
        return found

    def _field(self, position: int, end: int) -> Field:
        self._file.seek(position)
        content = self._file.read(min(2 * _MAX_VARINT, end - position))
        key, used = _varint(content, 0)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise CannotRead("it is not a protobuf file")
        if kind == _VARINT:
            value, used = _varint(content, used)
            return Field(number, value, position, position + used)
        if kind == _BYTES:
            length, used = _varint(content, used)
        elif kind in _FIXED:
            length = _FIXED[kind]
        else:
            raise CannotRead("it is not a protobuf file")
        start = position + used
        if start + length > end:
            raise CannotRead(f"it is cut off: {length} bytes announced, {end - start} there")
        return Field(number, None, start, start + length)

    def _read(self, field: Field) -> bytes:
        self._file.seek(field.start)
        return self._file.read(field.end - field.start)


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(content[position : position + _MAX_VARINT]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value & (2**64 - 1), position + shift + 1
    raise CannotRead("it is not a protobuf file")
