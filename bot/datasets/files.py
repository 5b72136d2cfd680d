"""Scan one file: find out its format, read it, and say what of it was not scanned."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from bot.datasets.columns import ColumnScanner
from bot.datasets.detection import Detector
from bot.datasets.findings import Coverage
from bot.datasets.formats.delimited import read_delimited, read_rows
from bot.datasets.formats.text import scan_text
from bot.datasets.tally import Tally

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


def scan_file(path: Path, shown: str, detector: Detector) -> Tally:
    """Scan the file at ``path``, called ``shown``; whatever is in it, this ends with a tally."""
    try:
        status = path.lstat()
    except OSError as error:
        return _not_scanned(shown, f"it cannot be read: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return _not_scanned(shown, "it is a symbolic link" if path.is_symlink() else "it is no regular file")
    separator = _SEPARATORS.get(path.suffix.lower())
    if separator:
        for reader in (read_delimited, read_rows):
            tally = Tally(shown)
            try:
                rows = scan_batches(reader(path, separator), detector, tally)
            except (pl.exceptions.PolarsError, csv.Error):
                continue
            tally.coverage.append(Coverage(shown, path.suffix[1:].lower(), status.st_size, rows))
            return tally
    tally = Tally(shown)
    try:
        with path.open("rb") as file:
            extent = scan_text(file.read, detector, tally)
    except OSError as error:
        return _not_scanned(shown, f"it cannot be read: {error.strerror}")
    tally.coverage.append(Coverage(shown, "text", status.st_size, extent.lines))
    return tally


def scan_batches(batches: Iterable[pl.DataFrame], detector: Detector, tally: Tally) -> int:
    """Scan the batches of a table, and say how many rows they have."""
    scanner = ColumnScanner(detector, tally)
    row = 0
    for batch in batches:
        rows = range(row + 1, row + len(batch) + 1)
        for name in batch.columns:
            scanner.add(name, batch[name], rows)
        row += len(batch)
    scanner.finish()
    return row


def _not_scanned(shown: str, reason: str) -> Tally:
    return Tally(shown, coverage=[Coverage(shown, None, not_scanned=reason)])
