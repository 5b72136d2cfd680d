"""Read a run of Weights & Biases from the record it keeps on disk, the file ``run-ID.wandb``.

The record is a log of blocks, each with pieces of protobuf messages.
Sources: google/leveldb, doc/log_format.md; wandb/wandb, wandb/proto/wandb_internal.proto; the numbers below
are those of its fields.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.cards.artifacts import CannotRead, Opened, parse_json, size_of, text
from bot.cards.facts import Fact
from bot.cards.protobuf import Field, Protobuf
from bot.cards.tracked import measurements, parameters

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of one record read, at most."""
MAX_RECORD = 1024 * 1024
MAX_PIECES = 200_000
MAX_KEYS = 1_000

_START = b":W&B\xe1\xbe"
_BLOCK = 32 * 1024
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_HISTORY, _SUMMARY, _CONFIG, _RUN, _MACHINE = 2, 3, 5, 17, 26
_CONFIG_OF_RUN = 4
_TEXTS = {_RUN: {3: "project", 8: "name"}, _MACHINE: {18: "gpu"}}


@dataclass
class _Run:
    """Collect what the record of a run says; of each key what was said last."""

    texts: dict[str, str] = field(default_factory=dict)
    config: dict[str, object] = field(default_factory=dict)
    history: dict[str, object] = field(default_factory=dict)
    summary: dict[str, object] = field(default_factory=dict)


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield what a run was set to, and what it measured last. Raises CannotRead."""
    if size_of(content) > MAX_BYTES:
        raise CannotRead(f"it is larger than {MAX_BYTES} bytes")
    run = _Run()
    for record in _records(content):
        _add(run, Protobuf(io.BytesIO(record)))
    for name, value in run.texts.items():
        yield Fact(f"wandb.{name}", value, file, f"run.{name}")
    config = ((key, value, f"config.{key}") for key, value in run.config.items())
    yield from parameters(config, "wandb.config.", file)
    # A summary is what was logged last, unless the run says otherwise.
    last = {**{key: (value, "history") for key, value in run.history.items()}}
    last |= {key: (value, "summary") for key, value in run.summary.items()}
    found = ((key, value, f"{where}.{key}") for key, (value, where) in last.items())
    yield from measurements(found, "wandb.summary.", file)


def _records(file: Opened) -> Iterator[bytes]:
    """Put the records together from their pieces. A run that goes on has a last one that is not whole."""
    if file.read(7)[:6] != _START:
        raise CannotRead("it is not a record of Weights & Biases")
    whole, found = b"", 0
    while head := file.read(_to_end_of_block(file, 7)):
        if len(head) < 7:
            continue
        length, kind = int.from_bytes(head[4:6], "little"), head[6]
        piece = file.read(_to_end_of_block(file, length))
        if len(piece) < length or not length:
            return
        whole = piece if kind in (_FULL, _FIRST) else whole + piece
        if len(whole) > MAX_RECORD:
            raise CannotRead(f"it holds a message larger than {MAX_RECORD} bytes")
        found += 1
        if found > MAX_PIECES:
            raise CannotRead(f"it holds over {MAX_PIECES} messages")
        if kind in (_FULL, _LAST):
            yield whole
            whole = b""


def _to_end_of_block(file: Opened, length: int) -> int:
    """Give how many of ``length`` bytes are left in the block; no piece reaches over its end."""
    return min(length, _BLOCK - file.tell() % _BLOCK)


def _add(run: _Run, record: Protobuf) -> None:
    for part in record.fields():
        if part.number == _HISTORY:
            _update(record, part, run.history)
        elif part.number == _SUMMARY:
            _update(record, part, run.summary)
        elif part.number == _CONFIG:
            _update(record, part, run.config)
        elif part.number in _TEXTS:
            for inner in record.fields(part):
                name = _TEXTS[part.number].get(inner.number)
                said = record.text(inner) if name else None
                if name and said:
                    run.texts[name] = said
                elif part.number == _RUN and inner.number == _CONFIG_OF_RUN:
                    _update(record, inner, run.config)


def _update(record: Protobuf, within: Field, values: dict[str, object]) -> None:
    """Take the new values of a message: each a key, alone or in parts, and a value in JSON."""
    for entry in record.fields(within):
        if entry.number != 1:
            continue
        keys: list[str] = []
        value: str | None = None
        for part in record.fields(entry):
            if part.number in (1, 2):
                keys += [one for one in [record.text(part)] if one]
            elif part.number == 16:
                value = record.text(part)
        name = text(".".join(keys))
        if name and value is not None and (name in values or len(values) < MAX_KEYS):
            values[name] = parse_json(value.encode())
