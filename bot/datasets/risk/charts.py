"""Draw the risk of a table: how large its classes are, and what each set of quasi-identifiers tells."""

from __future__ import annotations

from collections.abc import Sequence

from bot.datasets.risk.attribute_sets import AttributeSet
from bot.datasets.risk.measures import Risk
from bot.plots import Bar, bar_chart

SETS_SHOWN = 15

_BOUNDS = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 999), (1000, None))


def class_sizes_chart(risk: Risk) -> str:
    """Draw the share of rows in classes of each size, as SVG."""
    bars = []
    for low, high in _BOUNDS:
        rows = sum(
            size * count
            for size, count in risk.sizes.items()
            if low <= size and (high is None or size <= high)
        )
        share = rows / risk.rows if risk.rows else 0.0
        bars.append(Bar(_span(low, high), share, f"{rows} rows ({share:.1%})"))
    return bar_chart("Rows by the size of their class", bars, most=1.0)


def attribute_sets_chart(sets: Sequence[AttributeSet]) -> str:
    """Draw the share of unique rows by what somebody knows, the riskiest sets, as SVG."""
    bars = [
        Bar(" + ".join(one.columns), one.unique_share, f"{one.unique_share:.1%} unique, k = {one.k}")
        for one in sets[:SETS_SHOWN]
    ]
    return bar_chart("Unique rows by what is known of everybody", bars, most=1.0)


def _span(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} and more"
    return str(low) if low == high else f"{low} to {high}"
