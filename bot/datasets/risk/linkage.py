"""Find what lets rows of one table be joined with those of another: keys and pseudonyms that stay the same.

Linkability is one of the three risks of the Article 29 Working Party's Opinion 05/2014 on anonymisation
techniques. Whether others hold data that can be joined is for a person to say.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, cast

from bot.datasets.risk import queries
from bot.datasets.risk.attributes import FEWEST_ROWS, propose
from bot.datasets.risk.tables import Table

KEY_SHARE = 0.5
"""Share of different values from which on a column may be a key: on average two rows have one value."""

KEYS_LIMIT = 12
"""Columns of a table that are compared, at most: those with the most different values."""

PSEUDONYM_SHARE = 0.95

_PSEUDONYM = "(?i)[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""MD5, SHA-1 and SHA-256 as hexadecimal digits (RFC 1321, FIPS 180-4), and UUIDs (RFC 9562)."""


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


def keys(table: Table) -> tuple[Key, ...]:
    """List the columns that may join rows, those with the most values first. Raises TableError."""
    likely = sorted(propose(table), key=lambda one: -one.values)
    found = []
    for one in likely[: 2 * KEYS_LIMIT]:
        row = table.row(queries.DIFFERENT, name=table.sql(one.column), view=table.view, pseudonym=_PSEUDONYM)
        values, filled, shaped = cast(tuple[int, int, float], row)
        pseudonymous = filled > 0 and shaped >= PSEUDONYM_SHARE
        if pseudonymous or (filled >= FEWEST_ROWS and values >= KEY_SHARE * filled):
            found.append(Key(one.column, values, pseudonymous))
    return tuple(found[:KEYS_LIMIT])


def links(table: Table, other: Table) -> tuple[Link, ...]:
    """List the keys of one table that share values with keys of another, the most shared first.

    Raises TableError.
    """
    found = []
    theirs = keys(other)
    for key in keys(table):
        for their in theirs:
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
