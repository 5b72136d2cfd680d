"""Read each format into the scan: what is a text, a table, a value of JSON, or a property of the file."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from bot.datasets.cells import masked
from bot.datasets.columns import SAMPLE, ColumnScanner
from bot.datasets.detection import Detector
from bot.datasets.findings import Tier
from bot.datasets.formats import delimited, json_files, properties, tables
from bot.datasets.formats.known import HEAD, format_of
from bot.datasets.formats.text import scan_text
from bot.datasets.formats.values import scan_records
from bot.datasets.header import TOP, is_plain_header
from bot.datasets.quality import quality_of
from bot.datasets.tally import Tally

Reader = Callable[[Path, Detector, Tally], int]
"""Scan a file into a tally and say how many rows it has. Raises NotScanned and Other."""

MOST_BYTES = 16 << 20
"""Bytes of a table that are looked at together at most, unless one row is larger."""
MOST_ROWS = 50_000
"""Rows of a table that are looked at together at most."""
DAMAGED = "it is damaged, or not what its name and first bytes say"


class NotScanned(ValueError):
    """A file, or a part of it, is not scanned; the message says why, and holds nothing of the file."""


class Other(ValueError):
    """A file is not what this reader reads; the next one may."""


def _utf_16(path: Path, detector: Detector, tally: Tally) -> int:
    with path.open(encoding="utf-16", errors="replace", newline="") as text:
        return scan_text(lambda size: text.read(size).encode("utf-8", "replace"), detector, tally).lines


def _delimited(
    read: Callable[[Path, str], Iterator[pl.DataFrame]],
    separator: str | None,
    path: Path,
    detector: Detector,
    tally: Tally,
) -> int:
    """Read a table whose first row should name its columns; what is no header is never shown as names."""
    try:
        batches = read(path, separator or delimited.separator_in(path))
        if (first := next(batches, None)) is None:
            return 0
        scanner = ColumnScanner(detector, tally, named=is_headed(first, detector))
        return _scan_table(chain([first], batches), scanner)
    except (csv.Error, pl.exceptions.PolarsError, pl.exceptions.PanicException, delimited.NoTable):
        raise Other from None


def is_headed(top: pl.DataFrame, detector: Detector) -> bool:
    """Tell whether the names of a table's columns are names, by the rows below and by what is in them."""
    below = [set(column.to_list()) for column in top.head(TOP)]
    return is_plain_header(top.columns, below) and not any(masked(detector, name)[1] for name in top.columns)


def _json_lines(path: Path, detector: Detector, tally: Tally) -> int:
    return read_json_lines(path, detector, tally)


def read_json_lines(
    path: Path, detector: Detector, tally: Tally, start: int = 0, stop: int | None = None
) -> int:
    """Scan the lines of JSON that begin in ``path[start:stop]``. Raises Other."""
    lines = json_files.read_lines(path, start, stop)
    sample = 0 if start else SAMPLE
    return _scan_rows(lines, ColumnScanner(detector, tally, counted_at_once=False, sample=sample))


def _json(path: Path, detector: Detector, tally: Tally) -> int:
    document = _document(path)
    tally.quality = quality_of(tally.file, document)
    return _scan_rows(json_files.rows_of(document), ColumnScanner(detector, tally))


def _notebook(path: Path, detector: Detector, tally: Tally) -> int:
    return _scan_rows(json_files.cells_of(_document(path)), ColumnScanner(detector, tally))


def _document(path: Path) -> Any:
    try:
        return json_files.read_document(path)
    except json_files.NoJson:
        raise Other from None


def _scan_rows(rows: Iterable[tuple[int, Any]], scanner: ColumnScanner) -> int:
    try:
        last = scan_records(rows, scanner)
    except json_files.NoJson:
        raise Other from None
    scanner.finish()
    return last


def _typed(
    read: Callable[[Path], Iterator[pl.DataFrame]], path: Path, detector: Detector, tally: Tally
) -> int:
    """Scan columns of any type; what of them cannot be read is told when all the rest was scanned."""
    scanner = ColumnScanner(detector, tally)
    embedded = _Embedded(detector, tally)
    row = 0
    try:
        for batch in _bounded(read(path)):
            nested = [name for name, kind in batch.schema.items() if kind.is_nested() or kind == pl.Binary]
            rows = range(row + 1, row + len(batch) + 1)
            for name in batch.columns:
                if name not in nested:
                    scanner.add(name, batch[name].cast(pl.String), rows)
            if nested:
                records = zip(rows, batch.select(nested).iter_rows(named=True), strict=True)
                scan_records(records, scanner, embedded.look)
            row += len(batch)
        scanner.finish()
    except tables.TooLarge as error:
        raise NotScanned(str(error)) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise NotScanned(DAMAGED) from None
    if embedded.left_out:
        raise NotScanned(
            f"it holds binary data in {', '.join(sorted(embedded.left_out))}; the rest was scanned"
        )
    return row


