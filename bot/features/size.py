"""Label pull requests by how many lines people have to read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field

from bot.actions import Action, AddLabels, RemoveLabels
from bot.config import Section
from bot.errors import UnusableFileError
from bot.events import Event, PullRequest, Thread
from bot.feature import Feature
from bot.reads import ChangedFile
from bot.triage.attributes import ATTRIBUTES_NAME, Attributes, read_attributes
from bot.triage.size import default_sizes, size_of


def _usable(labels: dict[str, int]) -> dict[str, int]:
    if len({lines for lines in labels.values() if lines >= 0}) != len(labels):
        raise ValueError("each label needs a number of lines of its own, from 0 on")
    return labels


class SizeSection(Section):
    """Label pull requests by their size; labels the repository does not have are left out."""

    labels: Annotated[dict[str, int], AfterValidator(_usable)] = Field(
        default={f"size/{name}": lines for name, lines in default_sizes().items()},
        description="For each label, the number of changed lines from which on it is used.",
    )


class Reads(Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def kept_file(self, repository: str, path: str) -> str | None:
        """Read a text file of the default branch, at most five minutes old."""

    async def own_labels(self, thread: Thread) -> frozenset[str]:
        """List the labels the bot has added to a thread and not taken away itself."""


feature = Feature[SizeSection, Reads]("size", SizeSection)


@feature.on("pull_request", "opened", "reopened", "synchronize")
async def pull_request_changed(event: Event, section: SizeSection, reads: Reads) -> Sequence[Action]:
    """Put the label of its size in the place of the one before, unless a person chose another."""
    pull = event.payload.pull_request
    if pull is None or not section.labels:
        return []
    there = {label.name.casefold() for label in pull.labels}
    sizes = {label.casefold() for label in section.labels}
    own = {label.casefold() for label in await reads.own_labels(event.thread)}
    if there & sizes - own:
        return []
    files = await reads.changed_files(event.thread.repository, pull.number)
    attributes = await _attributes(event.thread.repository, reads)
    lines, left_out = await asyncio.to_thread(lines_to_read, pull, files, attributes)
    label = size_of(lines, section.labels)
    reason = f"{lines} lines to read" + (f", {left_out} generated or vendored left out" if left_out else "")
    actions: list[Action] = []
    if label.casefold() not in there:
        actions.append(AddLabels(thread=event.thread, labels=(label,), reason=reason))
    others = tuple(other for other in section.labels if other != label and other.casefold() in own)
    if others:
        actions.append(RemoveLabels(thread=event.thread, labels=others, reason=reason))
    return actions


def lines_to_read(pull: PullRequest, files: Sequence[ChangedFile], attributes: Attributes) -> tuple[int, int]:
    """Count the changed lines that people wrote, and those in files they did not write.

    The total is the pull request's own, for beyond some 20,000 lines GitHub lists files without counts.
    """
    left_out = sum(
        file.additions + file.deletions for file in files if attributes.why_left_out(file.path) is not None
    )
    return max(0, pull.additions + pull.deletions - left_out), left_out


async def _attributes(repository: str, reads: Reads) -> Attributes:
    try:
        text = await reads.kept_file(repository, ATTRIBUTES_NAME)
    except UnusableFileError:
        text = None
    return await asyncio.to_thread(_read, text or "")


@lru_cache(maxsize=64)
def _read(text: str) -> Attributes:
    return read_attributes({ATTRIBUTES_NAME: text})
