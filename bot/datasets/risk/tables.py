"""Open a file of rows so that all of it can be counted by DuckDB, in bounded memory."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bot.datasets.header import NO_HEADER, TOP, is_header, separator_of
from bot.datasets.risk.converted import (
    NotConverted,
    convert_arrow,
    convert_json,
    convert_sqlite,
    is_sqlite,
    tables_within,
)
from bot.scratch import Scratch

MEMORY_MB = 700
"""Megabytes DuckDB may use before it goes on on disk; its buffers for reading come on top."""

LINE_LIMIT = 2_000_000
"""Characters of one row of a CSV file at most."""

COLUMNS_LIMIT = 2_000
"""Columns of a table at most."""

_SPECIAL_IN_GLOB = re.compile(r"([*?\[\]])")
_ERROR_LINE = re.compile(r"\bLine: ?([0-9]{1,18})")
_COMPRESSED = (".gz", ".zst")
_ABOUT_THE_FILE = (duckdb.DataError, duckdb.OperationalError, duckdb.InvalidInputException)
"""What DuckDB raises about what it reads; any other error is in a query, and ours."""
_READERS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".jsonl": "newline_delimited",
    ".ndjson": "newline_delimited",
    ".json": "array",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}


class TableError(Exception):
    """Say why a file cannot be measured; never with a value from it."""


@dataclass(frozen=True)
class Table:
    """A file of rows, open in DuckDB as a view.

    ``columns`` are the names as the file has them; in the view they are numbered, ``c0``, ``c1`` and so on,
    so that no name can be taken for something else.
    """

    connection: duckdb.DuckDBPyConnection
    columns: tuple[str, ...]
    folder: Path
    """Where it is kept what DuckDB does not read as it is, until the table is closed."""
    view: str = "data"

    def beside(self, path: Path, within: str = "") -> Table:
        """Open another file to compare with, as the view ``other``. Raises TableError."""
        try:
            return _open(self.connection, path, within, self.folder, "other")
        except _ABOUT_THE_FILE as error:
            raise _without_values(error) from None

    def sql(self, column: str) -> str:
        """Write a column's name in SQL. Raises TableError when there is no such column, or two."""
        if (times := self.columns.count(column)) != 1:
            says = "no column" if times == 0 else "more than one column"
            raise TableError(f"there is {says} called {column!r}; the columns are {_listed(self.columns)}")
        return f"c{self.columns.index(column)}"

    def rows(self, query: str, **parts: str) -> list[tuple[object, ...]]:
        """Ask a query with its ``{parts}`` filled in.

        Raises TableError, which may name a line and nothing else of the file.
        """
        try:
            return self.connection.execute(query.format(**parts)).fetchall()
        except _ABOUT_THE_FILE as error:
            raise _without_values(error) from None

    def stream(self, at_once: int) -> Iterator[list[tuple[object, ...]]]:
        """Give all rows in their order, ``at_once`` at a time. Raises TableError as :meth:`rows` does."""
        try:
            self.connection.execute("SET preserve_insertion_order = true")
            self.connection.execute(f"FROM {self.view}")
            while some := self.connection.fetchmany(at_once):
                yield some
        except _ABOUT_THE_FILE as error:
            raise _without_values(error) from None

    def row(self, query: str, **parts: str) -> tuple[object, ...]:
        """Ask for the one row that a query gives. Raises TableError."""
        return self.rows(query, **parts)[0]


@contextmanager
def open_table(path: Path, within: str = "", *, memory_mb: int = MEMORY_MB) -> Iterator[Table]:
    """Open a CSV, TSV, JSON, JSON lines, Parquet or Arrow file, or a table ``within`` a SQLite database.

    CSV and JSON may be compressed with gzip or zstd. Cells of CSV files and databases are text. Raises
    TableError when the file cannot be read as what its name says.
    """
    with Scratch("risk") as spill:
        connection = duckdb.connect(
            config={
                # a file is read and nothing is fetched: no extension, whatever the file's name asks for
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": f"{memory_mb}MB",
                "preserve_insertion_order": False,
                "temp_directory": spill,
                "threads": min(os.cpu_count() or 1, 8),
            }
        )
        # it would be drawn on standard output, among the figures
        connection.execute("SET enable_progress_bar = false")
        try:
            yield _open(connection, path, within, Path(spill), "data")
        except _ABOUT_THE_FILE as error:
            raise _without_values(error) from None
        finally:
            connection.close()


def is_table(path: Path) -> bool:
    """Tell by its name whether a file should be a table; a JSON file is one when it holds a list.

    What a link leads to is none.
    """
    if path.is_symlink() or not path.is_file():
        return False
    kind = _READERS.get(_suffix(path))
    if kind == "sqlite":
        return is_sqlite(path)
    if kind != "array" or path.suffix.lower() in _COMPRESSED:
        return kind is not None
    with path.open("rb") as file:
        return file.read(1000).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")


