"""Check a dataset card: what is wrong with it, where, and how complete it is; ask for what it lacks."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards.answers import answers
from bot.cards.dataset.card import ANSWERS, Answers
from bot.cards.dataset.reading import Data
from bot.cards.dataset.rules import SHARED, against_data, of_card
from bot.cards.front_matter import split
from bot.cards.lint import Part, Report, broken, in_order
from bot.cards.outline import Outline, outline
from bot.cards.questions import Question
from bot.documents import DocumentError


def lint_dataset(
    card_text: str,
    data: Data | None = None,
    said: Answers | None = None,
    has_file: Callable[[str], bool] | None = None,
) -> Report:
    """Check a card; with its ``data``, the numbers it gives are held against that as well."""
    card_text = card_text.replace("\r\n", "\n")
    try:
        parts = split(card_text)
    except DocumentError as error:
        return broken(error, tuple(Part(name, points, False) for name, points, _ in _PARTS))
    card = outline(parts, has_file=has_file)
    findings = [finding for rule in SHARED for finding in rule(card)] + list(of_card(card))
    if data is not None:
        findings += against_data(card_text, card, data, said or Answers())
    return Report(in_order(findings), tuple(Part(name, points, has(card)) for name, points, has in _PARTS))


def dataset_questions(data: Data, said: Answers, card_text: str) -> tuple[Question, ...]:
    """List what neither the data, nor its description, nor the people, nor the card have said yet.

    Raises DocumentError when the front matter of the card is broken.
    """
    metadata = split(card_text).data
    reached = {part.name for part in lint_dataset(card_text).parts if part.reached}
    return tuple(
        Question(answer.key, answer.question)
        for answer in answers(ANSWERS).values()
        if answer.question
        and answer.key not in said.given
        and answer.key not in data.described
        and answer.key not in reached
        and not (answer.metadata and metadata.get(answer.metadata))
    )


def _has(key: str) -> Callable[[Outline], bool]:
    return lambda card: bool(card.data.get(key))


def _section(name: str) -> Callable[[Outline], bool]:
    return lambda card: card.has_section(name)


_PARTS: tuple[tuple[str, int, Callable[[Outline], bool]], ...] = (
    ("license", 15, _has("license")),
    ("task-categories", 10, _has("task_categories")),
    ("language", 5, _has("language")),
    ("size", 5, _has("size_categories")),
    ("description", 15, lambda card: card.is_described),
    ("intended-use", 10, _section("uses")),
    ("structure", 10, _section("structure")),
    ("source-data", 10, _section("source")),
    ("personal-information", 10, _section("personal")),
    ("limitations", 10, _section("limitations")),
)
"""The parts of the score; their points add up to 100."""
