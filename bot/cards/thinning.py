"""Keep evenly spread rows of a training log of any length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import compress
from operator import ne
from typing import Annotated, Any, TypeVar

import msgspec

from bot.cards.artifacts import MAX_INTEGER, number, parse_json
from bot.cards.long_json import decoded

MAX_ROWS = 20
"""Rows kept; a longer log is thinned evenly, its first and last row stay."""
MAX_COLUMNS = 24
"""Numbers of one row that are taken, at most."""
MAX_ENTRIES = 50
"""Entries of one step that are joined, at most; a Trainer writes one for each data set it evaluates on."""

_PLAIN = ("step", "epoch", "loss", "learning_rate")
_MEASURED = re.compile(r"eval_(?!.*(?:per_second|runtime|samples|preparation_time)$)[A-Za-z0-9_.@/-]{1,60}")
"""How a Trainer names the metrics of an evaluation; how long it took, and on how much, is none."""

_Step = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
_NOTHING = msgspec.Raw()

Row = dict[str, int | float]
T = TypeVar("T")


class _Brief(msgspec.Struct, gc=False):
    """What has to be known of an entry to pass over it."""

    step: _Step
    loss: msgspec.Raw = _NOTHING


class _Loss(_Brief, gc=False):
    """An entry that tells the loss, whatever it is, as all do between two evaluations."""

    loss: msgspec.Raw


_decode_losses = msgspec.json.Decoder(list[_Loss]).decode
_decode_briefly = msgspec.json.Decoder(list[_Brief]).decode


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
        if (step := number(entry.get("step"))) is None:
            return
        if step != self._step:
            if self._entries:
                self._close()
            self._step = step
        if len(self._entries) < MAX_ENTRIES:
            self._entries.append((index, entry))

    def add_many(self, index: int, array: bytes) -> int:
        """Add the entries of a JSON array of objects, the first of them at ``index`` of the log.

        Returns how many they are; 0, and adds none, for what msgspec does not take as such an array. Of most
        entries only the step is looked at: a long log has hundreds of thousands, and few of them are kept.
        """
        told = _in_brief(_decode_losses, array)
        entries = told or _in_brief(_decode_briefly, array)
        steps = [entry.step for entry in entries]
        starts = list(compress(range(len(steps)), map(ne, steps, [self._step, *steps])))
        unclear = not told and any(entries[start].loss == _NOTHING for start in starts)
        # As many braces as entries: then each entry ends at one, and none is inside an entry.
        if entries and not unclear and array.count(b"}") == len(entries):
            self._add_texts(index, array, len(entries), starts)
            return len(entries)
        known = decoded(array)
        for place, entry in enumerate(known, index):
            self.add(place, entry)
        return len(known)

    def _add_texts(self, index: int, array: bytes, size: int, starts: Sequence[int]) -> None:
        """Add the ``size`` entries of an array, each of which ends at a brace; rows begin at ``starts``."""

        def add(first: int, last: int) -> None:
            at = _after(first, array, size) if first < last else 0
            for place in range(first, min(last, first + MAX_ENTRIES)):
                start = array.index(b"{", at)
                at = array.index(b"}", start) + 1
                self.add(index + place, parse_json(array[start:at]))

        ends = [*starts[1:], size]
        add(0, starts[0] if starts else size)
        row = 0
        while row < len(starts):
            if self._entries:
                self._close()
            # The last one is kept for now: more entries of it may follow.
            passed = min(-self._count % self._every, len(starts) - 1 - row)
            self._count += passed
            row += passed
            add(starts[row], ends[row])
            row += 1

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


def _after(number: int, array: bytes, size: int) -> int:
    """Give the place behind the first ``number`` of ``size`` entries, sought around where it should be."""
    if not number:
        return 0
    at = len(array) * number // size
    ended = array.count(b"}", 0, at) if 2 * number < size else size - array.count(b"}", at)
    while ended < number:
        at = array.index(b"}", at) + 1
        ended += 1
    while ended > number:
        at = array.rindex(b"}", 0, at)
        ended -= 1
    return array.rindex(b"}", 0, at) + 1


def _in_brief(decode: Callable[[bytes], Sequence[_Brief]], array: bytes) -> Sequence[_Brief]:
    """Decode what has to be known of entries to pass over them; empty where one of them is unusual."""
    try:
        return decode(array)
    except (msgspec.MsgspecError, RecursionError):
        return []
