"""Gather the values of JSON by the path of keys they stand at, and scan them as the columns of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import polars as pl

from bot.datasets.columns import ColumnScanner

AT_ONCE = 8 << 20
"""Characters of values that are gathered before they are scanned."""
MOST_PATHS = 5_000
"""Different paths that are columns of their own; what stands at others is one column, ``ANYWHERE``."""
ANYWHERE = "(elsewhere)"


Bytes = Callable[[int, str, bytes], None]
"""Told the row, the path and the bytes of a value that is no text."""


def scan_records(
    records: Iterable[tuple[int, Any]], scanner: ColumnScanner, on_bytes: Bytes | None = None
) -> int:
    """Scan values, each in the row it is given with, and say which row was the last."""
    gathered = _Gathered(scanner)
    row = 0
    for row, record in records:
        for path, value in values(record):
            if isinstance(value, str):
                gathered.add(row, path, value)
            elif on_bytes:
                on_bytes(row, path, value)
    gathered.flush()
    return row


class _Gathered:
    """Cells by column, until there are enough of them."""

    def __init__(self, scanner: ColumnScanner) -> None:
        self._scanner = scanner
        self._cells: dict[str, tuple[list[int], list[str]]] = {}
        self._known: set[str] = set()
        self._size = 0

    def add(self, row: int, path: str, value: str) -> None:
        if path not in self._known:
            if len(self._known) >= MOST_PATHS:
                path = ANYWHERE
            self._known.add(path)
        cells = self._cells.get(path)
        if cells is None:
            cells = self._cells[path] = ([], [])
        cells[0].append(row)
        cells[1].append(value)
        self._size += len(value) + 1
        if self._size >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        for path, (rows, cells) in self._cells.items():
            self._scanner.add(path, pl.Series(cells, dtype=pl.String), rows)
        self._cells.clear()
        self._size = 0


def values(record: Any) -> Iterator[tuple[str, str | bytes]]:
    """Give what stands in a value of JSON or Arrow, with the path of keys to it: ``user.mails[]``."""
    if type(record) is dict and all(type(value) is str for value in record.values()):
        yield from record.items()
        return
    waiting: list[tuple[str, Any]] = [("", record)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str | bytes):
            yield path or "value", value
        elif isinstance(value, dict):
            waiting.extend(
                (f"{path}.{key}" if path else str(key), below) for key, below in reversed(value.items())
            )
        elif isinstance(value, list | tuple):
            waiting.extend((f"{path}[]", below) for below in reversed(value))
        elif isinstance(value, bool) or value is None:
            yield path or "value", ""
        else:
            yield path or "value", str(value)
