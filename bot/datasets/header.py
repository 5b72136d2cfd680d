"""Tell how the first row of a table is cut, and whether it names columns or is a row of values."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.datasets.generalisations import DAY

SEPARATORS = (",", "\t", ";", "|")
"""What stands between the cells of tables called CSV; with a decimal comma it is the semicolon."""
TOP = 200
"""Rows below the first that it is held against."""

NO_HEADER = "the first row is no header, for it holds values; add one with a name for each column"

_VALUE = re.compile(rf"{DAY}|[+-]?[0-9]*\.[0-9]+|[0-9]{{5,}}|[^@\s]+@[^@\s]+")
"""What no column is called: a day, a decimal or long number, an e-mail address."""


def separator_of(first_line: str) -> str:
    """Give what most often stands in the first line of a table of those that set cells apart."""
    return max(SEPARATORS, key=first_line.count)


def is_header(cells: Sequence[str], below: Sequence[Collection[str | None]] = ()) -> bool:
    """Tell whether the first row of a table names columns; a row of values is never to be told as names.

    ``below`` has for each column what stands below it. A name that stands below itself is a value, and so is
    a number, unless the numbers of the row are a count: 0, 1, 2, or the years of a table.
    """
    said = [cell.strip() for cell in cells]
    if any(_VALUE.fullmatch(cell) for cell in said):
        return False
    numbers = [int(cell) for cell in said if cell.isdecimal()]
    if numbers and numbers != list(range(numbers[0], numbers[0] + max(2, len(numbers)))):
        return False
    return not any(cell and cell in values for cell, values in zip(cells, below, strict=False))
