"""Read how text is generated unless a user says otherwise, from ``generation_config.json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import read_object
from bot.cards.facts import Fact
from bot.cards.taking import named, scalar, take

MAX_BYTES = 1024 * 1024

_SETTINGS = named(
    "cache_implementation",
    "do_sample",
    "length_penalty",
    "max_length",
    "max_new_tokens",
    "min_p",
    "no_repeat_ngram_size",
    "num_beams",
    "repetition_penalty",
    "temperature",
    "top_k",
    "top_p",
    prefix="generation.",
)


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield each setting that changes what a user sees. Raises CannotRead."""
    yield from take(read_object(path, MAX_BYTES), file, scalar, _SETTINGS)
