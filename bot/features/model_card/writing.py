"""Write the card of a model's folder at a commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.cards.answers import AnswerError, answered
from bot.cards.blocks import Conflict
from bot.cards.card import CARD, Card, as_it_is
from bot.cards.custom_template import TemplateError, arranged_by
from bot.cards.declared import Declared
from bot.cards.facts import Unreadable
from bot.cards.fix import written_again
from bot.cards.questions import Question, questions
from bot.documents import DocumentError
from bot.errors import UserError
from bot.features.model_card.fetching import (
    FetchesModels,
    broken_metadata,
    existing_card,
    facts_of,
    fetch_model,
    meanwhile_on_disk,
)
from bot.reads import Brought
from bot.rendering import code, render


@dataclass(frozen=True)
class Order:
    """What is to be written: the folder, what is declared beside it, people's answers and their template.

    ``pictures`` says whether pictures can be put beside the card.
    """

    folder: str
    declared: Declared
    answers: Mapping[str, str]
    template: str | None = None
    pictures: bool = True


@dataclass(frozen=True)
class Written:
    """A card, what it still lacks, and the files that should have had facts but could not be read.

    ``existing`` is the card as it was, where there was one.
    """

    card: Card
    questions: tuple[Question, ...]
    unreadable: tuple[Unreadable, ...]
    existing: str | None = None

    @property
    def open_conflicts(self) -> tuple[Conflict, ...]:
        """List the parts that people edited and that the files say something else about."""
        return tuple(conflict for conflict in self.card.conflicts if conflict.is_open)


async def write_card(repository: str, commit: str, order: Order, reads: FetchesModels) -> Written:
    """Fetch what a card is made from, and write it.

    Raises:
        UserError: people have to put something right first.
    """
    try:
        declared = answered(order.declared, order.answers)
    except AnswerError as error:
        raise UserError(str(error)) from error

    def write(local: Path, brought: Brought) -> Written:
        return _written(local, order, declared, brought.left_out)

    try:
        return await meanwhile_on_disk(
            lambda local: fetch_model(repository, order.folder, commit, local, reads), write
        )
    except DocumentError as error:
        raise broken_metadata(error, order.folder, "model-card") from error
    except TemplateError as error:
        raise UserError(
            f"The card's template on the default branch cannot be used: {code(error)}. Fix it, "
            "then comment `/model-card` again."
        ) from error


def _written(local: Path, order: Order, declared: Declared, left_out: Mapping[str, str]) -> Written:
    if CARD in left_out:  # to write another one would be to lose it
        raise UserError(
            f"I cannot read the {CARD} in {code(order.folder)}: {left_out[CARD]}. Put that right, "
            "then comment `/model-card` again."
        )
    reading = facts_of(local, left_out)
    # What the card itself says is nothing to make a card from, nor is a licence alone.
    if not reading.is_of_a_model:
        raise UserError(
            render("comments/model_card_nothing.md.j2", folder=order.folder, unreadable=reading.unreadable)
        )
    existing = existing_card(local / CARD, order.folder, "model-card")
    arrange = as_it_is if order.template is None else arranged_by(order.template)
    card = written_again(reading, declared, existing, pictures=order.pictures, arrange=arrange)
    return Written(card, questions(reading, declared, card.text), reading.unreadable, existing)
