"""Cut a large file into parts of whole lines, which are scanned apart and put together again."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.datasets.detection import Detector
from bot.datasets.formats.blocks import AROUND
from bot.datasets.formats.known import HEAD, format_of
from bot.datasets.formats.text import Extent, scan_text
from bot.datasets.readers import Other, read_json_lines
from bot.datasets.tally import Tally

SIZE = 16 << 20
"""Bytes of a part, to the end of its last line."""
_NEAR = 1 << 20
"""Bytes in which a line has to end for a cut behind it."""


@dataclass(frozen=True)
class Part:
    """Lines of a file: those that begin in ``path[start:stop]``."""

    path: Path
    format: str
    start: int
    stop: int


def parts_of(path: Path, called: str, size: int = SIZE) -> list[Part]:
    """Cut a file; none where it is not of lines, or not worth it. Raises OSError."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size < 2 * size:
        return []
    with path.open("rb") as file:
        found = format_of(called, file.read(HEAD))
        if found not in ("text", "jsonl"):
            return []
        cuts = [0]
        for place in range(size, status.st_size - size // 2, size):
            file.seek(place)
            line_end = file.read(_NEAR).find(b"\n")
            if line_end >= 0:
                cuts.append(place + line_end + 1)
    return [
        Part(path, found, start, stop) for start, stop in zip(cuts, (*cuts[1:], status.st_size), strict=True)
    ]


def scan_part(part: Part, name: str, detector: Detector) -> tuple[Tally, Extent] | None:
    """Scan a part as if it were a file; None where the file is not what it seemed to be. Raises OSError."""
    tally = Tally(name)
    if part.format == "jsonl":
        try:
            return tally, Extent(read_json_lines(part.path, detector, tally, part.start, part.stop), 0)
        except Other:
            return None
    with part.path.open("rb") as file:
        above = file.seek(max(0, part.start - AROUND))
        before = file.read(part.start - above)
        left = part.stop - part.start

        def read(size: int) -> bytes:
            nonlocal left
            piece = file.read(min(size, left))
            left -= len(piece)
            return piece

        return tally, scan_text(read, detector, tally, above=before)


def together(name: str, scanned: Iterator[tuple[Tally, Extent] | None]) -> tuple[Tally, int] | None:
    """Put the parts of a file together in their order, and say how many lines it has."""
    whole = Tally(name)
    lines = characters = 0
    for one in scanned:
        if one is None:
            return None
        tally, extent = one
        whole.append(tally, lines, characters)
        lines += extent.lines
        characters += extent.characters
    return whole, lines
