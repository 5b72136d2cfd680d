"""Read a table of delimited text in batches: fast where the file is regular, row by row where it is not."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

import numpy as np
import polars as pl

from bot.datasets.header import separator_of

LARGEST_CELL = 16 << 20
"""Characters of one cell at most, and of the rows that are held at once."""
MOST_COLUMNS = 10_000
LONGEST_LINE = 4 << 20
"""Bytes of a line at most."""
MOST_CELLS = 2_000_000
"""Cells that are held at once, those that short rows lack counted."""
BLOCK = 8 << 20
"""Bytes that are read at once."""
COUNTED = 1 << 18
"""Bytes in which quotes are counted at once."""
QUOTE = ord('"')
LONGEST_IN_BLOCK = 1 << 20
"""Bytes of a line that is read with others at once; a longer one is read by itself."""
LONGEST_ROW = 64 << 20
"""Bytes in which a row has to end."""
BATCH = 10_000
"""Rows that are looked at together at most."""


class NoTable(ValueError):
    """A file has too many columns, or too long a line at its top, to be a table."""


def read_delimited(path: Path, separator: str) -> Iterator[pl.DataFrame]:
    """Read a table with a header, every cell as it is written.

    Raises NoTable and polars.exceptions.PolarsError where the file is no such table; batches may come before.
    """
    with ThreadPoolExecutor(1) as ahead:
        frames = _frames(path, separator)
        waiting = ahead.submit(next, frames, None)
        while (frame := waiting.result()) is not None:
            waiting = ahead.submit(next, frames, None)  # is read while this one is looked at
            yield frame


def _frames(path: Path, separator: str) -> Iterator[pl.DataFrame]:
    columns: list[str] | None = None
    for block in blocks_of_rows(path, separator):
        frame = read_block(path, block, separator, columns)
        columns = frame.columns
        yield frame


def read_block(
    path: Path, block: tuple[int, int], separator: str, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Read rows of a table, which begins with the names of its ``columns`` where they are not given.

    Raises polars.exceptions.PolarsError and OSError.
    """
    start, stop = block
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        rows = file.read(stop - start)
    return pl.read_csv(
        rows,
        separator=separator,
        has_header=columns is None,
        schema=None if columns is None else dict.fromkeys(columns, pl.String),
        infer_schema=False,
        encoding="utf8" if rows.isascii() else "utf8-lossy",  # which copies every cell
        empty_string_is_null=False,
    )


def blocks_of_rows(path: Path, separator: str) -> Iterator[tuple[int, int]]:
    """Say where the blocks of a table begin and end, each of whole rows: a line within quotes ends none.

    They are the same whoever reads them, and however many do. Raises OSError, and NoTable where no row ends
    in ``LONGEST_ROW`` bytes, or a line is so long that its cells, of which it may have millions, take more
    memory than there is.
    """
    _refuse_wide(path, separator)
    with path.open("rb", buffering=0) as file:
        start, size = 0, BLOCK
        while piece := _read_at(file, start, size):
            if _has_long_line(piece):
                raise NoTable
            if len(piece) < size:
                yield start, start + len(piece)
                return
            if end := _end_of_rows(piece):
                yield start, start + end
                start, size = start + end, BLOCK
            elif size > LONGEST_ROW:
                raise NoTable
            else:
                size += BLOCK


def _read_at(file: FileIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def _end_of_rows(piece: bytes) -> int:
    """Say where the last row ends of those that begin with ``piece``; 0 where the first does not end."""
    end = piece.rfind(b"\n") + 1
    is_open = _quotes(piece, end) % 2
    while end and is_open:
        before = piece.rfind(b"\n", 0, end - 1) + 1
        is_open = (is_open + piece.count(b'"', before, end)) % 2
        end = before
    return end


def _quotes(piece: bytes, end: int) -> int:
    """Count the quotes before ``end``; where they are many, ``bytes.count`` takes three times as long."""
    return sum(
        int(np.count_nonzero(np.frombuffer(piece, np.uint8, min(COUNTED, end - at), at) == QUOTE))
        for at in range(0, end, COUNTED)
    )


def _has_long_line(block: bytes) -> bool:
    """Tell of any line longer than twice ``LONGEST_IN_BLOCK``, and of none that is shorter than it."""
    step = LONGEST_IN_BLOCK
    return any(block.find(b"\n", at, at + step) < 0 for at in range(0, len(block) - step + 1, step))


def read_rows(path: Path, separator: str) -> Iterator[pl.DataFrame]:
    """Read what is nearly a table: rows may be shorter or longer than the header, and text in any encoding.

    Raises NoTable, and csv.Error where a cell is larger than ``LARGEST_CELL``.
    """
    _refuse_wide(path, separator)
    csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(_bounded(file), delimiter=separator)
        names = unique_names(next(rows, []))
        batch: list[list[str]] = []
        size = width = 0
        for row in rows:
            if len(row) > MOST_COLUMNS:
                raise NoTable
            batch.append(row)
            size += sum(map(len, row))
            width = max(width, len(row))
            if len(batch) == BATCH or size >= LARGEST_CELL or len(batch) * width >= MOST_CELLS:
                yield _frame(batch, names)
                batch, size, width = [], 0, 0
        if batch:
            yield _frame(batch, names)


def separator_in(path: Path) -> str:
    """Tell from a table's first line what stands between its cells."""
    with path.open("rb") as file:
        return separator_of(file.readline(LONGEST_LINE).decode("utf-8", "replace"))


def _refuse_wide(path: Path, separator: str) -> None:
    """Raise NoTable for a file that a table of its width could not be held of in memory."""
    with path.open("rb") as file:
        first = file.readline(LONGEST_LINE)
    if len(first) == LONGEST_LINE or first.count(separator.encode()) >= MOST_COLUMNS:
        raise NoTable


def _bounded(file: TextIO) -> Iterator[str]:
    """Give the lines of a file, and raise NoTable for one that no row of a table is as long as."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise NoTable
        yield line


def unique_names(names: Sequence[str]) -> list[str]:
    """Give columns that share a name, or have none, names of their own."""
    seen: dict[str, int] = {}
    given = []
    for place, name in enumerate(names, start=1):
        name = name or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        given.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return given


def _frame(rows: list[list[str]], names: list[str]) -> pl.DataFrame:
    width = max(len(names), *map(len, rows))
    every = names + [f"column {place}" for place in range(len(names) + 1, width + 1)]
    cells = zip_longest(*rows, fillvalue=None)
    return pl.DataFrame(
        [pl.Series(name, list(column), dtype=pl.String) for name, column in zip(every, cells, strict=False)]
    )
