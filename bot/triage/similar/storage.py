"""Keep the index of one repository in one SQLite file: the tables, and what reads and writes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bot.triage.similar.vectors import NOTHING_KNOWN, TERM, TITLE_WEIGHT, Frequencies, count_terms

FORMAT = 2
"""Raised when the tables or the reading of terms change; a file of another format is refused."""

STALE = 0.2
"""By what share an index may grow or shrink before the frequencies of its terms are counted anew."""

_PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""

_CACHE_KIB = 16_384
_READ_AT_ONCE = 2_000

_TABLES = """
CREATE TABLE issues (
    number INTEGER PRIMARY KEY, title TEXT NOT NULL, author TEXT NOT NULL, opened REAL, fingerprint TEXT,
    terms BLOB NOT NULL
);
CREATE INDEX issues_by_fingerprint ON issues (fingerprint, number) WHERE fingerprint IS NOT NULL;
CREATE VIRTUAL TABLE texts USING fts5 (title, body, content = '', tokenize = 'ascii');
CREATE TABLE marked (number INTEGER, original INTEGER, PRIMARY KEY (number, original)) WITHOUT ROWID;
CREATE INDEX marked_by_original ON marked (original);
CREATE TABLE taught (one INTEGER, other INTEGER, same INTEGER, PRIMARY KEY (one, other)) WITHOUT ROWID;
CREATE INDEX taught_by_other ON taught (other);
CREATE TABLE fixes (number INTEGER PRIMARY KEY, fixed_by INTEGER, released_in TEXT);
CREATE TABLE vectors (number INTEGER PRIMARY KEY, edition INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE INDEX vectors_by_edition ON vectors (edition);
CREATE TABLE frequencies (
    one INTEGER PRIMARY KEY, edition INTEGER, issues INTEGER, average_length REAL, issues_with BLOB
);
CREATE TABLE size (one INTEGER PRIMARY KEY, issues INTEGER, followed REAL);
INSERT INTO size VALUES (1, 0, 0);
"""


class IndexFormatError(ValueError):
    """A file is no index of similar issues, or one that another version of Giveback wrote."""


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file of an index, and make it when there is none.

    Raises:
        IndexFormatError: the file is something else, or of another format.
        sqlite3.OperationalError: the file cannot be opened.
    """
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        # Write-ahead logging lets others read during a write; FULL keeps what people taught in a power cut.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        with writing(connection):
            _prepare(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise IndexFormatError(f"{path.name} is no index of similar issues.") from error
    except IndexFormatError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if version == FORMAT:
        return
    if version or tables:
        raise IndexFormatError(f"{path.name} is no index of format {FORMAT}; build it anew from the history.")
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FORMAT}")


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing of what the block writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class Row(NamedTuple):
    """What is kept of an issue."""

    number: int
    title: str
    author: str
    opened: float | None
    """Seconds since 1970."""
    fingerprint: str | None
    terms: bytes
    """As :func:`bot.triage.similar.vectors.pack` writes them."""


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Read everything in the block as it was at one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def put(connection: sqlite3.Connection, row: Row) -> None:
    """Insert an issue or replace it; call within :func:`writing`."""
    known = _take_out(connection, row.number)
    connection.execute("INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.execute(
        "INSERT INTO texts (rowid, title, body) VALUES (?, ?, ?)", (row.number, *_texts(row.terms))
    )
    if not known:
        _grow(connection, 1)


def delete(connection: sqlite3.Connection, number: int) -> bool:
    """Delete an issue and tell whether it was there; call within :func:`writing`."""
    known = _take_out(connection, number)
    if known:
        _grow(connection, -1)
    return known


def _take_out(connection: sqlite3.Connection, number: int) -> bool:
    """Take an issue's texts and row out without counting it as gone."""
    found = connection.execute("SELECT terms FROM issues WHERE number = ?", (number,)).fetchone()
    if found is None:
        return False
    # A full-text table without content wants to be told what it is to forget (SQLite: FTS5, 4.4.3 and 6.3).
    connection.execute(
        "INSERT INTO texts (texts, rowid, title, body) VALUES ('delete', ?, ?, ?)",
        (number, *_texts(found[0])),
    )
    connection.execute("DELETE FROM issues WHERE number = ?", (number,))
    return True


def _texts(terms: bytes) -> tuple[str, str]:
    """Write the terms of a title and of a body as words of eight hexadecimal digits.

    What people wrote never reaches the full-text table nor its query language, only these.
    """
    unpacked = np.frombuffer(terms, dtype=TERM)
    title, body = (np.repeat(unpacked["term"], unpacked[field]).tolist() for field in ("title", "body"))
    return " ".join(f"{term:08x}" for term in title), " ".join(f"{term:08x}" for term in body)


def nearest(connection: sqlite3.Connection, terms: Sequence[int], before: int, limit: int) -> list[int]:
    """Give the issues with a number below ``before`` that have any of the terms, best first by BM25."""
    if not terms:
        return []
    asked = " OR ".join(f"{term:08x}" for term in terms)
    found = connection.execute(
        "SELECT rowid FROM texts WHERE texts MATCH ? AND rank MATCH ? AND rowid < ? ORDER BY rank LIMIT ?",
        (asked, f"bm25({TITLE_WEIGHT}.0, 1.0)", before, limit),
    )
    return [number for (number,) in found]


def with_fingerprint(connection: sqlite3.Connection, fingerprint: str, before: int, limit: int) -> list[int]:
    """Give the newest issues with a number below ``before`` that have a fingerprint."""
    found = connection.execute(
        "SELECT number FROM issues WHERE fingerprint = ? AND number < ? ORDER BY number DESC LIMIT ?",
        (fingerprint, before, limit),
    )
    return [number for (number,) in found]


def is_common(connection: sqlite3.Connection, fingerprint: str, limit: int) -> bool:
    """Tell whether more than ``limit`` issues have a fingerprint."""
    found = connection.execute(
        "SELECT 1 FROM issues WHERE fingerprint = ? LIMIT 1 OFFSET ?", (fingerprint, limit)
    ).fetchone()
    return found is not None


def link(connection: sqlite3.Connection, number: int, fixed_by: int | None, released_in: str | None) -> None:
    """Note what fixed an issue; None leaves what is known; call within :func:`writing`."""
    connection.execute(
        """
        INSERT INTO fixes VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET
        fixed_by = coalesce(excluded.fixed_by, fixed_by),
        released_in = coalesce(excluded.released_in, released_in)
        """,
        (number, fixed_by, released_in),
    )


def fix_of(connection: sqlite3.Connection, number: int) -> tuple[int | None, str | None]:
    """Give the pull request that fixed an issue and the release that has the fix, as far as known."""
    found = connection.execute(
        "SELECT fixed_by, released_in FROM fixes WHERE number = ?", (number,)
    ).fetchone()
    return (found[0], found[1]) if found else (None, None)


def rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[Row]:
    """Give what is kept of those issues that are in the index."""
    marks = ", ".join("?" * len(numbers))
    # Only question marks are put into the statement.
    found = connection.execute(f"SELECT * FROM issues WHERE number IN ({marks})", numbers)  # noqa: S608
    return [Row(*one) for one in found]


def count(connection: sqlite3.Connection) -> int:
    """Count the issues in the index."""
    (issues,) = connection.execute("SELECT issues FROM size").fetchone()
    return int(issues)


def followed(connection: sqlite3.Connection) -> float:
    """Tell up to which moment the index has followed what it is made from."""
    (moment,) = connection.execute("SELECT followed FROM size").fetchone()
    return float(moment)


def follow(connection: sqlite3.Connection, moment: float) -> None:
    """Note up to which moment the index has followed what it is made from; call within :func:`writing`."""
    connection.execute("UPDATE size SET followed = ?", (moment,))


def edition(connection: sqlite3.Connection) -> int:
    """Tell which count of the terms the index holds: a number that rises with each."""
    found = connection.execute("SELECT edition FROM frequencies").fetchone()
    return int(found[0]) if found else 0


def read_frequencies(connection: sqlite3.Connection) -> Frequencies:
    """Read how many issues have each term, as it was counted last."""
    found = connection.execute("SELECT issues, average_length, issues_with FROM frequencies").fetchone()
    if found is None:
        return NOTHING_KNOWN
    return Frequencies(found[0], found[1], np.frombuffer(found[2], dtype=np.uint32))


def recount(connection: sqlite3.Connection) -> None:
    """Count the terms anew once the index has grown or shrunk much; call within :func:`writing`."""
    counted = connection.execute("SELECT issues FROM frequencies").fetchone()
    if counted is None or abs(count(connection) - counted[0]) > STALE * counted[0]:
        fresh = count_terms(_all_terms(connection))
        connection.execute(
            "INSERT OR REPLACE INTO frequencies VALUES (1, ?, ?, ?, ?)",
            (edition(connection) + 1, fresh.issues, fresh.average_length, fresh.having.tobytes()),
        )


def tidy(connection: sqlite3.Connection) -> None:
    """Merge what a large addition left in many parts, which makes searches about a fifth faster."""
    connection.execute("INSERT INTO texts (texts) VALUES ('optimize')")


def _grow(connection: sqlite3.Connection, by: int) -> None:
    connection.execute("UPDATE size SET issues = issues + ?", (by,))


def _all_terms(connection: sqlite3.Connection) -> Iterator[list[bytes]]:
    found = connection.execute("SELECT terms FROM issues")
    while batch := found.fetchmany(_READ_AT_ONCE):
        yield [terms for (terms,) in batch]