class _Embedded:
    """Look into the pictures and recordings that are kept in a table."""

    def __init__(self, detector: Detector, tally: Tally) -> None:
        self._detector = detector
        self._tally = tally
        self.left_out: set[str] = set()

    def look(self, row: int, column: str, data: bytes) -> None:
        column = masked(self._detector, column)[0]
        found = format_of("", data[:HEAD]) if data else "empty"
        try:
            if found in ("png", "jpeg", "tiff"):
                _scan_properties(
                    properties.of_image(io.BytesIO(data)), self._detector, self._tally, row, column
                )
            elif found in ("wav", "mp3", "flac"):
                _scan_properties(
                    properties.of_audio(io.BytesIO(data)), self._detector, self._tally, row, column
                )
            elif found not in ("text", "empty"):
                self.left_out.add(column)
            else:
                _scan_properties(
                    [properties.Property(column, data.decode("utf-8", "replace"), None)],
                    self._detector,
                    self._tally,
                    row,
                    column,
                )
        except properties.Unreadable:
            self.left_out.add(column)


def _sqlite(path: Path, detector: Detector, tally: Tally) -> int:
    rows = 0
    try:
        for name, batches in tables.read_sqlite(path):
            scanner = ColumnScanner(detector, tally)
            rows += _scan_table((batch.rename(f"{name}.{{}}".format) for batch in batches), scanner)
    except (sqlite3.Error, UnicodeDecodeError):
        raise NotScanned(DAMAGED) from None
    return rows


def scan_batches(batches: Iterable[pl.DataFrame], scanner: ColumnScanner, row: int = 0) -> int:
    """Scan batches of a table that stand below ``row`` rows, and say how many rows there are then."""
    for batch in _bounded(batches):
        rows = range(row + 1, row + len(batch) + 1)
        for name in batch.columns:
            scanner.add(name, batch[name], rows)
        row += len(batch)
    return row


def _scan_table(batches: Iterable[pl.DataFrame], scanner: ColumnScanner) -> int:
    rows = scan_batches(batches, scanner)
    scanner.finish()
    return rows


def _bounded(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Cut batches of many rows, long texts or pictures, so that little of them is held as Python's own."""
    for batch in batches:
        pieces = int(batch.estimated_size()) // MOST_BYTES + 1
        yield from batch.iter_slices(max(1, min(MOST_ROWS, len(batch) // pieces)))


def _properties(
    read: Callable[[Path], Iterator[properties.Property]], path: Path, detector: Detector, tally: Tally
) -> int:
    """Read what a file says of itself."""
    try:
        return _scan_properties(read(path), detector, tally)
    except properties.Unreadable as error:
        raise NotScanned(str(error)) from None


def _scan_properties(
    found: Iterable[properties.Property],
    detector: Detector,
    tally: Tally,
    row: int | None = None,
    column: str | None = None,
) -> int:
    """Scan properties, each a row of its own unless they belong to one, and say how many there are."""
    count = 0
    for count, (name, text, kind) in enumerate(found, start=1):
        shown = masked(detector, name)[0]
        add = partial(tally.add, row=row or count, column=f"{column}.{shown}" if column else shown)
        if kind:
            add(kind, Tier.VERIFIED, 0, len(text), 1.0)
        inside = Tally(tally.file, listed=len(text))
        scan_text(io.BytesIO(text.encode("utf-8", "replace")).read, detector, inside)
        for one in inside.findings:
            add(one.kind, one.tier, one.start, one.end, one.score)
    return count


_IMAGE = (partial(_properties, properties.of_image),)
_AUDIO = (partial(_properties, properties.of_audio),)
READERS: dict[str, tuple[Reader, ...]] = {
    "csv": (
        partial(_delimited, delimited.read_delimited, None),
        partial(_delimited, delimited.read_rows, None),
    ),
    "tsv": (
        partial(_delimited, delimited.read_delimited, "\t"),
        partial(_delimited, delimited.read_rows, "\t"),
    ),
    "json": (_json,),
    "jsonl": (_json_lines,),
    "notebook": (_notebook,),
    "utf-16": (_utf_16,),
    "parquet": (partial(_typed, tables.read_parquet),),
    "arrow": (partial(_typed, tables.read_arrow),),
    "arrow-stream": (partial(_typed, tables.read_arrow_stream),),
    "sqlite": (_sqlite,),
    "png": _IMAGE,
    "jpeg": _IMAGE,
    "tiff": _IMAGE,
    "wav": _AUDIO,
    "mp3": _AUDIO,
    "flac": _AUDIO,
    "office": (partial(_properties, properties.of_office),),
    "pdf": (partial(_properties, properties.of_pdf),),
}
"""Readers of each format; the next is tried where one finds that a file is something else."""
