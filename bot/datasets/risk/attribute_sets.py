"""Measure how far each set of quasi-identifiers tells people apart, from one alone to all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from bot.datasets.risk.classes import Classes

SETS_LIMIT = 64
"""Sets looked at, at most; those of the fewest columns first, and that of all columns always."""


@dataclass(frozen=True)
class AttributeSet:
    """What somebody who knows these columns of everybody could do."""

    columns: tuple[str, ...]
    k: int
    unique_share: float

    def as_dict(self) -> dict[str, Any]:
        """Give the figures as they stand in JSON."""
        return asdict(self)


def attribute_sets(classes: Classes) -> tuple[AttributeSet, ...]:
    """Measure sets of columns, the riskiest first. Raises TableError."""
    found = [_measured(classes, columns) for columns in _sets(tuple(classes.names))]
    return tuple(sorted(found, key=lambda one: (-one.unique_share, one.k, len(one.columns))))


def _measured(classes: Classes, columns: tuple[str, ...]) -> AttributeSet:
    grouped = classes.grouped(1, columns)
    return AttributeSet(columns, grouped.k, grouped.unique_rows / classes.rows if classes.rows else 0.0)


def _sets(columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    left = SETS_LIMIT - 1
    for size in range(1, len(columns)):
        for some in combinations(columns, size):
            if left == 0:
                break
            left -= 1
            yield some
    yield columns
