"""Score candidates against an issue, and say in words what they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bot.triage.similar.vectors import TERM, Floats, Frequencies
from bot.triage.similar.words import STOP_WORDS, Words

SHOWN = 0.6
"""From this score on a match may be shown in public; docs/accuracy.md has what that gave."""

RECENT = 0.2
RECENT_DAYS = 90.0
"""How much an issue opened at the same time gains on one from long ago; in these days it fades to a third.

Reports of one fault come together in time: Lazar et al. (MSR 2014) take the days between as a feature.
"""

SAME_ERROR = 0.3
"""What part of the way to 1 the same failure in a stack trace takes a score."""

_NAMED = 4
"""Words named as shared, at most, of the title and of the body each."""


class Match(NamedTuple):
    """An issue like the one asked about."""

    number: int
    score: float
    """From 0 to 1."""
    shown: bool
    """Whether it is sure enough to be shown to people who did not ask."""
    why: tuple[str, ...]
    """What the two share, and what keeps the match from being shown."""
    fixed_by: int | None = None
    """The pull request that fixed it."""
    released_in: str | None = None
    """The release the fix shipped in."""


def recency(opened: float | None, others: Sequence[float | None]) -> Floats:
    """Give each candidate's factor, at most 1, for the time between it and the issue (seconds since 1970)."""
    if opened is None:
        return np.ones(len(others))
    days = np.array([np.inf if other is None else abs(opened - other) / 86_400 for other in others])
    return np.asarray((1 + RECENT * np.exp(-days / RECENT_DAYS)) / (1 + RECENT))


def shared_words(words: Words, packed: bytes, frequencies: Frequencies) -> tuple[list[str], list[str]]:
    """Name the rarest words an issue shares with a candidate: those of both titles, and those beside them."""
    terms = np.frombuffer(packed, dtype=TERM)
    theirs = dict(zip(terms["term"].tolist(), terms["title"].tolist(), strict=True))
    titles: dict[int, str] = {}
    elsewhere: dict[int, str] = {}
    for term, (place, written) in words.written.items():
        if place in theirs and len(written) > 1 and written.lower() not in STOP_WORDS:
            (titles if theirs[place] and term in words.title else elsewhere)[place] = written
    return _rarest(titles, frequencies), _rarest(elsewhere, frequencies)


def _rarest(words: Mapping[int, str], frequencies: Frequencies) -> list[str]:
    hashes = np.array(list(words), dtype=np.uint32)
    rarity = frequencies.rarity(hashes)
    named: list[str] = []
    for place in np.argsort(-rarity, kind="stable"):
        word = words[int(hashes[place])]
        # A part of a word that is named already says nothing new.
        if not any(word.lower() in other.lower() for other in named):
            named.append(word)
        if len(named) == _NAMED:
            break
    return named
