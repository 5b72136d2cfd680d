"""Read the course of a training run from the ``trainer_log.jsonl`` of LLaMA-Factory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import CannotRead, open_file, parse_json
from bot.cards.facts import Fact
from bot.cards.thinning import TrainingLog

MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 8 * 1024
MAX_LINES = 300_000

_COLUMNS = {"current_steps": "step", "lr": "learning_rate"}
"""What LLaMA-Factory calls otherwise than the Trainer."""


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield a ``training_log`` fact per kept line; the Trainer's own state goes before. Raises CannotRead."""
    if path.with_name("trainer_state.json").exists():
        return
    log = TrainingLog()
    with open_file(path, MAX_BYTES) as content:
        for number in range(MAX_LINES):
            line = content.readline(MAX_LINE)
            if not line:
                break
            if len(line) == MAX_LINE:
                raise CannotRead(f"it has a line of over {MAX_LINE} bytes")
            entry = parse_json(line) if line.strip() else None
            if isinstance(entry, dict):
                log.add(number, {_COLUMNS.get(column, column): value for column, value in entry.items()})
        else:
            raise CannotRead(f"it has more than {MAX_LINES} lines")
    for lines, row in log.rows():
        yield Fact("training_log", row, file, f"[{lines}]")
