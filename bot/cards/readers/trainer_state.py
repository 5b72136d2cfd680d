"""Read the course of a training run from the ``trainer_state.json`` a Trainer keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import number
from bot.cards.facts import Fact
from bot.cards.long_json import read_around
from bot.cards.thinning import TrainingLog

MAX_BYTES = 128 * 1024 * 1024
"""Read entry by entry, so this bounds the time (a few seconds), not the memory."""

_NUMBERS = ("best_global_step", "best_metric", "global_step", "max_steps", "num_input_tokens_seen")
_MORE_NUMBERS = ("num_train_epochs", "total_flos", "train_batch_size")


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the run's numbers, then a ``training_log`` fact per kept row. Raises CannotRead."""
    log = TrainingLog()
    state = read_around(path, MAX_BYTES, "log_history", log.add)
    for key in _NUMBERS + _MORE_NUMBERS:
        value = number(state.get(key))
        if value is not None:
            yield Fact(key, value, file, key)
    for indices, row in log.rows():
        yield Fact("training_log", row, file, f"log_history[{indices}]")
