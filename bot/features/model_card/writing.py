"""Write the card of a folder at a commit, from what is fetched of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.cards.answers import AnswerError, answered
from bot.cards.blocks import Conflict
from bot.cards.card import CARD, Card, as_it_is
from bot.cards.custom_template import TemplateError, arranged_by
from bot.cards.declared import Declared
from bot.cards.facts import Unreadable
from bot.cards.fix import written_again
from bot.cards.questions import Question, questions
from bot.cards.readers import READERS
from bot.cards.reading import read_facts
from bot.documents import DocumentError
from bot.errors import UserError
from bot.rendering import code, render

CARD_LIMIT = 1_000_000
"""Bytes of a card that is already there and is written again."""

SIZE_LIMIT = 500_000_000
"""Bytes of the files a card is made from, of large files in Git LFS only the beginning."""

WANTED = (CARD, *(reader.pattern for reader in READERS if not reader.is_large))
"""Names of the files a card is made from; what else a folder holds is not fetched."""

_AGAIN = "then comment `/model-card` again."


class Fetches(Protocol):
    """What brings files to disk."""

    async def fetch_folder(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        """Bring a folder at a commit to disk, or only its files of these names."""


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
    """A card, what it still lacks, and the files that should have had facts but could not be read."""

    card: Card
    questions: tuple[Question, ...]
    unreadable: tuple[Unreadable, ...]

    @property
    def open_conflicts(self) -> tuple[Conflict, ...]:
        """List the parts that people edited and that the files say something else about."""
        return tuple(conflict for conflict in self.card.conflicts if conflict.is_open)


async def write_card(repository: str, commit: str, order: Order, reads: Fetches) -> Written:
    """Fetch what a card is made from, and write it.

    Raises:
        UserError: people have to put something right first.
    """
    try:
        declared = answered(order.declared, order.answers)
    except AnswerError as error:
        raise UserError(str(error)) from error
    with tempfile.TemporaryDirectory(prefix="giveback-card-") as place:
        local = Path(place)
        await reads.fetch_folder(repository, order.folder, commit, local, size_limit=SIZE_LIMIT, names=WANTED)
        try:
            return await asyncio.to_thread(_written, local, order, declared)
        except DocumentError as error:
            first = error.problems[0]
            raise UserError(
                f"The card in {code(order.folder)} has broken metadata at line {first.line}: "
                f"{code(first.message)}. Fix it, {_AGAIN}"
            ) from error
        except TemplateError as error:
            raise UserError(
                f"The card's template on the default branch cannot be used: {code(error)}. Fix it, {_AGAIN}"
            ) from error


def _written(local: Path, order: Order, declared: Declared) -> Written:
    reading = read_facts(local)
    # What the card itself says is nothing to make a card from, nor is a licence alone.
    if not reading.is_of_a_model:
        raise UserError(
            render("comments/model_card_nothing.md.j2", folder=order.folder, unreadable=reading.unreadable)
        )
    existing = existing_card(local / CARD, order.folder, "model-card")
    arrange = as_it_is if order.template is None else arranged_by(order.template)
    card = written_again(reading, declared, existing, pictures=order.pictures, arrange=arrange)
    return Written(card, questions(reading, declared, card.text), reading.unreadable)


def existing_card(path: Path, folder: str, command: str) -> str | None:
    """Read the card that people have written so far: all of it or nothing, for what is lost is lost."""
    if not path.is_file():
        return None
    if path.stat().st_size > CARD_LIMIT:
        raise UserError(
            f"The {CARD} in {code(folder)} is larger than 1 MB. Shorten it, then comment `/{command}` again."
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The {CARD} in {code(folder)} is not UTF-8 text. Save it as UTF-8, "
            f"then comment `/{command}` again."
        ) from error
