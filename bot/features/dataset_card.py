"""Write a dataset card from the data in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from pydantic import Field

from bot.actions import Action
from bot.cards.answers import AnswerError, answers, value_of
from bot.cards.card import CARD
from bot.cards.dataset.card import ANSWERS, Answers, render_dataset_card
from bot.cards.dataset.croissant import FILES as DESCRIPTIONS
from bot.cards.dataset.files import FORMATS, MAX_DEPTH
from bot.cards.dataset.lint import dataset_questions
from bot.cards.dataset.reading import read_data
from bot.commands import WRITE, Command, Parameter, ThreadKind, Topic
from bot.config import Section
from bot.documents import DocumentError
from bot.errors import UserError
from bot.feature import Call, Feature
from bot.features.model_card.delivery import Delivery, deliver
from bot.features.model_card.fetching import (
    SIZE_LIMIT,
    Fetches,
    broken_metadata,
    existing_card,
    meanwhile_on_disk,
)
from bot.features.model_card.target import Reads as TargetReads
from bot.features.model_card.target import choose_target, open_pull_request
from bot.features.model_card.writing import Written
from bot.reads import ChangedFile
from bot.rendering import code, listed

WANTED = (
    CARD,
    *DESCRIPTIONS,
    *(f"{'*/' * depth}*{ending}" for depth in range(MAX_DEPTH) for ending in FORMATS),
)
"""Names of the files a card is made from."""


class DatasetCardSection(Section):
    """Write dataset cards when asked to."""

    folder: str | None = Field(
        default=None, description="The dataset's folder, when a pull request does not make it plain."
    )


class Reads(Fetches, TargetReads, Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""


feature = Feature[DatasetCardSection, Reads]("dataset-card", DatasetCardSection)


@feature.command(
    Command(
        name="dataset-card",
        usage='/dataset-card [set KEY="TEXT" ...] [path=FOLDER]',
        description="Writes the dataset card from the data in a folder; what people wrote stays.",
        who=WRITE,
        example='/dataset-card set source-data="Photos our rangers took." path=data/birds',
        parameters=(
            Parameter("set", "Answer questions about the data, each as `KEY=TEXT`.", choices=("set",)),
            Parameter("path", "The dataset's folder in the repository.", option=True),
            *(Parameter(key, answer.description, option=True) for key, answer in answers(ANSWERS).items()),
        ),
        topic=Topic.MODELS,
    )
)
async def card_asked(call: Call, section: DatasetCardSection, reads: Reads) -> Sequence[Action]:
    """Count what the folder holds, and bring the card where the model card's command would bring one."""
    given = {key: value for key, value in call.invocation.options.items() if key != "path"}
    if call.invocation.arguments and not given:
        keys = listed([code(key) for key in answers(ANSWERS)], "or")
        raise UserError(f'Say what to set: `/dataset-card set KEY="TEXT"`, where KEY is {keys}.')
    asked_on = await open_pull_request(call, reads)
    folder = call.invocation.options.get("path") or await _folder(call, section, reads)
    folder = PurePosixPath(folder).as_posix().strip("/")
    repository, default = call.thread.repository, call.event.repository.default_branch
    branch = f"giveback/dataset-card-{call.thread.number}"
    into = await choose_target(repository, default, branch, asked_on, reads)
    written = await _write(repository, folder, into.commit, given, reads)
    changed = await reads.changed_files(repository, call.thread.number) if into.is_foreign else ()
    return deliver(Delivery(call, "dataset-card", folder, written), into, changed)


def folders_with_data(paths: Iterable[str]) -> list[str]:
    """List the folders that data files stand in, those inside another one of them left out."""
    found = sorted(
        {PurePosixPath(path).parent for path in paths if PurePosixPath(path).suffix.lower() in FORMATS},
        key=lambda folder: len(folder.parts),
    )
    outer: list[PurePosixPath] = []
    for folder in found:
        if not any(one in folder.parents for one in outer):
            outer.append(folder)
    return sorted(folder.as_posix() for folder in outer)


async def _folder(call: Call, section: DatasetCardSection, reads: Reads) -> str:
    """Find the data from what the pull request changes, else from the configuration."""
    found = []
    if call.kind is ThreadKind.PULL_REQUEST:
        files = await reads.changed_files(call.thread.repository, call.thread.number)
        found = folders_with_data(file.path for file in files if file.status != "removed")
    if len(found) > 1:
        choices = listed([code(folder) for folder in found[:10]], "or")
        raise UserError(f"More than one folder here holds data: {choices}. Say which with `path=`.")
    folder = found[0] if found else section.folder
    if folder is None:
        raise UserError("I see no data here. Say where it is: `/dataset-card path=FOLDER`.")
    return folder


async def _write(repository: str, folder: str, commit: str, given: dict[str, str], reads: Reads) -> Written:
    said = Answers(given)
    try:
        for key, text in given.items():
            value_of(answers(ANSWERS)[key], text)
    except AnswerError as error:
        raise UserError(str(error)) from error

    async def fetch(local: Path) -> None:
        await reads.fetch_folder(repository, folder, commit, local, size_limit=SIZE_LIMIT, names=WANTED)

    def write(local: Path, _: None) -> Written:
        data = read_data(local)
        if not data.tables:
            formats = listed([code(f"*{ending}") for ending in FORMATS], "or")
            raise UserError(f"I found no data in {code(folder)} that I can count: no {formats}.")
        name = PurePosixPath(folder).name or repository.rpartition("/")[2]
        existing = existing_card(local / CARD, folder, "dataset-card")
        card = render_dataset_card(data, said, existing, name=name)
        return Written(card, dataset_questions(data, said, card.text), data.unreadable, existing)

    try:
        return await meanwhile_on_disk(fetch, write)
    except DocumentError as error:
        raise broken_metadata(error, folder, "dataset-card") from error
