"""Choose the few terms of an issue by which the index is asked for candidates."""

from __future__ import annotations

import numpy as np

from bot.triage.similar.vectors import TERM, Frequencies, counts_of

TERMS = 20
"""At most so many terms: asking for all is slow, and finds no more."""

ROWS = 1_500
"""How many rows the terms may have together, which bounds the time of a search however the index grows."""


def telling_terms(packed: bytes, frequencies: Frequencies) -> list[int]:
    """Give the terms of highest tf-idf weight, leaving out those that would have too many rows looked at."""
    terms = np.frombuffer(packed, dtype=TERM)
    weight = (1 + np.log(np.maximum(counts_of(terms), 1))) * frequencies.rarity(terms["term"])
    having = frequencies.of(terms["term"])
    chosen: list[int] = []
    rows = 0
    for place in np.argsort(-weight, kind="stable"):
        if len(chosen) == TERMS:
            break
        if not chosen or rows + having[place] <= ROWS:
            rows += int(having[place])
            chosen.append(int(terms["term"][place]))
    return chosen
