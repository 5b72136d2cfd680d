"""Read the numbers in ``train_results.json``, ``eval_results.json``, ``test_results.json`` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import number, read_object
from bot.cards.fact_names import is_taken
from bot.cards.facts import Fact

MAX_BYTES = 4 * 1024 * 1024
MAX_RESULTS = 1_000
"""Numbers taken from one file, at most."""
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@/-]{0,79}")


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield every number of one result file under its own key. Raises CannotRead.

    A number whose key means something else among facts, such as ``parameters``, would be taken for that.
    """
    results = read_object(path, MAX_BYTES)
    for key, value in list(results.items())[:MAX_RESULTS]:
        taken = number(value)
        if taken is not None and _KEY.fullmatch(key) and not is_taken(key):
            yield Fact(key, taken, file, key)
