"""Open and check what a trainer left behind, as the data of a stranger."""

from __future__ import annotations

import json
import math
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any, Protocol

MAX_TEXT = 200
"""Characters a text value may have to be taken as a fact."""
MAX_INTEGER = 2**63 - 1
"""Whole numbers above this are no count or size anybody meant."""
MAX_VALUES = 2_500_000
"""Values of one JSON text, at most, counted by what stands before them; each takes many times its bytes in
memory. The largest header of a safetensors file that is read has some two million."""


class CannotRead(Exception):
    """Say in plain words why an artifact gives no facts."""


class Opened(Protocol):
    """A file that is open for reading, of which only some parts may be there."""

    def read(self, size: int = -1, /) -> bytes:
        """Read so many bytes, or those up to the end."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place."""

    def tell(self) -> int:
        """Give the place."""


def open_file(path: Path, limit: int | None = None) -> BufferedReader:
    """Open an ordinary file for reading; a link, pipe or folder in its place raises CannotRead.

    So does a file of more than ``limit`` bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise CannotRead(f"it is not an ordinary file that can be opened ({error.strerror})") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise CannotRead("it is not an ordinary file")
    if limit is not None and found.st_size > limit:
        os.close(descriptor)
        raise CannotRead(f"it is larger than {limit} bytes")
    return os.fdopen(descriptor, "rb")


def size_of(file: Opened) -> int:
    """Give the bytes of an open file, and go back to its beginning."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def read_bytes(path: Path, limit: int) -> bytes:
    """Read a file of at most ``limit`` bytes. Raises CannotRead."""
    with open_file(path, limit) as file:
        content = file.read(limit + 1)
    if len(content) > limit:  # it has grown since it was opened
        raise CannotRead(f"it is larger than {limit} bytes")
    return content


def read_json(path: Path, limit: int) -> Any:
    """Read a JSON file of at most ``limit`` bytes. Raises CannotRead."""
    return parse_json(read_bytes(path, limit))


def parse_json(content: bytes) -> Any:
    """Parse JSON that may be hostile; a key given twice is refused, not guessed at. Raises CannotRead."""
    if holds_too_much(content):
        raise CannotRead(f"it holds more than {MAX_VALUES} values")
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=once)
    except UnicodeDecodeError:
        raise CannotRead("it is not UTF-8 text") from None
    except RecursionError:
        raise CannotRead("it is nested too deep") from None
    except json.JSONDecodeError as error:
        raise CannotRead(f"it is not valid JSON ({error.msg}, line {error.lineno})") from None
    except ValueError:
        raise CannotRead("it holds a number with thousands of digits") from None


def holds_too_much(content: bytes) -> bool:
    """Tell whether JSON may hold more than ``MAX_VALUES`` values."""
    return len(content) > MAX_VALUES and sum(map(content.count, (b",", b"[", b"{"))) > MAX_VALUES


def read_object(path: Path, limit: int) -> dict[str, Any]:
    """Read a JSON file that has to hold an object. Raises CannotRead."""
    content = read_json(path, limit)
    if not isinstance(content, dict):
        raise CannotRead("it does not hold a JSON object")
    return content


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make the pairs of a JSON object a dictionary; a key given twice raises CannotRead."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise CannotRead("a key is given twice in one object")
    return read


def text(value: object) -> str | None:
    """Take a short printable text as it is; anything else is no fact."""
    if isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable():
        return value
    return None


def number(value: object) -> int | float | None:
    """Take a finite number of sensible size as it is; true, NaN, infinity and texts are no facts."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if abs(value) <= MAX_INTEGER else None


def texts(value: object) -> list[str] | None:
    """Take a list of short texts, only if every one of them is."""
    if not isinstance(value, list) or not value or len(value) > 20:
        return None
    taken = [text(one) for one in value]
    return [one for one in taken if one is not None] if None not in taken else None
