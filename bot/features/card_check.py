"""Check the cards that a pull request touches, with the lines marked in the shared check run."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from pydantic import Field

from bot.actions import Action, Annotation
from bot.cards.card import CARD
from bot.cards.dataset.lint import lint_dataset
from bot.cards.declared import Declared
from bot.cards.front_matter import split
from bot.cards.lint import Beside, Report, lint_against
from bot.config import Section
from bot.documents import DocumentError
from bot.errors import UserError
from bot.events import Event
from bot.feature import Feature
from bot.features.checks.verdict import Level, Verdict, first_notes, note, reported
from bot.features.model_card.fetching import SOUGHT, FetchesModels, facts_of, fetch_model, meanwhile_on_disk
from bot.reads import Brought, ChangedFile
from bot.rendering import render

PART = "Cards"
"""What the part is called in the shared check run."""

MAX_CARDS = 5
"""Cards of one pull request that are checked; each takes a few requests."""
_BESIDE_THE_CARD = tuple(reader for reader in SOUGHT if reader.pattern != CARD)
"""What is fetched besides the card, which is known by then."""
SHOWN = 10
"""Findings of one card that the summary lists; the check run marks the lines."""
_KEYS = frozenset(
    ("base_model", "datasets", "library_name", "license", "licence", "model-index", "pipeline_tag")
)
"""What the metadata of a model card has; a README without any of it is none."""
_OF_A_SPACE = "sdk"
"""What the metadata of a Space has, which is no model. Source: hub-docs, spaces-config-reference.md."""
_DATASET_KEYS = frozenset(
    (
        "annotations_creators",
        "configs",
        "dataset_info",
        "size_categories",
        "source_datasets",
        "task_categories",
    )
)
"""What only the metadata of a dataset card has."""


class CardCheckSection(Section):
    """Check the model and dataset cards that a pull request touches."""

    level: Level = Field(
        default="warn", description="`off`, `warn`, or `required`: the check run then fails with an error."
    )


class Reads(FetchesModels, Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
        """Give the bytes of every file at a commit by its path."""


@dataclass(frozen=True)
class Checked:
    """A card and what was found in it; ``reason`` says in Markdown why no files could be looked at."""

    path: str
    report: Report
    reason: str | None = None


feature = Feature[CardCheckSection, Reads]("card-check", CardCheckSection)


@feature.on("pull_request", "opened", "reopened", "synchronize", also_own=True)
async def pull_request_changed(event: Event, section: CardCheckSection, reads: Reads) -> Sequence[Action]:
    """Check each card among the changed files as it is at the newest commit."""
    pull = event.payload.pull_request
    if pull is None or section.level == "off":
        return []
    repository = event.repository.full_name
    files = await reads.changed_files(repository, pull.number)
    paths = cards_touched(files)
    if not paths:
        return []
    found = [await _checked(repository, path, pull.head.sha, reads) for path in paths[:MAX_CARDS]]
    checked = [one for one in found if one is not None]
    if not checked:
        return []
    verdict = judged(checked, len(paths) - MAX_CARDS)
    return [reported(repository, pull.head.sha, PART, section.level, verdict)]


def cards_touched(files: Collection[ChangedFile]) -> list[str]:
    """List the READMEs that are there after the change and have another content than before."""
    return sorted(
        file.path
        for file in files
        if PurePosixPath(file.path).name == CARD
        and file.status != "removed"
        and (file.status != "renamed" or file.additions + file.deletions > 0)
        and _may_be_card(file)
    )


def _may_be_card(file: ChangedFile) -> bool:
    """Tell whether a README can have metadata; of a new one the patch shows how it begins."""
    if file.status != "added" or file.patch is None:
        return True
    first = next((line for line in file.patch.split("\n")[1:] if line.strip("+ \t\r\ufeff")), "")
    return first.lstrip("+ \ufeff").startswith("---")


def kind_of_card(text: str) -> Literal["model", "dataset"] | None:
    """Tell by its metadata whether a README is a card, and of what; broken metadata counts as a model's."""
    try:
        keys = split(text).data.keys()
    except DocumentError:
        return "model"
    if _OF_A_SPACE in keys:
        return None
    if _DATASET_KEYS & keys:
        return "dataset"
    return "model" if _KEYS & keys else None


def judged(checked: Sequence[Checked], left_out: int = 0) -> Verdict:
    """Tell what was found in all cards, and mark the lines, those with errors first."""
    in_order = sorted(
        ((one.path, finding) for one in checked for finding in one.report.findings),
        key=lambda found: (found[1].severity != "error", found[0], found[1].line),
    )
    notes: list[Annotation] = [note(path, found.line, found.message) for path, found in in_order]
    summary = render(
        "checks/parts/model_cards.md.j2", checked=checked, shown=SHOWN, left_out=max(0, left_out)
    )
    return Verdict(not any(one.report.errors for one in checked), summary, first_notes(notes))


async def _checked(repository: str, path: str, commit: str, reads: Reads) -> Checked | None:
    """Check one card against the files of its folder, or for itself where those cannot be fetched."""
    text = await reads.text_file(repository, path, commit)
    kind = None if text is None else kind_of_card(text)
    if text is None or kind is None:
        return None
    folder = PurePosixPath(path).parent.as_posix()
    if kind == "dataset":
        below = _paths_below(folder, await reads.file_sizes(repository, commit))
        return Checked(path, await asyncio.to_thread(lint_dataset, text, has_file=below.__contains__))
    card = text

    def check(local: Path, brought: Brought) -> Report:
        (local / CARD).write_text(card, encoding="utf-8")
        reading = facts_of(local, brought.left_out)
        has_file = None if brought.paths is None else (brought.paths | {"."}).__contains__
        return lint_against(card, Beside(reading, Declared(), has_file, is_whole=not brought.left_out))

    try:
        report = await meanwhile_on_disk(
            lambda local: fetch_model(repository, folder, commit, local, reads, _BESIDE_THE_CARD), check
        )
    except UserError as error:
        known = Beside(None, Declared())
        return Checked(path, await asyncio.to_thread(lint_against, text, known), str(error))
    return Checked(path, report)


def _paths_below(folder: str, paths: Collection[str]) -> frozenset[str]:
    """List the files and folders below a folder, by their paths counted from there."""
    start = "" if folder in ("", ".") else f"{folder}/"
    files = [path.removeprefix(start) for path in paths if path.startswith(start)]
    folders = {parent.as_posix() for path in files for parent in PurePosixPath(path).parents}
    return frozenset(files) | folders
