"""Recognise the licence a ``LICENSE`` file is the text of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import read_bytes
from bot.cards.facts import Fact
from bot.cards.licence_texts import recognise

NAMES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md", "LICENCE.txt", "COPYING")
MAX_BYTES = 256 * 1024


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the Hub's id of the licence, when the whole text is one that is known. Raises CannotRead."""
    text = read_bytes(path, MAX_BYTES).decode("utf-8", "replace")
    licence = recognise(text)
    if licence:
        yield Fact("license_text", licence, file, "")
