"""Cut a large file into parts of whole lines or rows, which are scanned apart and put together again."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bot.datasets.detection import Detector
from bot.datasets.formats.blocks import AROUND
from bot.datasets.formats.known import HEAD, format_of
from bot.datasets.formats.text import Extent, scan_text
from bot.datasets.readers import read_json_lines
from bot.datasets.table_parts import Table, scan_block, scan_top
from bot.datasets.tally import LISTED, Tally

SIZE = 16 << 20
"""Bytes of a part, to the end of its last line."""
_NEAR = 1 << 20
"""Bytes in which a line has to end for a cut behind it."""


@dataclass(frozen=True)
class Part:
    """Lines or rows of a file: those that begin in ``path[start:stop]``."""

    path: Path
    format: str
    start: int
    stop: int
    table: Table | None = None
    """What is known of the table that the part is rows of."""


class Scanned(NamedTuple):
    """What a part gave."""

    tally: Tally
    extent: Extent
    bytes: int


class Cut(NamedTuple):
    """A file in parts, in their order: what had to be scanned to cut it, and what is left."""

    format: str
    begun: tuple[Scanned, ...]
    left: Iterable[Part]


def cut(path: Path, called: str, name: str, detector: Detector, size: int = SIZE) -> Cut | None:
    """Cut a file; None where it is of nothing that can be cut, or not worth it.

    Where it is a table that is shown as ``name``, its top is scanned first. Raises OSError and Other.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size < 2 * size:
        return None
    with path.open("rb") as file:
        found = format_of(called, file.read(HEAD))
    if found in ("csv", "tsv"):
        return _of_rows(path, found, name, detector)
    if found in ("text", "jsonl"):
        return Cut(found, (), _of_lines(path, found, status.st_size, size))
    return None


def _of_lines(path: Path, found: str, length: int, size: int) -> Iterator[Part]:
    start = 0
    with path.open("rb") as file:
        for place in range(size, length - size // 2, size):
            file.seek(place)
            line_end = file.read(_NEAR).find(b"\n")
            if line_end >= 0:
                stop = place + line_end + 1
                yield Part(path, found, start, stop)
                start = stop
    yield Part(path, found, start, length)


def _of_rows(path: Path, found: str, name: str, detector: Detector) -> Cut:
    tally = Tally(name)
    top = scan_top(path, "\t" if found == "tsv" else None, detector, tally)
    parts = (Part(path, found, *block, top.table) for block in top.left)
    return Cut(found, (Scanned(tally, Extent(top.rows, 0), top.stop),), parts)


def scan_part(part: Part, name: str, detector: Detector, listed: int = LISTED) -> Scanned:
    """Scan a part as if it were a file, and list up to ``listed`` findings.

    Raises OSError, and Other where the file is not what it seemed to be.
    """
    tally = Tally(name, listed)
    return Scanned(tally, _extent(part, detector, tally), part.stop - part.start)


def _extent(part: Part, detector: Detector, tally: Tally) -> Extent:
    if part.table:
        return Extent(scan_block(part.path, (part.start, part.stop), part.table, detector, tally), 0)
    if part.format == "jsonl":
        return Extent(read_json_lines(part.path, detector, tally, part.start, part.stop), 0)
    with part.path.open("rb") as file:
        above = file.seek(max(0, part.start - AROUND))
        before = file.read(part.start - above)
        left = part.stop - part.start

        def read(size: int) -> bytes:
            nonlocal left
            piece = file.read(min(size, left))
            left -= len(piece)
            return piece

        return scan_text(read, detector, tally, above=before)


def together(whole: Tally, scanned: Iterable[Scanned]) -> Iterator[tuple[int, int]]:
    """Put the parts of a file together in their order.

    Says after each how many rows or lines there are so far, and how many bytes.
    """
    lines = characters = read = 0
    for one in scanned:
        whole.append(one.tally, lines, characters)
        lines += one.extent.lines
        characters += one.extent.characters
        read += one.bytes
        yield lines, read
