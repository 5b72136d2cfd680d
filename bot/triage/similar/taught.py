"""Remember which issues people called the same and which not, and follow that from one to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

MEMBERS = 200
"""How many issues a family may have; of a larger one no more is followed."""


def teach(connection: sqlite3.Connection, one: int, other: int, *, same: bool) -> None:
    """Note what a person said about two issues; the last word counts."""
    connection.execute(
        "INSERT OR REPLACE INTO taught VALUES (?, ?, ?)", (min(one, other), max(one, other), int(same))
    )


def mark(connection: sqlite3.Connection, number: int, originals: Sequence[int]) -> None:
    """Note which issues one was marked a duplicate of, in place of what was noted before."""
    connection.execute("DELETE FROM marked WHERE number = ?", (number,))
    connection.executemany(
        "INSERT OR IGNORE INTO marked VALUES (?, ?)", [(number, original) for original in originals]
    )


def said_to_differ(connection: sqlite3.Connection, number: int) -> set[int]:
    """Give the issues a person said are not the same as this one."""
    found = connection.execute(
        "SELECT one + other - ?1 FROM taught WHERE (one = ?1 OR other = ?1) AND NOT same", (number,)
    )
    return {other for (other,) in found}


def family(connection: sqlite3.Connection, number: int, *, before: int, unmarked: int) -> set[int]:
    """Give the issues that are the same as this one by what people said, directly or through others.

    Marks made on issues from ``before`` on are not followed, nor those on ``unmarked``: that one is taken
    as it was when nobody had looked at it yet.
    """
    members, ahead = {number}, [number]
    while ahead and len(members) < MEMBERS:
        for other in _same(connection, ahead.pop(), before, unmarked) - members:
            members.add(other)
            ahead.append(other)
    return members - {number}


def _same(connection: sqlite3.Connection, number: int, before: int, unmarked: int) -> set[int]:
    found = connection.execute(
        """
        SELECT one + other - ?1 FROM taught WHERE (one = ?1 OR other = ?1) AND same
        UNION SELECT original FROM marked WHERE number = ?1 AND ?1 < ?2 AND ?1 <> ?3
        UNION SELECT number FROM marked WHERE original = ?1 AND number < ?2 AND number <> ?3
        """,
        (number, before, unmarked),
    )
    return {other for (other,) in found} - said_to_differ(connection, number)
