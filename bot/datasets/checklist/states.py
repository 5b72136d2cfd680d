"""The three states of a checklist item, and how what several looks at it say becomes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What is known of an item. A program fails any item; it passes none that a person has to decide."""

    AGAINST = "evidence against"
    NEEDS_PERSON = "needs a person"
    NOTHING_FOUND = "nothing found"


_WORST_FIRST = tuple(State)


@dataclass(frozen=True)
class Found:
    """What one look says: a state, and the sentence that says why, as Markdown."""

    state: State
    words: str


def together(found: Iterable[Found]) -> Found:
    """Take the worst state, and say all that was found."""
    every = list(found)
    state = min((one.state for one in every), key=_WORST_FIRST.index, default=State.NEEDS_PERSON)
    return Found(state, " ".join(one.words for one in every if one.words))


def against(words: str) -> Found:
    """Say what speaks against an item."""
    return Found(State.AGAINST, words)


def nothing_found(words: str) -> Found:
    """Say what was looked for, and where, without result."""
    return Found(State.NOTHING_FOUND, words)


def needs_person(words: str) -> Found:
    """Say what a person has to know in order to decide."""
    return Found(State.NEEDS_PERSON, words)
