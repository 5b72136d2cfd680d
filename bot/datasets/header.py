"""Tell how the first row of a table is cut, and whether it names columns or is a row of values."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from bot.datasets.generalisations import DAY
from bot.datasets.surroundings import spaced
from bot.documents import read_document

SEPARATORS = (",", "\t", ";", "|")
"""What stands between the cells of tables called CSV; with a decimal comma it is the semicolon."""
TOP = 200
"""Rows below the first that it is held against."""

NO_HEADER = "the first row is no header, for it holds values; add one with a name for each column"
NO_PLAIN_HEADER = (
    "it is not plain that the first row names the columns, for it may hold values; add a header that says "
    "what each column holds"
)

_VALUE = re.compile(rf"{DAY}|[+-]?[0-9]*\.[0-9]+|[0-9]{{5,}}|[^@\s]+@[^@\s]+")
"""What no column is called: a day, a decimal or long number, an e-mail address."""
_MEASURED = re.compile(r"[^A-Za-z]*[0-9][^A-Za-z]*|[^@\s]+@[^@\s]+|https?://\S+")
"""A number, a day, a time, a telephone: what says by its shape that it is a value."""
_MISSING = frozenset({"", "-", "?", "n/a", "na", "nan", "nil", "none", "null", "unknown", "missing"})
_SHORT = re.compile(r"[A-Za-z]{1,2}[0-9]{0,3}")
"""A name that says nothing of anybody, whatever it stands for."""
_JOINED = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z][a-z0-9]*(?:[A-Z][a-z0-9]+)+")
_FEWEST = 20
"""Rows from which on it tells that few values come again and again, and the first row's is none of them."""


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: frozenset[str]
    between: frozenset[str]


def separator_of(first_line: str) -> str:
    """Give what most often stands in the first line of a table of those that set cells apart."""
    return max(SEPARATORS, key=first_line.count)


def is_header(cells: Sequence[str], below: Sequence[Collection[str | None]] = ()) -> bool:
    """Tell whether the first row of a table can name its columns; a row of values for certain does not.

    ``below`` has for each column what stands below it. A name that stands below itself is a value, and so is
    a number, unless the numbers of the row are a count: 0, 1, 2, or the years of a table.
    """
    said = [cell.strip() for cell in cells]
    if any(_VALUE.fullmatch(cell) for cell in said):
        return False
    numbers = _numbers(said)
    if numbers and not _is_count(numbers):
        return False
    return not any(cell and cell in values for cell, values in zip(cells, below, strict=False))


def is_plain_header(cells: Sequence[str], below: Sequence[Collection[str | None]]) -> bool:
    """Tell whether the first row of a table names its columns, surely enough to tell others what it says.

    Something has to speak for it: words that columns are called by, names joined as in a program, a count, or
    that it is unlike what stands below it. A row of values that is like all others has none of that.
    """
    if not is_header(cells, below):
        return False
    said = [cell.strip() for cell in cells if cell.strip()]
    if all(_SHORT.fullmatch(cell) for cell in said) or _is_count(_numbers(said)):
        return True
    if 2 * sum(map(_is_called_so, said)) >= len(said):
        return True
    columns = [(cell.strip(), _filled(values)) for cell, values in zip(cells, below, strict=False)]
    measured = [cell for cell, values in columns if values and all(map(_MEASURED.fullmatch, values))]
    if measured:
        unlike = sum(cell.lower() not in _MISSING and not _MEASURED.fullmatch(cell) for cell in measured)
        return 2 * unlike >= len(measured)
    rows = max((len(values) for _, values in columns), default=0)
    return any(_is_unlike(cell, values, rows) for cell, values in columns if cell and values)


def are_unnamed(shown: Sequence[str], columns: Sequence[str]) -> bool:
    """Say whether a scan shows the columns of a table by their places, as those may be values."""
    return list(shown) != list(columns) and all(
        name == f"column {place}" for place, name in enumerate(shown, start=1)
    )


def _is_called_so(cell: str) -> bool:
    """Say whether a cell is made of the words that columns are called by."""
    known = _words()
    words = [word.rstrip("0123456789") for word in re.findall(r"\w+", spaced(cell).lower())]
    words = [word for word in words if word]
    return any(word in known.words for word in words) and known.words | known.between >= set(words)


def _is_unlike(cell: str, values: Collection[str], rows: int) -> bool:
    """Say whether a cell is none of the values below it: by how it is written, or how they come again."""
    if _JOINED.fullmatch(cell):
        return not any(map(_JOINED.fullmatch, values))
    if rows >= _FEWEST and 5 * len(values) <= rows:
        return True
    return len(values) >= _FEWEST // 2 and min(map(len, values)) > 3 * len(cell)


def _filled(values: Collection[str | None]) -> set[str]:
    return {value.strip() for value in values if value and value.strip().lower() not in _MISSING}


def _numbers(said: Sequence[str]) -> list[int]:
    return [int(cell) for cell in said if cell.isdecimal()]


def _is_count(numbers: Sequence[int]) -> bool:
    """Say whether numbers follow on each other, two at least."""
    return len(numbers) > 1 and list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))


@cache
def _words() -> _Words:
    return read_document(files("bot.datasets").joinpath("header.yml").read_bytes(), _Words)
