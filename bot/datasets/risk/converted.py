"""Bring tables that DuckDB cannot read, or would read anew for every question, into Parquet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import polars as pl

from bot.datasets.formats.known import first_bytes, format_of
from bot.datasets.formats.tables import (
    TooLarge,
    read_arrow,
    read_arrow_stream,
    read_sqlite,
    sqlite_tables,
)

_BROKEN = (
    OSError,
    sqlite3.Error,
    UnicodeDecodeError,
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)


class NotConverted(ValueError):
    """A file cannot be brought into Parquet; the message says why, and holds nothing of the file."""


def is_sqlite(path: Path) -> bool:
    """Tell a SQLite database by its first bytes, since other files end with ``.db`` too."""
    try:
        return format_of(path.name, first_bytes(path)) == "sqlite"
    except OSError:  # the scan tells of what cannot be read
        return False


def tables_within(path: Path) -> tuple[str, ...]:
    """Name the tables of a SQLite database. Raises NotConverted."""
    try:
        return sqlite_tables(path)
    except _BROKEN:
        raise NotConverted("the database cannot be read") from None


def convert_arrow(path: Path, folder: Path) -> None:
    """Write an Arrow file or stream as parts of Parquet. Raises NotConverted."""
    try:
        is_stream = format_of(path.name, first_bytes(path)) == "arrow-stream"
        _write(read_arrow_stream(path) if is_stream else read_arrow(path), folder)
    except TooLarge as error:
        raise NotConverted(str(error)) from None
    except _BROKEN:
        raise NotConverted("the file cannot be read as Arrow") from None


def convert_sqlite(path: Path, table: str, folder: Path) -> None:
    """Write one table of a SQLite database as parts of Parquet, every cell as text. Raises NotConverted."""
    try:
        _write((batch for _, batches in read_sqlite(path, table) for batch in batches), folder)
    except _BROKEN:
        raise NotConverted("the database cannot be read") from None


def convert_json(connection: duckdb.DuckDBPyConnection, reader: str, target: str) -> None:
    """Write what DuckDB reads as JSON to a Parquet file, in its order. Raises those of DuckDB."""
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(f"COPY (FROM {reader}) TO {target} (FORMAT parquet)")
    connection.execute("SET preserve_insertion_order = false")


def _write(batches: Iterable[pl.DataFrame], folder: Path) -> None:
    """Write each batch as a part of its own, named in their order."""
    folder.mkdir()
    number = 0
    for number, batch in enumerate(_filled(batches), start=1):
        batch.write_parquet(folder / f"{number:08}.parquet")
    if not number:
        raise NotConverted("the table has no rows")


def _filled(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    return (batch for batch in batches if len(batch))
