"""Scan a large table of delimited text in parts: its top first, which settles what its columns hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from bot.datasets.columns import SAMPLE, ColumnScanner, Settled
from bot.datasets.detection import Detector
from bot.datasets.formats import delimited
from bot.datasets.readers import Other, is_headed, scan_batches
from bot.datasets.tally import Tally

Block = tuple[int, int]
"""Rows of a table: where they begin and end in the file."""


class Table(NamedTuple):
    """What has to be known of a table to scan rows of it."""

    separator: str
    columns: Mapping[str, Settled]
    """In their order."""


class Top(NamedTuple):
    """The rows of a table that were scanned to settle what its columns hold, and the blocks of the others."""

    table: Table
    rows: int
    stop: int
    left: Iterator[Block]


def scan_top(path: Path, separator: str | None, detector: Detector, tally: Tally) -> Top:
    """Scan at least the sample of a table. Raises OSError, and Other where the file is no such table."""
    try:
        separator = separator or delimited.separator_in(path)
        blocks = _blocks(path, separator)
        if (block := next(blocks, None)) is None:
            raise Other
        frame = delimited.read_block(path, block, separator)
        scanner = ColumnScanner(detector, tally, named=is_headed(frame, detector))
        rows = scan_batches([frame], scanner)
        while rows < SAMPLE and (further := next(blocks, None)):
            block, frame = further, delimited.read_block(path, further, separator, frame.columns)
            rows = scan_batches([frame], scanner, rows)
        scanner.finish()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise Other from None
    return Top(Table(separator, scanner.settled()), rows, block[1], blocks)


def scan_block(path: Path, block: Block, table: Table, detector: Detector, tally: Tally) -> int:
    """Scan rows below the top of a table, as if they were its first, and say how many they are.

    Raises OSError, and Other where they are no rows of the table.
    """
    try:
        frame = delimited.read_block(path, block, table.separator, list(table.columns))
        return scan_batches([frame], ColumnScanner(detector, tally, settled=table.columns))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise Other from None


def _blocks(path: Path, separator: str) -> Iterator[Block]:
    try:
        yield from delimited.blocks_of_rows(path, separator)
    except delimited.NoTable:
        raise Other from None
