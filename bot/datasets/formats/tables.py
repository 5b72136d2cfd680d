"""Read tables that know their types, in batches: Parquet, Arrow and SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import polars as pl

BATCH = 10_000
"""Rows that are looked at together at most."""
LARGEST_STREAM = 1 << 30
"""Bytes of an Arrow stream at most: it is held as a whole."""


class TooLarge(ValueError):
    """A file is larger than what is held at once; the message says so."""


def read_parquet(path: Path) -> Iterator[pl.DataFrame]:
    """Read Parquet. Raises polars.exceptions.PolarsError."""
    yield from pl.scan_parquet(path, glob=False, hive_partitioning=False).collect_batches(
        chunk_size=BATCH, lazy=True
    )


def read_arrow(path: Path) -> Iterator[pl.DataFrame]:
    """Read an Arrow IPC file. Raises polars.exceptions.PolarsError."""
    yield from pl.scan_ipc(path, glob=False, hive_partitioning=False).collect_batches(
        chunk_size=BATCH, lazy=True
    )


def read_arrow_stream(path: Path) -> Iterator[pl.DataFrame]:
    """Read an Arrow IPC stream, as Hugging Face datasets are kept in. Raises PolarsError and TooLarge."""
    if path.stat().st_size > LARGEST_STREAM:
        raise TooLarge(f"it is an Arrow stream of over {LARGEST_STREAM >> 30} GiB; convert it to Parquet")
    yield from pl.read_ipc_stream(path).iter_slices(BATCH)


def read_sqlite(path: Path, only: str | None = None) -> Iterator[tuple[str, Iterator[pl.DataFrame]]]:
    """Give the tables of a SQLite database, or ``only`` one, each with its batches.

    Raises sqlite3.Error, and UnicodeDecodeError for the name of a column that is no UTF-8.
    """
    with closing(_database(path)) as database:
        for name in _names(database):
            if only in (None, name):
                yield name, _table(database, name)


def sqlite_tables(path: Path) -> tuple[str, ...]:
    """Name the tables of a SQLite database; views and virtual tables hold nothing. Raises sqlite3.Error."""
    with closing(_database(path)) as database:
        return _names(database)


def _database(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    database = sqlite3.connect(uri, uri=True)
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    return database


def _names(database: sqlite3.Connection) -> tuple[str, ...]:
    database.execute("PRAGMA trusted_schema = OFF")
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    )
    return tuple(name for (name,) in tables)


def _table(database: sqlite3.Connection, name: str) -> Iterator[pl.DataFrame]:
    quoted = name.replace('"', '""')
    rows = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - names cannot be parameters
    columns = [column[0] for column in rows.description]
    while batch := rows.fetchmany(BATCH):
        cells = zip(*batch, strict=True)
        yield pl.DataFrame(
            [
                pl.Series(column, list(map(_as_text, values)), dtype=pl.String)
                for column, values in zip(columns, cells, strict=True)
            ]
        )


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
