"""Add up what is found in one file: exact counts, and the first findings by their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.datasets.findings import Count, Coverage, Finding, Quality, Tier

LISTED = 10_000
"""Findings of one file that are listed by their place; all are counted."""


@dataclass
class ColumnState:
    """What is known of a column so far."""

    shown: str
    rows: int = 0
    filled: int = 0
    hidden: int = 0
    """Filled cells that say nothing any more, as ``giveback anonymize`` leaves them."""
    sampled: int = 0
    """Filled cells among the rows at the top, which say what the column holds."""
    characters: int = 0
    """Characters of the sampled cells."""
    spaced: int = 0
    """Sampled cells with at least three spaces."""
    dates: int = 0
    """Sampled cells that are a day."""
    whole: Counter[tuple[str, Tier]] = field(default_factory=Counter)
    """Sampled cells that are one finding from end to end."""
    cells: Counter[tuple[str, Tier]] = field(default_factory=Counter)
    """Cells with a finding of a kind, by the best tier of those in the cell."""

    def add(self, other: ColumnState) -> None:
        """Add what is known from a later part of the file."""
        self.rows += other.rows
        self.filled += other.filled
        self.hidden += other.hidden
        self.sampled += other.sampled
        self.characters += other.characters
        self.spaced += other.spaced
        self.dates += other.dates
        self.whole += other.whole
        self.cells += other.cells


@dataclass
class Tally:
    """What was found in one file, or in one part of it."""

    file: str
    listed: int = LISTED
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str | None, str, Tier]] = field(default_factory=Counter)
    """Findings by column, kind and tier."""
    columns: dict[str, ColumnState] = field(default_factory=dict, repr=False)
    """Columns by the name they have, which may be personal data itself."""
    coverage: list[Coverage] = field(default_factory=list)
    quality: Quality | None = None

    def add(
        self,
        kind: str,
        tier: Tier,
        start: int,
        end: int,
        score: float,
        *,
        line: int | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        """Count a finding, and list it while there is room."""
        self.counts[column, kind, tier] += 1
        if self.room:
            self.note(kind, tier, start, end, score, line=line, row=row, column=column)

    @property
    def room(self) -> int:
        """Say how many findings more can be listed."""
        return self.listed - len(self.findings)

    def count(self, column: str | None, findings: Mapping[tuple[str, Tier], int]) -> None:
        """Count findings by kind and tier."""
        for (kind, tier), number in findings.items():
            self.counts[column, kind, tier] += number

    def note(
        self,
        kind: str,
        tier: Tier,
        start: int,
        end: int,
        score: float,
        *,
        line: int | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        """List a finding that is counted."""
        self.findings.append(Finding(kind, tier, self.file, line, row, column, start, end, score))

    def append(self, later: Tally, rows: int, characters: int) -> None:
        """Add what was found behind ``rows`` rows or lines and ``characters`` characters of the same file."""
        for one in later.findings[: self.listed - len(self.findings)]:
            if one.line is not None:
                start, end = one.start + characters, one.end + characters
                self.findings.append(replace(one, line=one.line + rows, start=start, end=end))
            else:
                self.findings.append(replace(one, row=(one.row or 0) + rows if one.row else one.row))
        self.counts += later.counts
        for name, state in later.columns.items():
            if name in self.columns:
                self.columns[name].add(state)
            else:
                self.columns[name] = state

    def in_order(self) -> Iterable[Count]:
        """Give the counts by column, kind and tier."""
        for column, kind, tier in sorted(self.counts, key=lambda one: (one[0] or "", *one[1:])):
            yield Count(self.file, column, kind, tier, self.counts[column, kind, tier])
