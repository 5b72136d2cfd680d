"""Read what a tokenizer is, from ``tokenizer_config.json`` and the chat template beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import number, open_file, read_object, text
from bot.cards.facts import Fact
from bot.cards.taking import named, take

MAX_BYTES = 4 * 1024 * 1024
"""Tokenizers write down every token that was added to them."""
NO_LENGTH = 1e12
"""Transformers writes 1e30 where a tokenizer has no longest input (VERY_LARGE_INTEGER)."""


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts of one tokenizer, of its template only that it is there. Raises CannotRead."""
    config = read_object(path, MAX_BYTES)
    yield from take(config, file, text, named("tokenizer_class"))
    yield from take(config, file, _length, named("model_max_length"))
    if config.get("chat_template"):
        yield Fact("chat_template", True, file, "chat_template")


def read_template(path: Path, file: str) -> Iterator[Fact]:
    """Yield that there is a template for chats in a file of its own. Raises CannotRead."""
    with open_file(path) as template:
        if template.read(1):
            yield Fact("chat_template", True, file, "")


def _length(value: object) -> int | float | None:
    """Take a length, but not the huge number that stands for none."""
    length = number(value)
    return length if length is not None and length < NO_LENGTH else None
