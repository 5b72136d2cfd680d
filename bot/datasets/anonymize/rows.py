"""Read a table some rows at a time, and write another; a value that is kept stays exactly as it was."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

import orjson

AT_ONCE = 2000
"""Rows that are in memory at a time."""

CELL_LIMIT = 16 * 2**20
"""Characters of one cell of a CSV file at most, and bytes of one line of JSON."""

Row = dict[str, Any]

DELIMITED = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
LINES = frozenset({".jsonl", ".ndjson"})


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
            return _header(csv.reader(file, delimiter=DELIMITED[suffix(path)], strict=True))
    return tuple(dict.fromkeys(key for rows in read(path) for row in rows for key in row))


def read(path: Path) -> Iterator[list[Row]]:
    """Give the rows of a CSV or TSV file or of JSON lines, some at a time. Raises RowsError."""
    rows = _delimited(path) if suffix(path) in DELIMITED else _lines(path)
    while some := list(islice(rows, AT_ONCE)):
        yield some


def writer(path: Path, columns: Sequence[str], file: TextIO) -> Callable[[list[Row]], None]:
    """Give what writes rows to an open file, in the format that a path's name says."""
    if suffix(path) not in DELIMITED:
        return lambda rows: file.writelines(orjson.dumps(row).decode() + "\n" for row in rows)
    out = csv.writer(file, delimiter=DELIMITED[suffix(path)], lineterminator="\n")
    out.writerow(columns)
    return lambda rows: out.writerows([row[column] for column in columns] for row in rows)


def _delimited(path: Path) -> Iterator[Row]:
    with _open(path) as file:
        reader = csv.reader(file, delimiter=DELIMITED[suffix(path)], strict=True)
        columns = _header(reader)
        for cells in _checked(reader):
            if len(cells) != len(columns):
                if cells:
                    raise RowsError(
                        f"line {reader.line_num} has {len(cells)} cells instead of {len(columns)}"
                    )
                continue
            yield dict(zip(columns, cells, strict=True))


def _header(reader: Iterator[list[str]]) -> tuple[str, ...]:
    columns = tuple(next(_checked(reader), ()))
    if not columns or len(set(columns)) != len(columns):
        raise RowsError("the header is missing, or names a column twice")
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
