"""Decide on a sample what each column of a table holds, then count every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from bot.datasets.cells import comes_again, detect_in_column, detect_in_series, masked
from bot.datasets.detection import Detector
from bot.datasets.findings import Column, Tier
from bot.datasets.generalisations import HIDDEN
from bot.datasets.kinds import properties
from bot.datasets.probing import kinds_that_fit
from bot.datasets.surroundings import spaced
from bot.datasets.tally import ColumnState, Tally
from bot.datasets.whole_cells import whole_cell

SAMPLE = 10_000
"""Rows at the top of a table whose every cell is checked in full before a column is decided on."""
MOST = 0.9
"""Share of a column's filled cells that must be one kind, and nothing else, for the column to be of it."""
FEWEST = 50
"""Filled cells below which a column is not decided on, and every cell is checked."""
TEXT_LENGTH = 40
"""Characters of an average cell from which a column with spaces in it is free text."""
DATE = r"^\s*(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.](?:\d\d){1,2})(?:[T ]\d{1,2}:\d{2}.{0,24})?\s*$"
"""Days as tables write them, with or without a time."""
NAMES = 0.3
"""Share of a column's filled cells that begin with a common given name, from which all may be names."""
_NAME = "person_name"
HEADER = 0
"""The row that the names of columns stand in."""

TOP = 200
"""Rows at the top of a column that are looked at before anything is said of it."""

Decision = tuple[str, Tier]


class Settled(NamedTuple):
    """What the top of a table says of a column, by which all rows below it are scanned."""

    shown: str
    named: frozenset[int]
    """Kinds that its name has a word for, or its check digits speak of, by their place among all."""
    decided: Decision | None


class _Top(NamedTuple):
    cells: list[pl.Series]
    rows: list[int]


class ColumnScanner:
    """Scan the columns of one table as they come, in the order of the rows."""

    def __init__(
        self,
        detector: Detector,
        tally: Tally,
        counted_at_once: bool = True,
        sample: int = SAMPLE,
        named: bool = True,
        settled: Mapping[str, Settled] | None = None,
    ) -> None:
        """Take the cells below the sample at once where they have the shape of their column's kind.

        Without ``counted_at_once`` every cell is checked in full, and any part of a table gives what it
        gives within the whole. Columns are shown by their places where they are not ``named``, since what
        stands above them is a row of values.
        """
        self._shows_names = named
        self._detector = detector
        self._tally = tally
        self._counted_at_once = counted_at_once
        self._sample = 0 if settled else sample
        self._named: dict[str, frozenset[int]] = {}
        self._waiting: dict[str, _Top] = {}
        self._decided: dict[str, Decision | None] = {}
        for name, column in (settled or {}).items():
            tally.columns[name] = ColumnState(column.shown)
            self._named[name], self._decided[name] = column.named, column.decided

    def add(self, name: str, cells: pl.Series, rows: Sequence[int]) -> None:
        """Scan cells of the column ``name``, strings or null, that stand in ``rows``, counted from 1."""
        if name not in self._tally.columns:
            place = f"column {len(self._tally.columns) + 1}"
            shown = masked(self._detector, name)[0] if self._shows_names else place
            self._tally.columns[name] = ColumnState(shown)
        if name not in self._named:
            top = self._waiting.setdefault(name, _Top([], []))
            top.cells.append(cells)
            top.rows.extend(rows)
            if len(top.rows) >= TOP or not self._counted_at_once:
                self._open(name)
            return
        self._scan(name, cells, rows)

    def finish(self) -> None:
        """Scan what waited for more of its column."""
        for name in list(self._waiting):
            self._open(name)

    def settled(self) -> dict[str, Settled]:
        """Settle what the columns hold, when the rows of the sample were all scanned."""
        return {
            name: Settled(column.shown, self._named[name], self._decision(name))
            for name, column in self._tally.columns.items()
        }

    def _open(self, name: str) -> None:
        """Find out what the name of a column and its top say of it, and scan what waited for that."""
        top = self._waiting.pop(name)
        cells = pl.concat(top.cells)
        self._named[name] = self._detector.named(name)
        if self._counted_at_once:
            self._named[name] |= kinds_that_fit(
                self._detector, [cell or "" for cell in cells[:TOP].to_list()]
            )
        self._scan(name, cells, top.rows)

    def _scan(self, name: str, cells: pl.Series, rows: Sequence[int]) -> None:
        column = self._tally.columns[name]
        column.rows += len(cells)
        sampled = _up_to(rows, self._sample)
        if sampled:
            self._check(name, column, cells[:sampled], rows[:sampled], sample=True)
        if sampled < len(cells):
            self._count(name, column, cells[sampled:], rows[sampled:])

    def _count(self, name: str, column: ColumnState, cells: pl.Series, rows: Sequence[int]) -> None:
        """Count the cells that have the shape of the column's kind at once, and check the others in full."""
        decided = self._decision(name)
        shape = whole_cell(self._detector, decided[0]) if decided else None
        if decided is None or shape is None:
            self._check(name, column, cells, rows)
            return
        alike = cells.str.contains(shape).fill_null(value=False)
        count = int(alike.sum())
        column.filled += count
        column.cells[decided] += count
        self._tally.counts[column.shown, *decided] += count
        if count < len(cells):
            others = (~alike).arg_true()
            self._check(name, column, cells.gather(others), [rows[place] for place in others])

    def _decision(self, name: str) -> Decision | None:
        if name not in self._decided:
            column = self._tally.columns[name]
            self._decided[name] = _decision(column) if self._counted_at_once else None
        return self._decided[name]

    def _check(
        self, name: str, column: ColumnState, cells: pl.Series, rows: Sequence[int], sample: bool = False
    ) -> None:
        """Check every cell in full."""
        cells = cells.fill_null("")
        filled = int((cells.str.len_bytes() > 0).sum())
        column.filled += filled
        column.hidden += int((cells == HIDDEN).sum())
        if not sample and not self._tally.room and comes_again(cells):
            self._count_values(name, column, cells)
            return
        texts: list[str] = []
        if sample:
            texts = cells.to_list()
            column.sampled += filled
            column.characters += sum(map(len, texts))
            column.dates += int(cells.str.contains(DATE).sum())
            column.spaced += sum(text.count(" ") >= 3 for text in texts)
        best: dict[tuple[int, str], Tier] = {}
        for hit in detect_in_column(self._detector, cells, self._named[name]):
            if best.get((hit.cell, hit.kind)) is not Tier.VERIFIED:
                best[hit.cell, hit.kind] = hit.tier
            if sample and hit.end - hit.start == len(texts[hit.cell].strip()):
                column.whole[hit.kind, hit.tier] += 1
            row = rows[hit.cell]
            self._tally.add(hit.kind, hit.tier, hit.start, hit.end, hit.score, row=row, column=column.shown)
        column.cells.update((kind, tier) for (_, kind), tier in best.items())

    def _count_values(self, name: str, column: ColumnState, cells: pl.Series) -> None:
        """Count by value, where no place is listed any more."""
        counts = cells.alias("value").value_counts(name="cells")
        values, times = counts["value"], counts["cells"].to_list()
        best: dict[tuple[int, str], Tier] = {}
        for hit in detect_in_series(self._detector, values, self._named[name]):
            if best.get((hit.cell, hit.kind)) is not Tier.VERIFIED:
                best[hit.cell, hit.kind] = hit.tier
            self._tally.counts[column.shown, hit.kind, hit.tier] += times[hit.cell]
        for (value, kind), tier in best.items():
            column.cells[kind, tier] += times[value]


