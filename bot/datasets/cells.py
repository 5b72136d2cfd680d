"""Find the pieces of personal data in the cells of a column, many cells at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import NamedTuple

import polars as pl

from bot.datasets.detection import Detector, Hit
from bot.datasets.findings import Tier
from bot.datasets.folding import Folded, fold
from bot.datasets.sieve import BETWEEN, sieve_of

_BETWEEN = BETWEEN.decode()
MASK = "***"
_AT_ONCE = 1 << 20
"""Characters of cells that are joined before they are looked at."""
_TOP = 500
"""Cells that tell whether values come again and again in a column."""


class CellHit(NamedTuple):
    """A finding in one cell, in characters from its beginning."""

    cell: int
    """Place of the cell among those given, from 0."""
    start: int
    end: int
    kind: str
    tier: Tier
    score: float


def detect_in_cells(
    detector: Detector, cells: Sequence[str], named: frozenset[int] = frozenset()
) -> Iterator[CellHit]:
    """Give what stands in each cell, in order, as if it were a text of its own."""
    first, size = 0, 0
    for place, cell in enumerate(cells):
        size += len(cell)
        if size >= _AT_ONCE or place + 1 == len(cells):
            part = cells[first : place + 1]
            text = fold(_BETWEEN.join(part))
            yield from _together(
                text, partial(map, len, part), first, detector.detect(text.data, named=named)
            )
            first, size = place + 1, 0


def detect_in_series(
    detector: Detector, cells: pl.Series, named: frozenset[int] = frozenset()
) -> Iterator[CellHit]:
    """Give what stands in each cell of a column without nulls, in order.

    What holds nothing is never made into Python's own objects, cell by cell.
    """
    pieces = int(cells.str.len_bytes().sum()) // _AT_ONCE + 1
    size = max(1, -(-len(cells) // pieces))
    for first in range(0, len(cells), size):
        part = cells[first : first + size]
        text = fold(part.str.join(_BETWEEN).item())
        kept = sieve_of(detector).kept(text.data, named)
        hits = [
            hit._replace(start=kept.place(hit.start), end=kept.place(hit.end - 1) + 1)
            for hit in detector.detect(kept.data, named=named)
        ]
        yield from _together(text, part.str.len_chars().to_list, first, hits)


def comes_again(cells: pl.Series) -> bool:
    """Tell by its top whether the values of a column come again and again."""
    top = cells[:_TOP]
    return bool(2 * top.n_unique() <= len(top))


def detect_in_column(
    detector: Detector, cells: pl.Series, named: frozenset[int] = frozenset()
) -> Iterator[CellHit]:
    """Give what :func:`detect_in_series` gives, and look only once at a value that stands in many cells."""
    if not comes_again(cells):
        yield from detect_in_series(detector, cells, named)
        return
    different = cells.unique(maintain_order=True)
    found: dict[str, list[CellHit]] = {}
    for hit in detect_in_series(detector, different, named):
        found.setdefault(different[hit.cell], []).append(hit)
    if found:
        for cell in cells.is_in(list(found)).arg_true():
            yield from (hit._replace(cell=cell) for hit in found[cells[cell]])


def _together(
    text: Folded, lengths: Callable[[], Iterable[int]], first: int, hits: list[Hit]
) -> Iterator[CellHit]:
    """Say in which cells the findings in some cells that were joined are, if there are any."""
    if not hits:
        return
    places = text.characters(place for hit in hits for place in (hit.start, hit.end))
    begins = list(accumulate((length + len(_BETWEEN) for length in lengths()), initial=0))
    for hit in hits:
        start, end = places[hit.start], places[hit.end]
        cell = bisect_right(begins, start) - 1
        begin = begins[cell]
        yield CellHit(first + cell, start - begin, end - begin, hit.kind, hit.tier, hit.score)


def masked(detector: Detector, name: str) -> tuple[str, list[CellHit]]:
    """Give a name that may be shown, with what is personal data in it left out, and what that is."""
    hits = list(detect_in_cells(detector, [name]))
    shown, read = "", 0
    for hit in hits:
        shown += name[read : hit.start] + MASK
        read = hit.end
    return shown + name[read:], hits
