"""Add up what is found in one file: exact counts, and the first findings by their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.datasets.findings import Column, Count, Coverage, Finding, Tier

LISTED = 10_000
"""Findings of one file that are listed by their place; all are counted."""


@dataclass
class Tally:
    """What was found in one file, or in one part of it."""

    file: str
    listed: int = LISTED
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str | None, str, Tier]] = field(default_factory=Counter)
    """Findings by column, kind and tier."""
    columns: list[Column] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)

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
        if len(self.findings) < self.listed:
            self.findings.append(Finding(kind, tier, self.file, line, row, column, start, end, score))

    def in_order(self) -> Iterable[Count]:
        """Give the counts by column, kind and tier."""
        for (column, kind, tier), count in sorted(
            self.counts.items(), key=lambda one: (one[0][0] or "", *one[0][1:])
        ):
            yield Count(self.file, column, kind, tier, count)
