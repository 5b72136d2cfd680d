"""Read the files a run of Weights & Biases leaves on disk: its configuration, its summary and its machine.

Source: the Weights & Biases documentation, "Save run data locally"; wandb/sdk/lib/config_util.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import read_object, text
from bot.cards.facts import Fact
from bot.cards.readers.training_args import read_yaml
from bot.cards.taking import scalar, take
from bot.cards.tracked import measurements, parameters

MAX_BYTES = 4 * 1024 * 1024
_MACHINE = {"gpu": "wandb.gpu", "gpu_count": "wandb.gpu_count", "startedAt": "wandb.started_at"}


def read_config(path: Path, file: str) -> Iterator[Fact]:
    """Yield what a run was set to. Raises CannotRead."""
    config = read_yaml(path)
    given = [
        (key, entry["value"], f"{key}.value")
        for key, entry in config.items()
        if isinstance(entry, dict) and "value" in entry
    ]
    yield from parameters(given, "wandb.config.", file)


def read_summary(path: Path, file: str) -> Iterator[Fact]:
    """Yield what a run measured last. Raises CannotRead."""
    summary = read_object(path, MAX_BYTES)
    yield from measurements(((key, value, key) for key, value in summary.items()), "wandb.summary.", file)


def read_machine(path: Path, file: str) -> Iterator[Fact]:
    """Yield what a run ran on and from which commit; who ran it, and where on disk, is nobody's business.

    Raises CannotRead.
    """
    metadata = read_object(path, MAX_BYTES)
    yield from take(metadata, file, scalar, _MACHINE)
    git = metadata.get("git")
    if isinstance(git, dict):
        yield from take(git, file, text, {"commit": "wandb.commit"}, under="git.")
