"""Read a table some rows at a time, and write another; a value that is kept stays exactly as it was."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

import orjson

from bot.datasets.header import NO_HEADER, is_header, separator_of
from bot.datasets.risk.tables import TableError, literal, open_table

AT_ONCE = 2000
"""Rows that are in memory at a time."""

CELL_LIMIT = 16 * 2**20
"""Characters of one cell of a CSV file at most, and bytes of one line of JSON."""

Row = dict[str, Any]

_TABBED = frozenset({".tsv", ".tab"})
DELIMITED = _TABBED | {".csv"}
LINES = frozenset({".jsonl", ".ndjson"})
PARQUET = ".parquet"


class RowsError(Exception):
    """Say what is wrong with a table, and on which line; never with a value from it."""


def suffix(path: Path) -> str:
    """Give the ending that says how rows are written, below one for gzip."""
    last = path.suffix.lower()
    return path.with_suffix("").suffix.lower() if last == ".gz" else last


def columns_of(path: Path) -> tuple[str, ...]:
    """Read the names of the columns: the header, or all keys of JSON lines, in the order they come.

    Raises RowsError.
    """
    if suffix(path) in DELIMITED:
        with _open(path) as file:
            return _header(_reader(path, file))
    if suffix(path) == PARQUET:
        with _told(), open_table(path) as table:
            return table.columns
    return tuple(dict.fromkeys(key for rows in read(path) for row in rows for key in row))


def read(path: Path) -> Iterator[list[Row]]:
    """Give the rows of a CSV, TSV or Parquet file or of JSON lines, some at a time. Raises RowsError."""
    kind = suffix(path)
    rows = _delimited(path) if kind in DELIMITED else _parquet(path) if kind == PARQUET else _lines(path)
    while some := list(islice(rows, AT_ONCE)):
        yield some


def writer(path: Path, columns: Sequence[str], file: TextIO, source: Path) -> Callable[[list[Row]], None]:
    """Give what writes rows to an open file, in the format that a path's name says.

    A CSV file gets what stands between the cells of a ``source`` that is one. For Parquet these are JSON
    lines too, of which :func:`finish` then makes the file.
    """
    if suffix(path) not in DELIMITED:
        return lambda rows: file.writelines(orjson.dumps(row).decode() + "\n" for row in rows)
    separator = "\t" if suffix(path) in _TABBED else ","
    if suffix(path) == suffix(source) == ".csv":
        with _open(source) as opened:
            separator = _reader(source, opened).dialect.delimiter
    out = csv.writer(file, delimiter=separator, lineterminator="\n")
    out.writerow(columns)
    return lambda rows: out.writerows([row[column] for column in columns] for row in rows)


def finish(path: Path, written: Path) -> None:
    """Turn what was written into the format that a path's name says. Raises RowsError."""
    if suffix(path) != PARQUET:
        return
    made = written.with_name(f"{written.name}{PARQUET}")
    lines = written.rename(written.with_name(f"{written.name}.jsonl"))
    try:
        with _told():
            _write_parquet(lines, made)
        made.replace(written)
    finally:
        lines.unlink()
        made.unlink(missing_ok=True)


def _write_parquet(lines: Path, target: Path) -> None:
    """Write JSON lines as a Parquet file, with the types that all of them fit."""
    with open_table(lines) as table:
        columns = ", ".join(
            f'c{number} AS "{name.replace(chr(34), chr(34) * 2)}"'
            for number, name in enumerate(table.columns)
        )
        table.rows("SET preserve_insertion_order = true")
        table.rows(
            "COPY (SELECT {columns} FROM data) TO {target} (FORMAT parquet)",
            columns=columns,
            target=literal(str(target)),
        )


def _parquet(path: Path) -> Iterator[Row]:
    with _told(), open_table(path) as table:
        for some in table.stream(AT_ONCE):
            for cells in some:
                yield {name: _plain(cell) for name, cell in zip(table.columns, cells, strict=True)}


def _plain(cell: object) -> object:
    """Say a cell as JSON can: days and decimal numbers as texts."""
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell
    if isinstance(cell, bytes):
        raise RowsError("a column holds bytes, which nothing can be said of; leave it out first")
    return orjson.loads(orjson.dumps(cell, default=str)) if isinstance(cell, list | dict) else str(cell)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except TableError as error:
        raise RowsError(str(error)) from None


def _delimited(path: Path) -> Iterator[Row]:
    with _open(path) as file:
        reader = _reader(path, file)
        columns = _header(reader)
        for cells in _checked(reader):
            if len(cells) != len(columns):
                if cells:
                    raise RowsError(
                        f"line {reader.line_num} has {len(cells)} cells instead of {len(columns)}"
                    )
                continue
            yield dict(zip(columns, cells, strict=True))


def _reader(path: Path, file: TextIO) -> Any:
    """Give what reads the rows of a file, and knows its line and its dialect. Raises RowsError."""
    try:
        first = file.readline(CELL_LIMIT)
    except UnicodeDecodeError:
        raise RowsError("the text of the header is not UTF-8") from None
    separator = "\t" if suffix(path) in _TABBED else separator_of(first)
    return csv.reader(chain([first], file) if first else file, delimiter=separator, strict=True)


def _header(reader: Iterator[list[str]]) -> tuple[str, ...]:
    columns = tuple(next(_checked(reader), ()))
    if not columns or len(set(columns)) != len(columns):
        raise RowsError("the header is missing, or names a column twice")
    if not is_header(columns):
        raise RowsError(NO_HEADER)
    return columns


def _checked(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    csv.field_size_limit(CELL_LIMIT)
    try:
        yield from reader
    except csv.Error:
        raise RowsError(
            f"line {getattr(reader, 'line_num', 1)} is not well-formed; is a quote left open?"
        ) from None
    except UnicodeDecodeError:
        raise RowsError(f"the text after line {getattr(reader, 'line_num', 1)} is not UTF-8") from None


def _lines(path: Path) -> Iterator[Row]:
    with _open_bytes(path) as file:
        number = 0
        while line := file.readline(CELL_LIMIT):
            number += 1
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                raise RowsError(f"line {number} is not JSON, or too long") from None
            if not isinstance(row, dict):
                raise RowsError(f"line {number} is not an object with keys")
            yield row


@contextmanager
def _open_bytes(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if path.suffix.lower() != ".gz":
            yield file
            return
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(BinaryIO, unpacked)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise RowsError("the file is no gzip file, or is cut off") from None


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    with _open_bytes(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield text
