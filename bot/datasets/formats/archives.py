"""Unpack archives and compressed files, member by member, within limits that no bomb gets past."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import zstandard

MOST_BYTES = 8 << 30
"""Bytes that one archive, with all that is packed in it, may unpack to."""
MOST_TIMES = 200
"""Times its packed size that a member may unpack to, where that is more than ``ALWAYS_FINE``."""
ALWAYS_FINE = 64 << 20
MOST_MEMBERS = 20_000
DEEPEST = 4
"""Archives within archives that are opened."""
_PIECE = 1 << 20

BROKEN = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)
"""What a damaged, encrypted or unknown archive raises."""


@dataclass
class Budget:
    """How much may still be unpacked."""

    bytes: int = MOST_BYTES
    members: int = MOST_MEMBERS


@dataclass(frozen=True)
class Member:
    """One file of an archive: unpacked at ``path``, or why it is not."""

    name: str
    path: Path | None = None
    reason: str | None = None


class TooMuch(ValueError):
    """An archive unpacks to more than it may; the message says so."""


def members(path: Path, kind: str, name: str, folder: Path, budget: Budget) -> Iterator[Member]:
    """Unpack one member after the other below ``folder``, each in the place of the last.

    ``name`` is what the archive is called; what is only compressed is called like it, less its ending.

    Raises those of ``BROKEN`` where the archive itself cannot be read on.
    """
    if kind == "zip":
        yield from _zip(path, folder, budget)
    elif kind == "tar":
        yield from _tar(path, folder, budget)
    else:
        with _opened(path, kind) as stream:
            yield _unpacked(PurePosixPath(name).stem, stream, path.stat().st_size, folder, budget)


def _zip(path: Path, folder: Path, budget: Budget) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            _one_more(budget)
            if info.flag_bits & 1:
                yield Member(info.filename, reason="it is encrypted")
                continue
            try:
                with archive.open(info) as stream:
                    yield _unpacked(info.filename, stream, info.compress_size, folder, budget)
            except BROKEN:
                yield Member(info.filename, reason="it is damaged")


def _tar(path: Path, folder: Path, budget: Budget) -> Iterator[Member]:
    with tarfile.open(path, "r:") as archive:
        for info in archive:
            if info.isdir():
                continue
            _one_more(budget)
            stream = archive.extractfile(info) if info.isreg() else None
            if stream is None:
                yield Member(info.name, reason="it is a link or a device")
                continue
            with stream:
                yield _unpacked(info.name, stream, info.size, folder, budget)


def _opened(path: Path, kind: str) -> IO[bytes]:
    if kind == "zstd":
        return zstandard.open(path, "rb")  # type: ignore[no-any-return]  # the package's own stub says Any
    if kind == "bzip2":
        return bz2.open(path)
    return lzma.open(path) if kind == "xz" else gzip.open(path)  # type: ignore[return-value]  # files both


def _one_more(budget: Budget) -> None:
    budget.members -= 1
    if budget.members < 0:
        raise TooMuch(f"it holds more than {MOST_MEMBERS} files")


def _unpacked(name: str, stream: IO[bytes], packed: int, folder: Path, budget: Budget) -> Member:
    """Write a member to a file of its own; one that is larger than it may be leaves nothing behind."""
    most = min(budget.bytes, max(ALWAYS_FINE, packed * MOST_TIMES))
    target = folder / f"member{Path(name).suffix if Path(name).suffix.isascii() else ''}"
    size = 0
    with target.open("wb") as file:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > most:
                file.truncate(0)
                return Member(name, reason=f"it unpacks to more than {most >> 20} MiB")
            file.write(piece)
    budget.bytes -= size
    return Member(name, target)
