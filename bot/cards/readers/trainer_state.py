"""Read the course of a training run from the ``trainer_state.json`` a Trainer keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.cards.artifacts import number, read_object
from bot.cards.facts import Fact

MAX_BYTES = 16 * 1024 * 1024
"""Parsed at once, and Python's values take up many times the bytes they are written in."""
MAX_ROWS = 20
"""Rows of the training log kept; a longer log is thinned evenly, its first and last row stay."""

_NUMBERS = ("best_global_step", "best_metric", "global_step", "max_steps", "num_input_tokens_seen")
_MORE_NUMBERS = ("num_train_epochs", "total_flos", "train_batch_size")
_COLUMNS = ("step", "epoch", "loss", "eval_loss", "eval_accuracy", "learning_rate")


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the run's numbers, then a ``training_log`` fact per kept row. Raises CannotRead."""
    state = read_object(path, MAX_BYTES)
    for key in _NUMBERS + _MORE_NUMBERS:
        value = number(state.get(key))
        if value is not None:
            yield Fact(key, value, file, key)
    history = state.get("log_history")
    if isinstance(history, list):
        for key, row in _thinned(list(_rows(history))):
            yield Fact("training_log", row, file, key)


def _rows(history: list[Any]) -> Iterator[tuple[str, dict[str, int | float]]]:
    """Join the entries of one step: a Trainer logs the loss and the evaluation separately."""
    places: dict[int | float, list[int]] = {}
    rows: dict[int | float, dict[str, int | float]] = {}
    for index, entry in enumerate(history):
        if not isinstance(entry, dict):
            continue
        row = {column: value for column in _COLUMNS if (value := number(entry.get(column))) is not None}
        step = row.get("step")
        if step is None or not ({"loss", "eval_loss", "eval_accuracy"} & row.keys()):
            continue
        places.setdefault(step, []).append(index)
        rows.setdefault(step, {}).update(row)
    for step, row in rows.items():
        yield f"log_history[{','.join(map(str, places[step]))}]", row


def _thinned(rows: list[tuple[str, dict[str, int | float]]]) -> list[tuple[str, dict[str, int | float]]]:
    if len(rows) <= MAX_ROWS:
        return rows
    last = len(rows) - 1
    return [rows[round(index * last / (MAX_ROWS - 1))] for index in range(MAX_ROWS)]
