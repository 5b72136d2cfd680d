"""Keep evenly spread rows of a training log of any length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from bot.cards.artifacts import number

MAX_ROWS = 20
"""Rows kept; a longer log is thinned evenly, its first and last row stay."""
MAX_COLUMNS = 24
"""Numbers of one row that are taken, at most."""

_PLAIN = ("step", "epoch", "loss", "learning_rate")
_MEASURED = re.compile(r"eval_(?!.*(?:per_second|runtime|samples|preparation_time)$)[A-Za-z0-9_.@/-]{1,60}")
"""How a Trainer names the metrics of an evaluation; how long it took, and on how much, is none."""

Row = dict[str, int | float]
T = TypeVar("T")


def thinned(rows: Sequence[T]) -> Sequence[T]:
    """Keep ``MAX_ROWS`` evenly spread rows, the first and the last among them."""
    last = len(rows) - 1
    if last < MAX_ROWS:
        return rows
    return [rows[round(index * last / (MAX_ROWS - 1))] for index in range(MAX_ROWS)]


class TrainingLog:
    """Join the entries of each step, and keep so few rows that a long log takes no more memory.

    A Trainer logs the loss and the evaluation of a step one after the other.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[list[int], Row]] = []
        self._every = 1
        self._count = 0
        self._step: int | float | None = None
        self._entries: list[tuple[int, Mapping[str, Any]]] = []

    def add(self, index: int, entry: object) -> None:
        """Add the entry at ``index`` of the log; one without a step or a measured number is left out."""
        if not isinstance(entry, dict) or not ("loss" in entry or any(map(_MEASURED.fullmatch, entry))):
            return
        step = entry.get("step")
        # A long log has hundreds of thousands of entries, nearly all of them with a whole number here.
        if type(step) is not int and (step := number(step)) is None:
            return
        if step != self._step:
            if self._entries:
                self._close()
            self._step = step
        self._entries.append((index, entry))

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Give the kept rows, each with the indices of its entries, such as ``0,1``."""
        # Whichever rows were passed over, the last one stays.
        rows = self._kept + [self._joined()] * bool(self._entries)
        for indices, row in thinned(rows):
            yield ",".join(map(str, indices)), row

    def _close(self) -> None:
        if self._count % self._every == 0:
            self._kept.append(self._joined())
            if len(self._kept) == 4 * MAX_ROWS:
                self._kept = self._kept[::2]
                self._every *= 2
        self._count += 1
        self._entries.clear()

    def _joined(self) -> tuple[list[int], Row]:
        row: Row = {}
        for _, entry in self._entries:
            columns = [column for column in entry if column in _PLAIN or _MEASURED.fullmatch(column)]
            numbers = {column: number(entry[column]) for column in columns[:MAX_COLUMNS]}
            # What comes later of the same step measured the best model again, not this step's.
            row = {column: value for column, value in numbers.items() if value is not None} | row
        return [index for index, _ in self._entries], row
