"""Read a table of delimited text in batches: fast where the file is regular, row by row where it is not."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

import polars as pl

LARGEST_CELL = 16 << 20
"""Characters of one cell at most, and of the rows that are held at once."""
MOST_COLUMNS = 10_000
LONGEST_LINE = 4 << 20
"""Bytes of a line at most."""
MOST_CELLS = 2_000_000
"""Cells that are held at once, those that short rows lack counted."""
BATCH = 10_000
"""Rows that are looked at together at most."""


class NoTable(ValueError):
    """A file has too many columns, or too long a line at its top, to be a table."""


def read_delimited(path: Path, separator: str) -> Iterator[pl.DataFrame]:
    """Read a table with a header, every cell as it is written.

    Raises NoTable and polars.exceptions.PolarsError where the file is no such table; batches may come before.
    """
    _refuse_wide(path, separator)
    frame = pl.scan_csv(
        path,
        separator=separator,
        infer_schema=False,
        encoding="utf8-lossy",
        empty_string_is_null=False,
        glob=False,
    )
    yield from frame.collect_batches(chunk_size=BATCH, lazy=True)


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
