"""Read single members of a zip archive that may be hostile, within limits and without unpacking it."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.cards.artifacts import CannotRead, Opened, parse_json

MAX_DIRECTORY = 4 * 1024 * 1024
"""Bytes of the list of members read at most: in memory they take up ten times that and more."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What ``zipfile`` raises at broken, encrypted and oddly packed archives."""


class _Sparing(io.RawIOBase):
    """Refuse to read more at once than a list of members may take up, whatever the archive claims."""

    def __init__(self, file: Opened) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(MAX_DIRECTORY + 1 if size < 0 else min(size, MAX_DIRECTORY + 1))
        if len(content) > MAX_DIRECTORY:
            raise CannotRead(f"its list of members is larger than {MAX_DIRECTORY} bytes")
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


@contextmanager
def open_archive(file: Opened) -> Iterator[zipfile.ZipFile]:
    """Take a file as a zip archive; what is wrong with it, here or while it is read, raises CannotRead."""
    try:
        with zipfile.ZipFile(_Sparing(file)) as archive:
            yield archive
    except _BROKEN as error:
        raise CannotRead(f"it is not a zip archive that can be read ({type(error).__name__})") from None


def read_member(archive: zipfile.ZipFile, name: str, limit: int) -> dict[str, Any]:
    """Read the JSON object that a member holds, of at most ``limit`` bytes. Raises CannotRead."""
    if name not in archive.NameToInfo:
        raise CannotRead(f"it has no {name}")
    with archive.open(name) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise CannotRead(f"its {name} is larger than {limit} bytes")
    read = parse_json(content)
    if not isinstance(read, dict):
        raise CannotRead(f"its {name} does not hold a JSON object")
    return read
