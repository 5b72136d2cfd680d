"""Read the course of a training run from the ``trainer_state.json`` a Trainer keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import number
from bot.cards.facts import Fact
from bot.cards.long_json import read_around
from bot.cards.taking import named, take
from bot.cards.thinning import TrainingLog

MAX_BYTES = 64 * 1024 * 1024
"""Read entry by entry, so this bounds the time (a few seconds), not the memory."""

_NUMBERS = (
    "best_global_step",
    "best_metric",
    "global_step",
    "max_steps",
    "num_train_epochs",
    "train_batch_size",
)
_COUNTED = ("num_input_tokens_seen", "total_flos")
"""What a Trainer leaves at 0 when it was not told, or does not know how, to count."""


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the run's numbers, then a ``training_log`` fact per kept row. Raises CannotRead."""
    log = TrainingLog()
    state = read_around(path, MAX_BYTES, "log_history", log.add, log.add_many)
    yield from take(state, file, number, named(*_NUMBERS))
    yield from take(state, file, _counted, named(*_COUNTED))
    for indices, row in log.rows():
        yield Fact("training_log", row, file, f"log_history[{indices}]")


def _counted(value: object) -> int | float | None:
    return number(value) or None
