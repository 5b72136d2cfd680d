"""Group a table into classes once, and then ask of them what another set, or a coarser one, would give."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from bot.datasets.generalisations import DAY, NUMBER, Generalisation
from bot.datasets.risk import queries
from bot.datasets.risk.tables import Table

Plan = Mapping[str, Generalisation]
"""What is done to which columns; a column that is not named stays as it is."""


@dataclass(frozen=True)
class Grouping:
    """What classes by some columns, perhaps said less exactly, are like."""

    k: int
    unique_rows: int
    rows_below: int
    """Rows in classes smaller than the k aimed at."""
    hidden: float
    """Bits by which a person is hidden among the others of a class, the mean over all rows."""


@dataclass(frozen=True)
class Shape:
    """What the different values of a column look like as texts; counts of values, not of rows."""

    filled: int
    days: int
    numbers: int
    whole: int
    codes: int
    """Values of 4 to 10 digits and capital letters, as postal codes are."""
    shortest: int
    longest: int
    least: float
    most: float


@dataclass(frozen=True)
class Classes:
    """The classes of a table by its quasi-identifiers, each with its number of rows."""

    table: Table
    names: Mapping[str, str]
    """The quasi-identifiers, and what they are called in SQL."""
    rows: int

    def grouped(self, aim: int, columns: Collection[str], plan: Plan | None = None) -> Grouping:
        """Group by some of the columns, generalised as a plan says. Raises TableError."""
        said = plan or {}
        keys = ", ".join(
            said[column].sql(name) if column in said else name
            for column, name in self.names.items()
            if column in columns
        )
        k, unique, below, hidden = self.table.row(queries.GENERALISED, keys=keys, aim=str(aim))
        return Grouping(cast(int, k), cast(int, unique), cast(int, below), cast(float, hidden))

    def bits(self, column: str, generalisation: Generalisation | None = None) -> float:
        """Give the entropy of a column in bits. Raises TableError."""
        name = self.names[column]
        expression = generalisation.sql(name) if generalisation else name
        return float(cast(float, self.table.row(queries.ENTROPY, expression=expression)[0] or 0.0))

    def shape(self, column: str) -> Shape:
        """Look at the different values of a column. Raises TableError."""
        row = self.table.row(queries.SHAPE, name=self.names[column], day=DAY, number=NUMBER)
        return Shape(*(cast(Any, one or 0) for one in row))


@contextmanager
def classes_of(table: Table, quasi: Sequence[str]) -> Iterator[Classes]:
    """Group a table by its quasi-identifiers. Raises TableError."""
    names = {column: table.sql(column) for column in dict.fromkeys(quasi)}
    columns = ", ".join(f"{name}::VARCHAR AS {name}" for name in names.values())
    table.rows(queries.CLASSES, columns=columns)
    try:
        yield Classes(table, names, cast(int, table.row(queries.ROWS_OF_CLASSES)[0]))
    finally:
        table.rows("DROP TABLE IF EXISTS classes")
