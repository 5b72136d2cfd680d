"""Leave out the cells in which nothing can be, before any of them is looked at for itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from bot.datasets.detection import Detector
from bot.datasets.linear import ANYWHERE, NOTHING, Pattern, PatternError, compiled
from bot.datasets.surroundings import near_pattern

BETWEEN = b"\n\n"
"""What stands between the cells of a text: an empty line, over which no value and no word reaches."""
_FEW = 32
"""Pieces that are kept before it is asked whether it is worth to leave out anything."""
_MOST = 0.5
"""Share of a text from which all of it is kept."""

Piece = tuple[int, int]
"""Whole cells: where they begin and end in the text."""


class Sifted(NamedTuple):
    """What is kept of a text, and where it stood."""

    data: bytes
    pieces: list[Piece]
    begins: list[int]
    """Where each piece begins in ``data``."""

    def place(self, kept: int) -> int:
        """Say where in the text the byte stood that is at ``kept`` in ``data``."""
        piece = bisect_right(self.begins, kept) - 1
        return self.pieces[piece][0] + kept - self.begins[piece]


class Sieve:
    """Know what has to be in a cell for a finding to be there.

    That is the hint of a kind that may be found by itself, a word for one that may not, or the shape of one
    that the column is named after. Each is looked for from one place to the next over many cells at a time.
    """

    def __init__(self, detector: Detector) -> None:
        kinds = detector.kinds
        alone = [kind.hint or kind.pattern for kind in kinds if kind.alone]
        words = [near_pattern(kind) for kind in kinds if not kind.alone]
        self._patterns = _in_one(alone, words)
        self._shapes = tuple(
            None if kind.alone else rule.shape for kind, rule in zip(kinds, detector.rules, strict=True)
        )

    def kept(self, text: bytes, named: frozenset[int] = frozenset()) -> Sifted:
        """Keep of cells with ``BETWEEN`` between them those in which anything can be, and perhaps others.

        ``named`` are the kinds, by their place among the detector's, that the column's name has a word for.
        """
        whole = Sifted(text, [(0, len(text))], [0])
        if self._patterns is None:
            return whole
        pieces: set[Piece] = set()
        for pattern in (*self._patterns, *(self._shapes[place] for place in named)):
            if pattern is not None and not _keep(pattern, text, pieces):
                return whole
        apart = list(_apart(pieces))
        begins = accumulate((stop - start for start, stop in apart), initial=0)
        return Sifted(b"".join(text[start:stop] for start, stop in apart), apart, list(begins))


@lru_cache(maxsize=8)
def sieve_of(detector: Detector) -> Sieve:
    """Give the sieve of a detector; making one takes a tenth of a second, so it is made once and kept."""
    return Sieve(detector)


def _keep(pattern: Pattern, text: bytes, pieces: set[Piece]) -> bool:
    """Add the cells that a pattern is in; say no, and stop, where they are most of the text."""
    size = 0
    for number, (start, stop) in enumerate(_cells_with(pattern, text)):
        pieces.add((start, stop))
        size += stop - start
        if number > _FEW and size > _MOST * stop:
            return False
    return True


def _cells_with(pattern: Pattern, text: bytes) -> Iterator[Piece]:
    match, size, read = pattern.Match, len(text), 0
    while read < size:
        left, right = match(ANYWHERE, text, read, size)[0]
        if left < 0:
            return
        start = text.rfind(BETWEEN, read, left)
        stop = text.find(BETWEEN, right)
        start = start + len(BETWEEN) if start >= 0 else read
        read = stop + len(BETWEEN) if stop >= 0 else size
        yield start, read


def _apart(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Put pieces in order, and those together that have something in common: cells may hold empty lines."""
    begin = end = 0
    for start, stop in sorted(pieces):
        if start >= end:
            if end:
                yield begin, end
            begin = start
        end = max(end, stop)
    if end:
        yield begin, end


def _in_one(*sets: list[str]) -> tuple[Pattern, ...] | None:
    """Make one pattern of each set; None where somebody's own kinds are too much for one."""
    try:
        return tuple(
            compiled("|".join(f"(?:{pattern})" for pattern in patterns) or NOTHING) for patterns in sets
        )
    except PatternError:
        return None
