"""Bring together what can be done with the card of a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.cards.answers import AnswerError
from bot.cards.card import Arrange, Card
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading, Unreadable
from bot.cards.fix import Fixed, fix, written_again
from bot.cards.lint import Beside, Report, lint_against
from bot.cards.questions import Question, questions


@dataclass(frozen=True)
class Desk:
    """What was read of a folder, and how its card is written, checked, fixed and asked about.

    ``write`` gets the card that is there and whether pictures can stand beside it.
    """

    facts: tuple[Fact, ...]
    unreadable: tuple[Unreadable, ...]
    write: Callable[[str | None, bool], Card]
    check: Callable[[str], Report]
    fix: Callable[[str], Fixed]
    ask: Callable[[str], tuple[Question, ...]]


def model_desk(folder: Path, reading: Reading, declared: Declared, arrange: Arrange) -> Desk:
    """Open the desk for a model whose files were read."""
    declared = replace(declared, place=declared.place or folder.resolve().name)
    beside = Beside(reading, declared, has_file(folder))
    return Desk(
        reading.facts,
        reading.unreadable,
        lambda existing, pictures: written_again(
            reading, declared, existing, pictures=pictures, arrange=arrange
        ),
        lambda text: lint_against(text, beside),
        lambda text: fix(text, beside),
        lambda text: questions(reading, declared, text),
    )


def has_file(folder: Path) -> Callable[[str], bool]:
    """Give what tells whether something is at a path below a folder."""
    return lambda path: os.path.lexists(folder / path)


def only_known(given: Mapping[str, str], known: Mapping[str, object], what: str) -> None:
    """Refuse answers to what is not asked. Raises AnswerError."""
    unknown = next((key for key in given if key not in known), None)
    if unknown is not None:
        raise AnswerError(f"{unknown} cannot be set of a {what}; these can: {', '.join(known)}.")
