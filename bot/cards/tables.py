"""Read a table of comma-separated values that may be hostile."""

from __future__ import annotations

import csv
import io
from itertools import islice
from pathlib import Path

from bot.cards.artifacts import CannotRead, read_bytes

MAX_ROWS = 10_000
"""Rows of one table that are read, at most."""


def read_rows(path: Path, limit: int) -> list[dict[str, str]]:
    """Read the rows of a table of at most ``limit`` bytes, by the names of its columns. Raises CannotRead."""
    raw = read_bytes(path, limit)
    try:
        lines = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        header, *rows = islice(filter(None, lines), MAX_ROWS + 2)
        read = [dict(zip(header, row, strict=True)) for row in rows]
    except UnicodeDecodeError:
        raise CannotRead("it is not UTF-8 text") from None
    except (csv.Error, ValueError):
        raise CannotRead("it is empty, or a row in it does not fit its columns") from None
    if len(read) > MAX_ROWS:
        raise CannotRead(f"it has more than {MAX_ROWS} rows")
    if not read or len(set(header)) != len(header):
        raise CannotRead("it has no rows, or a column twice")
    return read
