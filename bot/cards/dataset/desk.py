"""Bring together what can be done with the card of a folder of data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.cards.answers import answers, value_of
from bot.cards.card import Card
from bot.cards.dataset.card import ANSWERS, Answers, render_dataset_card
from bot.cards.dataset.features import first_rows
from bot.cards.dataset.lint import dataset_questions, lint_dataset
from bot.cards.dataset.reading import read_data
from bot.cards.declared import Declared
from bot.cards.desk import Desk, has_file, only_known
from bot.cards.fix import fix_by
from bot.cards.lint import Report

FILES_SHOWN = 3
"""Files whose first rows are shown, where examples are asked for."""


def dataset_desk(folder: Path, declared: Declared, given: Mapping[str, str], examples: int) -> Desk:
    """Read the data of a folder and open its desk; ``examples`` counts the rows shown of a file.

    Raises AnswerError when something given is no answer about a dataset.
    """
    only_known(given, answers(ANSWERS), "dataset")
    said = Answers({**({"license": declared.license} if declared.license else {}), **given})
    for key, text in said.given.items():
        value_of(answers(ANSWERS)[key], text)
    data = read_data(folder)
    rows = [
        row
        for table in data.tables[:FILES_SHOWN]
        for row in (first_rows(folder, table.file, examples) if examples and table.rows else ())
    ]
    name = (declared.model_id or folder.resolve().name).rsplit("/", 1)[-1]

    def write(existing: str | None, pictures: bool = False) -> Card:
        return render_dataset_card(data, said, existing, name=name, examples=rows)

    def check(text: str) -> Report:
        return lint_dataset(text, data, said, has_file(folder))

    return Desk(
        data.facts,
        data.unreadable,
        write,
        check,
        lambda text: fix_by(text, check, lambda one: write(one).text),
        lambda text: dataset_questions(data, said, text),
    )
