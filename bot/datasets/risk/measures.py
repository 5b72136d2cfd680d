"""Measure how far people in a table are alike: k, unique rows, l and t, over all of its rows.

People who share the values of all quasi-identifiers form a class. A missing value is a value like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast

from bot.datasets.risk import queries
from bot.datasets.risk.tables import Table, TableError

SMALL_CLASSES = (2, 3, 5, 10)
"""Class sizes below which rows are counted. No standard sets a k; these are the ones discussed most."""


@dataclass(frozen=True)
class Sensitive:
    """What the classes disclose of one sensitive attribute."""

    column: str
    l: int  # noqa: E741 (the field's own word: Machanavajjhala and others, "l-diversity", 2007)
    """Distinct values in the class with the fewest (distinct l-diversity)."""
    t: float
    """Largest distance, 0 to 1, of a class from the whole table (Li and others, "t-closeness", 2007)."""
    distance: Literal["ordered", "equal"]
    """How values are apart: by their rank where all are numbers, else all as far as each other."""
    largest_share: float
    """Share of the commonest value in the class where it is largest: 1 tells everybody's value there."""


@dataclass(frozen=True)
class Risk:
    """How far people in a table can be told apart by its quasi-identifiers."""

    rows: int
    quasi: tuple[str, ...]
    sizes: Mapping[int, int]
    """How many classes there are of each size, smallest first."""
    sensitive: tuple[Sensitive, ...] = ()
    free_text: tuple[str, ...] = field(default=(), kw_only=True)
    """Columns with sentences in them, over which no figure here says anything."""

    @property
    def k(self) -> int:
        """Give the size of the smallest class; 0 when there are no rows."""
        return min(self.sizes, default=0)

    @property
    def classes(self) -> int:
        """Count the classes."""
        return sum(self.sizes.values())

    @property
    def unique_rows(self) -> int:
        """Count the rows that share their values with no other."""
        return self.sizes.get(1, 0)

    @property
    def unique_share(self) -> float:
        """Give the share of unique rows, 0 to 1."""
        return self.unique_rows / self.rows if self.rows else 0.0

    def rows_below(self, size: int) -> int:
        """Count the rows in classes smaller than ``size``."""
        return sum(of * count for of, count in self.sizes.items() if of < size)

    @property
    def l(self) -> int | None:  # noqa: E743 (as above)
        """Give the smallest l of the sensitive attributes."""
        return min((one.l for one in self.sensitive), default=None)

    @property
    def t(self) -> float | None:
        """Give the largest t of the sensitive attributes."""
        return max((one.t for one in self.sensitive), default=None)

    def as_dict(self) -> dict[str, Any]:
        """Give the figures as they stand in JSON."""
        return {
            "rows": self.rows,
            "quasi_identifiers": list(self.quasi),
            "k": self.k,
            "classes": self.classes,
            "unique_rows": self.unique_rows,
            "unique_share": self.unique_share,
            "rows_below": {str(size): self.rows_below(size) for size in SMALL_CLASSES},
            "class_sizes": [{"size": size, "classes": count} for size, count in self.sizes.items()],
            "l": self.l,
            "t": self.t,
            "sensitive": [asdict(one) for one in self.sensitive],
            "free_text": list(self.free_text),
        }


def measure(
    table: Table, quasi: Sequence[str], sensitive: Sequence[str] = (), *, free_text: Sequence[str] = ()
) -> Risk:
    """Measure the whole table. Raises TableError.

    A sensitive attribute that is a quasi-identifier too is refused: its classes would all have one value.
    """
    if not quasi:
        raise TableError("name at least one quasi-identifier")
    if both := set(quasi) & set(sensitive):
        raise TableError(f"{', '.join(sorted(both))} cannot be a quasi-identifier and sensitive at once")
    names = [table.sql(column) for column in dict.fromkeys(quasi)]
    measured = []
    sizes: Mapping[int, int] | None = None
    for column in dict.fromkeys(sensitive):
        with _counts(table, names, column) as ordered:
            sizes = _sizes(table.rows(queries.SIZES_TOLD))
            measured.append(_sensitive(table, names, column, ordered))
    if sizes is None:
        sizes = _sizes(table.rows(queries.SIZES, keys=", ".join(names)))
    rows = sum(size * count for size, count in sizes.items())
    return Risk(rows, tuple(dict.fromkeys(quasi)), sizes, tuple(measured), free_text=tuple(free_text))


def _sizes(found: Sequence[tuple[object, ...]]) -> Mapping[int, int]:
    return dict(cast(Sequence[tuple[int, int]], found))


@contextmanager
def _counts(table: Table, names: Sequence[str], column: str) -> Iterator[bool]:
    """Count each value of a sensitive attribute in each class, and tell whether all values are numbers."""
    keys = ", ".join(names)
    table.rows(queries.COUNT, keys=keys, value=table.sql(column))
    try:
        (ordered,) = table.row(queries.ARE_NUMBERS)
        if ordered:
            table.rows(queries.COUNT_NUMBERS, keys=keys)
            table.rows("DROP TABLE counts")
            table.rows("ALTER TABLE numbers RENAME TO counts")
        table.rows(queries.TELL, keys=keys)
        yield bool(ordered)
    finally:
        for name in ("counts", "numbers", "told"):
            table.rows("DROP TABLE IF EXISTS {name}", name=name)


def _sensitive(table: Table, names: Sequence[str], column: str, ordered: bool) -> Sensitive:
    least, share, is_mixed = table.row(queries.DIVERSITY)
    of_one, of_more = (
        (queries.ORDERED_DISTANCE_OF_ONE, queries.ORDERED_DISTANCE)
        if ordered
        else (queries.EQUAL_DISTANCE_OF_ONE, queries.EQUAL_DISTANCE)
    )
    distances = table.row(of_one)
    if is_mixed:
        # a missing value is the same as another
        same = " AND ".join(f"counts.{name} IS NOT DISTINCT FROM mixed.{name}" for name in names)
        distances += table.row(of_more, keys=", ".join(names), same=same)
    return Sensitive(
        column=column,
        l=cast(int, least or 0),
        t=max(float(cast(float, one or 0.0)) for one in distances),
        distance="ordered" if ordered else "equal",
        largest_share=float(cast(float, share or 0.0)),
    )