def tables_in(path: Path) -> tuple[str, ...]:
    """Name the tables within a file: those of a SQLite database; any other is one table without a name."""
    if _READERS.get(_suffix(path)) != "sqlite":
        return ("",)
    try:
        return tables_within(path)
    except NotConverted:
        return ("",)


def literal(text: str) -> str:
    """Write a text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _open(connection: duckdb.DuckDBPyConnection, path: Path, within: str, folder: Path, view: str) -> Table:
    kind = _READERS.get(_suffix(path))
    if kind is None:
        raise TableError(f"{path.name} is no table that can be measured; one ends with {_listed(_READERS)}")
    if not path.is_file():
        raise TableError(f"there is no file {path.name}")
    # DuckDB takes a path for a pattern
    place = literal(_SPECIAL_IN_GLOB.sub(r"[\1]", str(path.resolve())))
    if kind == "csv":
        columns, reader = _csv(connection, place, _suffix(path))
        connection.execute(f"CREATE OR REPLACE VIEW {view} AS FROM {reader}")
        return Table(connection, columns, folder, view)
    reader = f"read_parquet({place})"
    if kind in ("arrow", "sqlite"):
        parts = folder / view
        try:
            convert_arrow(path, parts) if kind == "arrow" else convert_sqlite(path, _one(path, within), parts)
        except NotConverted as error:
            raise TableError(str(error)) from None
        reader = f"read_parquet({literal(str(parts / '*.parquet'))})"
    elif kind != "parquet":
        target = literal(str(folder / f"{view}.parquet"))
        convert_json(connection, f"read_json({place}, format = '{kind}', sample_size = -1)", target)
        reader = f"read_parquet({target})"
    columns = tuple(str(row[0]) for row in connection.execute(f"DESCRIBE FROM {reader}").fetchall())
    numbered = ", ".join(f"c{number}" for number in range(len(columns)))
    connection.execute(f"CREATE OR REPLACE VIEW {view} ({numbered}) AS FROM {reader}")
    return Table(connection, columns, folder, view)


def _one(path: Path, within: str) -> str:
    """Name the table that is meant: the one that is named, or the only one."""
    there = tables_within(path)
    if within in there or (not within and len(there) == 1):
        return within or there[0]
    asked = f"there is no table {within!r} in it" if within else "it holds more than one table"
    raise TableError(f"{asked}; name one of {_listed(there)}" if there else "it holds no table")


def _csv(connection: duckdb.DuckDBPyConnection, place: str, suffix: str) -> tuple[tuple[str, ...], str]:
    """Read the header, and say how the rest is read: strictly, for a row passed over is not counted."""
    # buffers of four of the longest lines; DuckDB would take sixteen, which is memory and no faster
    fixed = f"auto_detect = false, max_line_size = {LINE_LIMIT}, buffer_size = {4 * LINE_LIMIT}"
    lines = f"{fixed}, delim = '\x01', quote = '', escape = '', columns = {{'line': 'VARCHAR'}}"
    # without order the first line would be that of whichever thread is first
    connection.execute("SET preserve_insertion_order = true")
    first = connection.execute(f"FROM read_csv({place}, {lines}) LIMIT 1").fetchone()
    connection.execute("SET preserve_insertion_order = false")
    if first is None or first[0] is None:
        raise TableError("the file has no header")
    header = str(first[0]).removeprefix("\ufeff")
    delimiter = "\t" if suffix in (".tsv", ".tab") else separator_of(header)
    try:
        columns = tuple(next(csv.reader([header], delimiter=delimiter, strict=True)))
    except csv.Error:
        raise TableError("the header cannot be read; is a quote left open?") from None
    if len(columns) > COLUMNS_LIMIT:
        raise TableError(f"the table has more than {COLUMNS_LIMIT:,} columns")
    types = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(columns)))
    options = f"{fixed}, header = true, delim = {literal(delimiter)}, quote = '\"', escape = '\"'"
    reader = f"read_csv({place}, {options}, columns = {{{types}}})"
    # a name that is longer than this stands nowhere below itself, and cells may be long
    cells = ", ".join(f"left(c{number}, 200)" for number in range(len(columns)))
    top = connection.execute(f"FROM {reader} SELECT {cells} LIMIT {TOP}").fetchall()
    if not is_header(columns, [set(column) for column in zip(*top, strict=True)]):
        raise TableError(NO_HEADER)
    return columns, reader


def _suffix(path: Path) -> str:
    last = path.suffix.lower()
    return path.with_suffix("").suffix.lower() if last in _COMPRESSED else last


def _without_values(error: duckdb.Error) -> TableError:
    """Tell of DuckDB's complaint what is no part of the file: it repeats the row it complains of."""
    line = _ERROR_LINE.search(str(error))
    where = f"at line {line[1]}" if line else f"({type(error).__name__})"
    return TableError(
        f"the file cannot be read as a table {where}: check that it is whole, and its encoding, its quotes "
        "and its columns"
    )


def _listed(names: Sequence[str] | dict[str, str]) -> str:
    shown = list(names)[:20]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")
