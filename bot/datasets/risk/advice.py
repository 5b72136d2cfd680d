"""Work out which generalisation of which quasi-identifier makes people how much less easy to tell apart.

The cost is the share of a column's information that is lost: of its entropy in bits, what the generalised
column no longer has (Gionis and Tassa, "k-anonymization with minimal loss of information", 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bot.datasets.generalisations import DAY, NUMBER, Generalisation
from bot.datasets.risk import queries
from bot.datasets.risk.tables import Table

K = 5
"""The k that is aimed at unless another is asked for. It is a proposal: no standard sets a k."""

TOP_AGE = 90
"""Ages over 89 are one category (45 CFR 164.514(b)(2)(i)(C))."""

_BANDS = (5, 10, 20)
_AGES = range(131)
_STEPS_LIMIT = 40
"""Steps of a path at most; for each, every column's next step looks at all classes."""

Plan = Mapping[str, Generalisation]
"""What is done to which columns; a column that is not named stays as it is."""


@dataclass(frozen=True)
class Option:
    """What one way of generalising buys, and what it costs."""

    plan: Plan
    k: int
    unique_share: float
    rows_below: int
    """Rows in classes smaller than the k aimed at."""
    cost: float
    """Share of information lost, 0 to 1, the mean over all quasi-identifiers."""
    hidden: float
    """Bits by which a person is hidden among the others of a class, the mean over all rows."""

    def as_dict(self) -> dict[str, Any]:
        """Give the option as it stands in JSON."""
        return {
            "generalise": {column: str(one) for column, one in self.plan.items()},
            "k": self.k,
            "unique_share": self.unique_share,
            "rows_below": self.rows_below,
            "cost": self.cost,
        }


@dataclass(frozen=True)
class Advice:
    """Options for each column alone, and a way from the table as it is to the k aimed at."""

    aim: int
    rows: int
    singles: tuple[Option, ...]
    path: tuple[Option, ...]
    """Each step goes further than the one before; the last one is as far as it goes."""

    @property
    def reached(self) -> bool:
        """Tell whether the path ends at the k aimed at."""
        return bool(self.path) and self.path[-1].k >= self.aim

    def as_dict(self) -> dict[str, Any]:
        """Give the advice as it stands in JSON."""
        return {
            "aim": self.aim,
            "reached": self.reached,
            "singles": [one.as_dict() for one in self.singles],
            "path": [one.as_dict() for one in self.path],
        }


def advise(table: Table, quasi: Sequence[str], aim: int = K) -> Advice:
    """Try every generalisation alone, then the cheapest next one again and again. Raises TableError."""
    names = {column: table.sql(column) for column in dict.fromkeys(quasi)}
    columns = ", ".join(f"{name}::VARCHAR AS {name}" for name in names.values())
    table.rows(queries.CLASSES, columns=columns)
    try:
        trial = _Trial(table, names, aim)
        ladders = {column: _ladder(table, name) for column, name in names.items()}
        singles = tuple(trial.option({column: one}) for column in names for one in ladders[column])
        return Advice(aim, trial.rows, singles, _path(trial, ladders, aim))
    finally:
        table.rows("DROP TABLE IF EXISTS classes")


class _Trial:
    """Tries generalisations on the classes of a table, which are there as ``classes``."""

    def __init__(self, table: Table, names: Mapping[str, str], aim: int) -> None:
        self._table, self._names, self._aim = table, names, aim
        self.rows = cast(int, table.row("SELECT coalesce(sum(n), 0)::BIGINT FROM classes")[0])
        self._lost: dict[tuple[str, Generalisation], float] = {}
        self._bits = {column: self._entropy(name) for column, name in names.items()}

    def option(self, plan: Plan) -> Option:
        keys = ", ".join(
            plan[column].sql(name) if column in plan else name for column, name in self._names.items()
        )
        k, unique, below, hidden = self._table.row(queries.GENERALISED, keys=keys, aim=str(self._aim))
        cost = sum(self._cost(column, one) for column, one in plan.items()) / len(self._names)
        share = cast(int, unique) / self.rows if self.rows else 0.0
        return Option(plan, cast(int, k), share, cast(int, below), cost, cast(float, hidden))

    def _cost(self, column: str, one: Generalisation) -> float:
        if (column, one) not in self._lost:
            bits, left = self._bits[column], self._entropy(one.sql(self._names[column]))
            self._lost[column, one] = max(0.0, 1 - left / bits) if bits else 0.0
        return self._lost[column, one]

    def _entropy(self, expression: str) -> float:
        return float(cast(float, self._table.row(queries.ENTROPY, expression=expression)[0] or 0.0))


def _ladder(table: Table, name: str) -> tuple[Generalisation, ...]:
    """List the ways to generalise a column that fit its values, the mildest first."""
    hide = Generalisation("hide")
    shape = table.row(queries.SHAPE, name=name, day=DAY, number=NUMBER)
    filled, days, numbers, whole, codes, shortest, longest, least, most = cast(tuple[int, ...], shape)
    if not filled:
        return ()
    if days == filled:
        return (Generalisation("month"), Generalisation("year"), hide)
    if codes == filled and shortest == longest:
        # postal codes: 45 CFR 164.514(b)(2)(i)(B) keeps the first three digits of a ZIP code
        return (*(Generalisation("prefix", kept) for kept in (4, 3, 2) if kept < longest), hide)
    if numbers == filled and whole == filled:
        ages = int(least) in _AGES and int(most) in _AGES and most >= TOP_AGE
        top = TOP_AGE if ages else None
        spread = max(int(most) - int(least), 1)
        scale = 10 ** (len(str(spread)) - 2)
        widths = _BANDS if spread <= _AGES[-1] else (scale, 2 * scale, 5 * scale)
        return (*(Generalisation("band", width, top) for width in widths), hide)
    if numbers == filled:
        return (*(Generalisation("decimals", kept) for kept in (2, 1, 0)), hide)
    return (hide,)


def _path(trial: _Trial, ladders: Mapping[str, tuple[Generalisation, ...]], aim: int) -> tuple[Option, ...]:
    """Climb the ladders, each time the step that hides people best for what it costs.

    At the end it steps back where that was more than the aim needs.
    """
    found: list[Option] = []
    heights = dict.fromkeys(ladders, 0)
    now = trial.option({})
    while now.k < aim:
        steps = {
            column: trial.option({**now.plan, column: ladder[heights[column]]})
            for column, ladder in ladders.items()
            if heights[column] < len(ladder)
        }
        if not steps or len(found) == _STEPS_LIMIT:
            break
        best = max(steps, key=lambda column: _worth(now, steps[column]))
        heights[best] += 1
        now = steps[best]
        found.append(now)
    for column, ladder in ladders.items():
        while now.k >= aim and heights[column] > 0:
            heights[column] -= 1
            milder = {name: one for name, one in now.plan.items() if name != column}
            if heights[column] > 0:
                milder[column] = ladder[heights[column] - 1]
            if (option := trial.option(milder)).k < aim:
                break
            now = option
            found[-1] = now
    return tuple(found)


def _worth(before: Option, after: Option) -> tuple[float, float]:
    """Weigh what a step hides against what it costs; while everybody stays unique the cheapest is best."""
    cost = after.cost - before.cost
    return (after.hidden - before.hidden) / max(cost, 1e-6), -cost
