"""Draw the risk of a table: how large its classes are, and what each set of quasi-identifiers tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bot.plots import WIDTH, Bar, bar_chart

SETS_SHOWN = 15

_BOUNDS = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 999), (1000, None))
_HEIGHT = re.compile(r'<svg [^>]*height="(\d+)"')


class SetOfColumns(Protocol):
    """What somebody who knows some columns of everybody could do."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns."""

    @property
    def k(self) -> int:
        """Give the size of the smallest class."""

    @property
    def unique_share(self) -> float:
        """Give the share of unique rows, 0 to 1."""


def rows_by_class_size(sizes: Mapping[int, int]) -> dict[str, int]:
    """Count the rows in classes of each size, a few sizes together, from how many classes have each."""
    return {
        _span(low, high): sum(
            size * count for size, count in sizes.items() if low <= size and (high is None or size <= high)
        )
        for low, high in _BOUNDS
    }


def class_sizes_chart(rows_by_size: Mapping[str, int], of: str = "") -> str:
    """Draw the share of rows in classes of each size, as SVG."""
    every = sum(rows_by_size.values())
    shares = {size: rows / every if every else 0.0 for size, rows in rows_by_size.items()}
    bars = [
        Bar(size, shares[size], f"{rows} rows ({shares[size]:.1%})") for size, rows in rows_by_size.items()
    ]
    return bar_chart(f"Rows by the size of their class{of}", bars, most=1.0)


def attribute_sets_chart(sets: Sequence[SetOfColumns], of: str = "") -> str:
    """Draw the share of unique rows by what somebody knows, the riskiest sets, as SVG."""
    bars = [
        Bar(" + ".join(one.columns), one.unique_share, f"{one.unique_share:.1%} unique, k = {one.k}")
        for one in sets[:SETS_SHOWN]
    ]
    return bar_chart(f"Unique rows by what is known of everybody{of}", bars, most=1.0)


def below_each_other(charts: Iterable[str]) -> str:
    """Put charts into one picture, as SVG."""
    inner, height = "", 0
    for chart in charts:
        found = _HEIGHT.search(chart)
        inner += chart.replace("<svg ", f'<svg y="{height}" ', 1)
        height += int(found[1]) if found else 0
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}">\n{inner}</svg>\n'
    )


def _span(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} and more"
    return str(low) if low == high else f"{low} to {high}"
