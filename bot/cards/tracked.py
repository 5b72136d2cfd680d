"""Take what people logged with an experiment tracker as facts, and nothing that tells of their machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.cards.artifacts import number
from bot.cards.facts import Fact
from bot.cards.taking import scalar

MAX_VALUES = 200
"""Parameters or measurements of one run taken, at most."""

_NAME = re.compile(r"[A-Za-z0-9][\w./@ -]{0,79}", re.ASCII)
_SECRET = re.compile(r"token|key|secret|passw|credential|auth|login|user|e-?mail", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9][\w.+() -]{0,39}(?:/[A-Za-z0-9][\w.-]{0,59})?", re.ASCII)
"""A word or two, or an id as the Hub has them."""
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[\w-]{20,}", re.ASCII)


def parameters(pairs: Iterable[tuple[str, object, str]], prefix: str, file: str) -> Iterator[Fact]:
    """Yield settings, each given with its key in ``file``; paths, addresses and secrets are left out."""
    taken = 0
    for name, value, key in pairs:
        if taken == MAX_VALUES:
            return
        plain = scalar(value)
        if plain is None or not _NAME.fullmatch(name):
            continue
        if isinstance(plain, str) and (_SECRET.search(name) or not _is_plain(plain)):
            continue
        taken += 1
        yield Fact(f"{prefix}{name}", plain, file, key)


def measurements(pairs: Iterable[tuple[str, object, str]], prefix: str, file: str) -> Iterator[Fact]:
    """Yield measurements, each given with its key in ``file``; what starts with ``_`` is the tracker's."""
    taken = 0
    for name, value, key in pairs:
        plain = number(value)
        if plain is not None and _NAME.fullmatch(name) and taken < MAX_VALUES:
            taken += 1
            yield Fact(f"{prefix}{name}", plain, file, key)


def _is_plain(value: str) -> bool:
    return bool(_WORD.fullmatch(value)) and not _RANDOM.fullmatch(value)
