"""Find out whether a folder holds a model or a dataset, and open its desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from bot.cards.answers import answered, answers
from bot.cards.card import Arrange, as_it_is
from bot.cards.dataset.files import find_data
from bot.cards.declared import Declared
from bot.cards.desk import Desk, model_desk, only_known
from bot.cards.facts import Fact, Reading
from bot.cards.reading import read_facts

Kind = Literal["model", "dataset"]


def open_desk(
    folder: Path,
    declared: Declared,
    given: Mapping[str, str],
    *,
    kind: Kind | None = None,
    arrange: Arrange = as_it_is,
    examples: int = 0,
    tracked: tuple[Fact, ...] = (),
) -> Desk:
    """Read a folder, and find out what it holds unless the ``kind`` is said.

    Of a dataset the first rows of files are shown when ``examples`` are asked for; a model's card is also
    made from what a server ``tracked``. Raises AnswerError when
    something given is no answer about what the folder holds.
    """
    reading = read_facts(folder) if kind != "dataset" else Reading()
    has_log = bool(reading.all("training_log"))
    # Both would tell of the same steps twice.
    further = tuple(fact for fact in tracked if not (has_log and fact.name == "training_log"))
    reading = replace(reading, facts=reading.facts + further)
    if kind is None:
        kind = "dataset" if not reading.is_of_a_model and find_data(folder).files else "model"
    if kind == "dataset":
        # What reads tables takes a third of a second to load, and most folders hold models.
        from bot.cards.dataset.desk import dataset_desk

        return dataset_desk(folder, declared, given, examples)
    only_known(given, answers(), "model")
    return model_desk(folder, reading, answered(declared, given), arrange)
