"""Draw small charts as SVG: the same numbers give the same bytes, and nothing is loaded from anywhere.

GitHub shows SVG files of a repository as images, and so does the Hub in its cards (huggingface/hub-docs, pull
request 1481).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rendering import render_page

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 48
BAR = 28
"""Pixels of height a bar takes with the space around it."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
"""Told apart by colour-blind readers as well. Source: Okabe and Ito, "Color Universal Design"."""
MAX_LABEL = 40
_TICKS = 5


@dataclass(frozen=True)
class Series:
    """One line of a chart: its name and its points, from left to right."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its length, and the words for its value."""

    label: str
    value: float
    shown: str


def line_chart(title: str, series: Sequence[Series], *, x_label: str, y_label: str) -> str:
    """Draw lines over one pair of axes; points that are no finite numbers are left out.

    Raises ValueError when no point is left.
    """
    drawn = [Series(one.name, [p for p in one.points if all(map(math.isfinite, p))]) for one in series]
    drawn = [one for one in drawn if one.points]
    across = _axis([x for one in drawn for x, _ in one.points])
    up = _axis([y for one in drawn for _, y in one.points])
    return render_page(
        "plots/lines.svg.j2",
        title=title,
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        x_label=x_label,
        y_label=y_label,
        x_ticks=[(_x(across, tick), _short(tick)) for tick in across],
        y_ticks=[(_y(up, tick), _short(tick)) for tick in up],
        lines=[
            {
                "name": one.name[:MAX_LABEL],
                "colour": COLOURS[index % len(COLOURS)],
                "points": [(_x(across, x), _y(up, y)) for x, y in one.points],
            }
            for index, one in enumerate(drawn)
        ],
    )


def bar_chart(title: str, bars: Sequence[Bar], *, most: float | None = None) -> str:
    """Draw bars below each other, from zero to the longest or to ``most``.

    Raises ValueError when there is no bar, or one is negative or no finite number.
    """
    if not bars or not all(math.isfinite(bar.value) and bar.value >= 0 for bar in bars):
        raise ValueError("a bar is as long as a number from zero up")
    longest = most or max(bar.value for bar in bars) or 1.0
    room = WIDTH - 3 * LEFT - 4 * RIGHT
    return render_page(
        "plots/bars.svg.j2",
        title=title,
        width=WIDTH,
        height=TOP + BAR * len(bars) + RIGHT,
        left=3 * LEFT,
        top=TOP,
        step=BAR,
        colour=COLOURS[0],
        bars=[
            {
                "label": bar.label[:MAX_LABEL],
                "length": _pixels(room * min(bar.value / longest, 1.0)),
                "shown": bar.shown,
            }
            for bar in bars
        ],
    )


def _axis(values: Sequence[float]) -> list[float]:
    """Choose round ticks from below the smallest value to above the largest."""
    if not values:
        raise ValueError("there is nothing to draw")
    low, high = min(values), max(values)
    spread = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(spread / _TICKS))
    step = next(power * round_one for round_one in (1, 2, 5, 10) if power * round_one >= spread / _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _x(axis: Sequence[float], value: float) -> str:
    return _pixels(LEFT + (WIDTH - LEFT - RIGHT) * (value - axis[0]) / (axis[-1] - axis[0]))


def _y(axis: Sequence[float], value: float) -> str:
    return _pixels(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - axis[0]) / (axis[-1] - axis[0]))


def _pixels(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _short(value: float) -> str:
    return f"{value:.6g}"