def columns_of(tally: Tally, detector: Detector) -> list[Column]:
    """Say what each column of a file holds, and count what is in its name and what its name says of it."""
    by_name = {name: kind.name for kind in detector.kinds for name in kind.columns}
    by_name |= {name: kind.name for kind in properties() for name in kind.columns}
    for name, state in tally.columns.items():
        for hit in masked(detector, name)[1]:
            tally.add(hit.kind, hit.tier, hit.start, hit.end, hit.score, row=HEADER, column=state.shown)
    return [_finished(tally, name, state, by_name) for name, state in tally.columns.items()]


def _finished(tally: Tally, name: str, state: ColumnState, by_name: dict[str, str]) -> Column:
    decided = _decision(state)
    kind = decided[0] if decided else _called(name, state, by_name)
    if not decided and kind:
        more = state.filled - state.hidden - state.cells[kind, Tier.POSSIBLE]
        if more > 0:
            state.cells[kind, Tier.POSSIBLE] += more
            tally.counts[state.shown, kind, Tier.POSSIBLE] += more
    return Column(
        file=tally.file,
        name=state.shown,
        rows=state.rows,
        filled=state.filled,
        kind=kind,
        free_text=_is_free_text(state),
        verified=_of_tier(state, Tier.VERIFIED),
        possible=_of_tier(state, Tier.POSSIBLE),
    )


def _called(name: str, state: ColumnState, by_name: dict[str, str]) -> str | None:
    """Give the kind that every filled cell possibly is: by the column's name, as names, or as dates."""
    if not state.filled or any(tier is Tier.VERIFIED for _, tier in state.cells):
        return None
    last_key = spaced(name.rpartition(".")[2].removesuffix("[]")).lower()
    if kind := by_name.get(last_key):
        return kind
    if state.sampled >= FEWEST and state.whole[_NAME, Tier.POSSIBLE] >= NAMES * state.sampled:
        return _NAME
    return "date" if state.sampled and state.dates >= MOST * state.sampled else None


def _of_tier(state: ColumnState, tier: Tier) -> dict[str, int]:
    return {kind: count for (kind, of), count in sorted(state.cells.items()) if of is tier and count}


def _up_to(rows: Sequence[int], limit: int) -> int:
    """Say how many of the ascending ``rows`` are at most ``limit``."""
    if not rows or rows[-1] <= limit:
        return len(rows)
    return next(place for place, row in enumerate(rows) if row > limit)


def _decision(state: ColumnState) -> Decision | None:
    if state.sampled < FEWEST or not state.whole:
        return None
    by_kind: Counter[str] = Counter()
    for (kind, _), count in state.whole.items():
        by_kind[kind] += count
    kind, count = by_kind.most_common(1)[0]
    if count < MOST * state.sampled:
        return None
    return kind, Tier.VERIFIED if 2 * state.whole[kind, Tier.VERIFIED] >= count else Tier.POSSIBLE


def _is_free_text(state: ColumnState) -> bool:
    long = state.characters >= TEXT_LENGTH * state.sampled
    return bool(state.sampled) and long and 2 * state.spaced >= state.sampled
