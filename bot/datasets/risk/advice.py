"""Work out which generalisation of which quasi-identifier makes people how much less easy to tell apart.

The cost is the share of a column's information that is lost: of its entropy in bits, what the generalised
column no longer has (Gionis and Tassa, "k-anonymization with minimal loss of information", 2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.datasets.generalisations import Generalisation

# DuckDB and polars take a while to load, and the aim alone is asked for by many.
if TYPE_CHECKING:
    from bot.datasets.risk.classes import Classes, Grouping, Plan

K = 5
"""The k that is aimed at unless another is asked for. It is a proposal: no standard sets a k."""

TOP_AGE = 90
"""Ages over 89 are one category (45 CFR 164.514(b)(2)(i)(C))."""

_AGES = range(131)
_BANDS = (5, 10, 20)
_HIDE = Generalisation("hide")
_STEPS_LIMIT = 40
"""Steps of a path at most; for each, every column's next step looks at all classes."""

_Ladders = Mapping[str, tuple[Generalisation, ...]]
"""The ways to generalise each column, the mildest first."""


@dataclass(frozen=True)
class Option:
    """What one way of generalising buys, and what it costs."""

    plan: Plan
    gives: Grouping
    unique_share: float
    cost: float
    """Share of information lost, 0 to 1, the mean over all quasi-identifiers."""

    def as_dict(self) -> dict[str, Any]:
        """Give the option as it stands in JSON."""
        return {
            "generalise": {column: str(one) for column, one in self.plan.items()},
            "k": self.gives.k,
            "unique_share": self.unique_share,
            "rows_below": self.gives.rows_below,
            "cost": self.cost,
        }


@dataclass(frozen=True)
class Advice:
    """Options for each column alone, and a way from the table as it is to the k aimed at."""

    aim: int
    singles: tuple[Option, ...]
    path: tuple[Option, ...]
    """Each step hides more than the one before; empty when nothing needs to be done."""

    @property
    def reached(self) -> bool:
        """Tell whether the path ends at the k aimed at."""
        return not self.path or self.path[-1].gives.k >= self.aim

    def as_dict(self) -> dict[str, Any]:
        """Give the advice as it stands in JSON."""
        return {
            "aim": self.aim,
            "reached": self.reached,
            "singles": [one.as_dict() for one in self.singles],
            "path": [one.as_dict() for one in self.path],
        }


def advise(classes: Classes, aim: int = K) -> Advice:
    """Try every generalisation alone, then the cheapest next one again and again. Raises TableError."""
    trial = _Trial(classes, aim)
    ladders = {column: _ladder(classes, column) for column in classes.names}
    singles = tuple(trial.option({column: one}) for column in ladders for one in ladders[column])
    return Advice(aim, singles, _path(trial, ladders, aim))


class _Trial:
    """Tries plans, and keeps what each generalisation costs."""

    def __init__(self, classes: Classes, aim: int) -> None:
        self._classes, self._aim = classes, aim
        self._bits = {column: classes.bits(column) for column in classes.names}
        self._costs: dict[tuple[str, Generalisation], float] = {}

    def option(self, plan: Plan) -> Option:
        gives = self._classes.grouped(self._aim, self._classes.names, plan)
        cost = sum(self._cost(column, one) for column, one in plan.items()) / len(self._classes.names)
        rows = self._classes.rows
        return Option(plan, gives, gives.unique_rows / rows if rows else 0.0, cost)

    def _cost(self, column: str, one: Generalisation) -> float:
        if (column, one) not in self._costs:
            bits = self._bits[column]
            self._costs[column, one] = max(0.0, 1 - self._classes.bits(column, one) / bits) if bits else 0.0
        return self._costs[column, one]


def _ladder(classes: Classes, column: str) -> tuple[Generalisation, ...]:
    """List the ways to generalise a column that fit all of its values."""
    shape = classes.shape(column)
    if not shape.filled:
        return ()
    if shape.days == shape.filled:
        return (Generalisation("month"), Generalisation("year"), _HIDE)
    if shape.codes == shape.filled and shape.shortest == shape.longest:
        # of postal codes 45 CFR 164.514(b)(2)(i)(B) lets the first three digits stay
        return (*(Generalisation("prefix", kept) for kept in (4, 3, 2) if kept < shape.longest), _HIDE)
    if shape.whole == shape.filled:
        return (*_bands(int(shape.least), int(shape.most)), _HIDE)
    if shape.numbers == shape.filled:
        return (*(Generalisation("decimals", kept) for kept in (2, 1, 0)), _HIDE)
    return (_HIDE,)


def _bands(least: int, most: int) -> tuple[Generalisation, ...]:
    spread = most - least
    scale = 10 ** (len(str(spread)) - 2)
    widths = _BANDS if spread <= _AGES[-1] else (scale, 2 * scale, 5 * scale)
    ages = least in _AGES and TOP_AGE <= most in _AGES
    return tuple(Generalisation("band", width, TOP_AGE if ages else None) for width in widths)


def _path(trial: _Trial, ladders: _Ladders, aim: int) -> tuple[Option, ...]:
    """Climb the ladders, each time the step that hides people best for what it costs.

    At the end it steps back where that was more than the aim needs.
    """
    found: list[Option] = []
    heights = dict.fromkeys(ladders, 0)
    now = trial.option({})
    while now.gives.k < aim and len(found) < _STEPS_LIMIT:
        steps = {
            column: trial.option({**now.plan, column: ladder[heights[column]]})
            for column, ladder in ladders.items()
            if heights[column] < len(ladder)
        }
        if not steps:
            break
        best = max(steps, key=lambda column: _worth(now, steps[column]))
        heights[best] += 1
        now = steps[best]
        found.append(now)
    if found and now.gives.k >= aim:
        found[-1] = _milder(trial, ladders, heights, now, aim)
    return tuple(found)


def _worth(before: Option, after: Option) -> tuple[float, float]:
    """Weigh what a step hides against what it costs; while everybody stays unique the cheapest is best."""
    cost = after.cost - before.cost
    return (after.gives.hidden - before.gives.hidden) / max(cost, 1e-6), -cost


def _milder(
    trial: _Trial, ladders: _Ladders, heights: Mapping[str, int], reached: Option, aim: int
) -> Option:
    for column, ladder in ladders.items():
        for height in reversed(range(heights[column])):
            plan = {name: one for name, one in reached.plan.items() if name != column}
            if height:
                plan[column] = ladder[height - 1]
            option = trial.option(plan)
            if option.gives.k < aim:
                break
            reached = option
    return reached
