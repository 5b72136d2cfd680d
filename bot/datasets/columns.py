"""Decide on a sample what each column of a table holds, then count every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from bot.datasets.cells import detect_in_cells
from bot.datasets.detection import Detector
from bot.datasets.findings import Column, Tier
from bot.datasets.surroundings import spaced
from bot.datasets.tally import Tally

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
HEADER = 0
"""The row that the names of columns stand in."""


@dataclass
class _Column:
    shown: str
    named: frozenset[str]
    rows: int = 0
    filled: int = 0
    characters: int = 0
    spaced: int = 0
    """Sampled cells with at least three spaces."""
    sampled: int = 0
    dates: int = 0
    whole: Counter[tuple[str, Tier]] = field(default_factory=Counter)
    """Sampled cells that are one finding from end to end."""
    tiers: dict[Tier, Counter[str]] = field(default_factory=lambda: {tier: Counter() for tier in Tier})
    decided: tuple[str, Tier] | None = None
    open: bool = True


class ColumnScanner:
    """Scan the columns of one table as they come, in the order of the rows."""

    def __init__(self, detector: Detector, tally: Tally, sample: int = SAMPLE) -> None:
        self._detector = detector
        self._tally = tally
        self._sample = sample
        self._columns: dict[str, _Column] = {}
        self._shapes: dict[str, list[str]] = {}
        self._by_name: dict[str, str] = {}
        for kind in detector.kinds:
            self._shapes.setdefault(kind.name, []).append(rf"(?-u:{kind.pattern})")
            self._by_name |= dict.fromkeys(kind.columns, kind.name)

    def add(self, name: str, cells: pl.Series, rows: Sequence[int]) -> None:
        """Scan cells of the column ``name``, strings or null, that stand in ``rows``, counted from 1."""
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = _Column(self._shown(name), self._detector.named(name))
        column.rows += len(cells)
        sampled = _up_to(rows, self._sample)
        if sampled:
            self._check(column, cells[:sampled], rows[:sampled], sample=True)
        if sampled < len(cells):
            if column.open:
                column.decided, column.open = _decision(column), False
            self._count(column, cells[sampled:], rows[sampled:])

    def finish(self) -> None:
        """Hand the columns to the tally."""
        for name, column in self._columns.items():
            kind = self._by_its_name(name, column)
            if kind is None:
                decided = _decision(column) if column.open else column.decided
                kind = decided[0] if decided else None
            self._tally.columns.append(
                Column(
                    file=self._tally.file,
                    name=column.shown,
                    rows=column.rows,
                    filled=column.filled,
                    kind=kind,
                    free_text=_is_free_text(column),
                    verified=dict(sorted(column.tiers[Tier.VERIFIED].items())),
                    possible=dict(sorted(column.tiers[Tier.POSSIBLE].items())),
                )
            )

    def _shown(self, name: str) -> str:
        """Give the name a column may be called by: not the one it has, where that is personal data itself."""
        hits = list(detect_in_cells(self._detector, [name]))
        shown = f"column {len(self._columns) + 1}" if hits else name
        for hit in hits:
            self._tally.add(hit.kind, hit.tier, hit.start, hit.end, hit.score, row=HEADER, column=shown)
        return shown

    def _by_its_name(self, name: str, column: _Column) -> str | None:
        """Count every filled cell of a column that is called after what it holds as possibly that."""
        last_key = spaced(name.rpartition(".")[2].removesuffix("[]")).lower()
        kind = self._by_name.get(last_key)
        if kind is None and column.sampled and column.dates >= MOST * column.sampled:
            kind = "date"
        if kind is None or not column.filled or column.tiers[Tier.VERIFIED]:
            return None
        more = column.filled - column.tiers[Tier.POSSIBLE][kind]
        column.tiers[Tier.POSSIBLE][kind] = column.filled
        self._tally.counts[column.shown, kind, Tier.POSSIBLE] += max(0, more)
        return kind

    def _count(self, column: _Column, cells: pl.Series, rows: Sequence[int]) -> None:
        """Count the cells that have the shape of the column's kind at once, and check the others in full."""
        if column.decided is None:
            self._check(column, cells, rows)
            return
        kind, tier = column.decided
        shape = rf"^\s*(?:{'|'.join(self._shapes[kind])})\s*$"
        alike = cells.str.contains(shape).fill_null(value=False)
        count = int(alike.sum())
        column.filled += count
        column.tiers[tier][kind] += count
        self._tally.counts[column.shown, kind, tier] += count
        if count < len(cells):
            others = (~alike).arg_true()
            self._check(column, cells.gather(others), [rows[place] for place in others])

    def _check(self, column: _Column, cells: pl.Series, rows: Sequence[int], sample: bool = False) -> None:
        """Check every cell in full."""
        texts = [cell or "" for cell in cells.to_list()]
        filled = sum(map(bool, texts))
        column.filled += filled
        if sample:
            column.sampled += filled
            column.characters += sum(map(len, texts))
            column.dates += int(cells.str.contains(DATE).sum())
            column.spaced += sum(text.count(" ") >= 3 for text in texts)
        seen: dict[str, Tier] = {}
        last = -1
        for hit in detect_in_cells(self._detector, texts, column.named):
            if hit.cell != last:
                self._close(column, seen)
                last = hit.cell
            if seen.get(hit.kind) is not Tier.VERIFIED:
                seen[hit.kind] = hit.tier
            if sample and hit.end - hit.start == len(texts[hit.cell].strip()):
                column.whole[hit.kind, hit.tier] += 1
            row = rows[hit.cell]
            self._tally.add(hit.kind, hit.tier, hit.start, hit.end, hit.score, row=row, column=column.shown)
        self._close(column, seen)

    @staticmethod
    def _close(column: _Column, seen: dict[str, Tier]) -> None:
        for kind, tier in seen.items():
            column.tiers[tier][kind] += 1
        seen.clear()


def _up_to(rows: Sequence[int], limit: int) -> int:
    """Say how many of the ascending ``rows`` are at most ``limit``."""
    if not rows or rows[-1] <= limit:
        return len(rows)
    return next(place for place, row in enumerate(rows) if row > limit)


def _decision(column: _Column) -> tuple[str, Tier] | None:
    if column.sampled < FEWEST or not column.whole:
        return None
    by_kind: Counter[str] = Counter()
    for (kind, _), count in column.whole.items():
        by_kind[kind] += count
    kind, count = by_kind.most_common(1)[0]
    if count < MOST * column.sampled:
        return None
    verified = column.whole[kind, Tier.VERIFIED]
    return kind, Tier.VERIFIED if 2 * verified >= count else Tier.POSSIBLE


def _is_free_text(column: _Column) -> bool:
    return bool(column.sampled) and (
        column.characters >= TEXT_LENGTH * column.sampled and 2 * column.spaced >= column.sampled
    )
