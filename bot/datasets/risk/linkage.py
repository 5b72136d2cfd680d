"""Find what lets rows of one table be joined with those of another: keys and pseudonyms that stay the same.

Linkability is one of the three risks of the Article 29 Working Party's Opinion 05/2014 on anonymisation
techniques. Whether others hold data that can be joined is for a person to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, cast

from bot.datasets.risk import queries
from bot.datasets.risk.attributes import FEWEST_ROWS, Attribute
from bot.datasets.risk.tables import Table

KEY_SHARE = 0.5
"""Share of different values from which on a column may be a key: on average two rows have one value."""

KEYS_LIMIT = 12
"""Columns of a table that are compared, at most: those with the most different values."""


@dataclass(frozen=True)
class Key:
    """A column that may tell rows apart, and so join them."""

    column: str
    values: int
    """Different values."""
    pseudonymous: bool
    """Whether the values have the shape of hashes or UUIDs: such data are pseudonymous (GDPR Art 4(5))."""

    def as_dict(self) -> dict[str, Any]:
        """Give the key as it stands in JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Link:
    """Two columns that have values in common."""

    column: str
    other: str
    shared: int
    """Different values that both have."""
    share: float
    """The shared values as a share of the column that has fewer, 0 to 1."""

    def as_dict(self) -> dict[str, Any]:
        """Give the link as it stands in JSON."""
        return asdict(self)


def keys(table: Table, attributes: Sequence[Attribute]) -> tuple[Key, ...]:
    """List the columns that may join rows, those with the most values first. Raises TableError."""
    likely = sorted((one for one in attributes if _may_be_key(one)), key=lambda one: -one.values)
    found = []
    for one in likely[:KEYS_LIMIT]:
        values = cast(int, table.row(queries.DIFFERENT, name=table.sql(one.column), view=table.view)[0])
        if one.pseudonymous or values >= KEY_SHARE * one.filled:
            found.append(Key(one.column, values, one.pseudonymous))
    return tuple(found)


def _may_be_key(one: Attribute) -> bool:
    """Tell by the estimated number of values, which may be a tenth too low."""
    return one.pseudonymous or (one.filled >= FEWEST_ROWS and one.values >= 0.9 * KEY_SHARE * one.filled)


def links(table: Table, own: Sequence[Key], other: Table, theirs: Sequence[Key]) -> tuple[Link, ...]:
    """List the keys of one table that share values with keys of another, the most shared first.

    Raises TableError.
    """
    found = []
    for key, their in product(own, theirs):
        (shared,) = table.row(
            queries.SHARED,
            name=table.sql(key.column),
            view=table.view,
            other_name=other.sql(their.column),
            other=other.view,
        )
        if count := cast(int, shared):
            found.append(Link(key.column, their.column, count, count / min(key.values, their.values)))
    return tuple(sorted(found, key=lambda one: (-one.share, -one.shared, one.column, one.other)))
