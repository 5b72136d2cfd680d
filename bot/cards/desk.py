"""Bring together what can be done with the card of a folder, be it of a model or of a dataset."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.cards.answers import AnswerError, answered, answers, value_of
from bot.cards.card import CARD, Arrange, Card, as_it_is
from bot.cards.dataset.card import ANSWERS, Answers, render_dataset_card
from bot.cards.dataset.features import first_rows
from bot.cards.dataset.files import find_data
from bot.cards.dataset.lint import dataset_questions, lint_dataset
from bot.cards.dataset.reading import read_data
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading, Unreadable
from bot.cards.fix import Fixed, fix, fix_by, written_again
from bot.cards.lint import Beside, Report, lint_against
from bot.cards.questions import Question, questions
from bot.cards.reading import read_facts

Kind = Literal["model", "dataset"]


@dataclass(frozen=True)
class Desk:
    """What was read of a folder, and how its card is written, checked, fixed and asked about.

    ``write`` gets the card that is there and whether pictures can stand beside it.
    """

    kind: Kind
    facts: tuple[Fact, ...]
    unreadable: tuple[Unreadable, ...]
    write: Callable[[str | None, bool], Card]
    check: Callable[[str], Report]
    fix: Callable[[str], Fixed]
    ask: Callable[[str], tuple[Question, ...]]


def open_desk(
    folder: Path,
    declared: Declared,
    given: Mapping[str, str],
    *,
    kind: Kind | None = None,
    arrange: Arrange = as_it_is,
    examples: int = 0,
) -> Desk:
    """Read a folder, and find out what it holds unless the ``kind`` is said.

    Of a dataset the first rows of each file are shown when ``examples`` are asked for. Raises AnswerError
    when something given is no answer about what the folder holds.
    """
    reading = read_facts(folder) if kind != "dataset" else Reading()
    if kind is None:
        has_model = any(fact.file != CARD for fact in reading.facts)
        kind = "dataset" if not has_model and find_data(folder).files else "model"
    known = _keys(kind)
    unknown = next((key for key in given if key not in known), None)
    if unknown is not None:
        raise AnswerError(f"{unknown} cannot be set of a {kind}; these can: {', '.join(known)}.")
    if kind == "dataset":
        return _dataset_desk(folder, given, declared, examples)
    return _model_desk(folder, reading, answered(declared, given), arrange)


def _keys(kind: Kind) -> tuple[str, ...]:
    return tuple(answers() if kind == "model" else answers(ANSWERS))


def _model_desk(folder: Path, reading: Reading, declared: Declared, arrange: Arrange) -> Desk:
    beside = Beside(reading, declared, _has_file(folder))
    return Desk(
        "model",
        reading.facts,
        reading.unreadable,
        lambda existing, pictures: written_again(
            reading, declared, existing, pictures=pictures, arrange=arrange
        ),
        lambda text: lint_against(text, beside),
        lambda text: fix(text, beside),
        lambda text: questions(reading, declared, text),
    )


def _dataset_desk(folder: Path, given: Mapping[str, str], declared: Declared, examples: int) -> Desk:
    said = Answers({**({"license": declared.license} if declared.license else {}), **given})
    for key, text in said.given.items():
        value_of(answers(ANSWERS)[key], text)
    data = read_data(folder)
    shown = (
        [row for table in data.tables[:3] for row in first_rows(folder, table.file, examples)]
        if examples
        else []
    )
    name = (declared.model_id or folder.resolve().name).rsplit("/", 1)[-1]
    has_file = _has_file(folder)

    def write(existing: str | None, pictures: bool) -> Card:
        return render_dataset_card(data, said, existing, name=name, examples=shown)

    def check(text: str) -> Report:
        return lint_dataset(text, data, said, has_file)

    return Desk(
        "dataset",
        data.facts,
        data.unreadable,
        write,
        check,
        lambda text: fix_by(text, check, lambda one: write(one, False).text),
        lambda text: dataset_questions(data, said, text),
    )


def _has_file(folder: Path) -> Callable[[str], bool]:
    return lambda path: os.path.lexists(folder / path)
