"""Label pull requests by paths, title, body and branch, and by the repository's `.github/labeler.yml`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import Field

from bot.actions import Action, AddLabels, Remember, RemoveLabels
from bot.config import Section
from bot.errors import UnusableFileError
from bot.events import Event, PullRequest, Thread
from bot.feature import Feature
from bot.features.labels.labeler_file import (
    LABELER_PATHS,
    LabelerFile,
    find_labeler_file,
    report,
    understood,
)
from bot.features.labels.rules import Choice, PathRules, WordRules, by_paths, by_words, default_paths
from bot.reads import ChangedFile
from bot.triage.labeler import Pull, labels_for

TOLD = "labeler"
"""Key under which the feature remembers which mistakes of the file it told."""


class LabelsSection(Section):
    """Label pull requests; labels the repository does not have are left out."""

    labeler: bool = Field(
        default=True, description="Whether an existing `.github/labeler.yml` of actions/labeler is applied."
    )
    labeler_path: str | None = Field(
        default=None, description="Where that file is, when it is not `.github/labeler.yml` (or `.yaml`)."
    )
    sync_labels: bool | None = Field(
        default=None,
        description="Whether labels of that file are taken back when they no longer fit; unless said here, "
        "what the workflow says with `sync-labels`.",
    )
    paths: PathRules | None = Field(
        default=None,
        description="For each label, the paths it stands for, written as in `.gitignore`; "
        "unless said, a few of the house's own where there is no `labeler.yml`.",
    )
    title: WordRules = Field(
        default={}, description="For each label, regular expressions of which one fits in the title."
    )
    body: WordRules = Field(
        default={}, description="For each label, regular expressions of which one fits in the description."
    )
    branch: WordRules = Field(
        default={}, description="For each label, regular expressions of which one fits in the branch's name."
    )


class Reads(Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def kept_file(self, repository: str, path: str) -> str | None:
        """Read a text file of the default branch, at most five minutes old."""

    async def kept_names(self, repository: str, folder: str) -> frozenset[str]:
        """List the names in a folder of the default branch, at most five minutes old."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread or, with number 0, about a repository, by key."""


feature = Feature[LabelsSection, Reads]("labels", LabelsSection)


@feature.on("pull_request", "opened", "reopened", "synchronize")
async def pull_request_changed(event: Event, section: LabelsSection, reads: Reads) -> Sequence[Action]:
    """Add the labels that fit, and take back the bot's own that no longer do."""
    pull = event.payload.pull_request
    if pull is None:
        return []
    repository = event.thread.repository
    files = await reads.changed_files(repository, pull.number)
    labeler = None
    if section.labeler:
        labeler = await find_labeler_file(repository, section.labeler_path, reads)
    choice = await asyncio.to_thread(decide, pull, files, section, labeler)
    return [
        *_changes(event, pull, choice),
        *await _about_the_file(event, pull, files, section, labeler, reads),
    ]


@feature.on("pull_request", "edited")
async def pull_request_edited(event: Event, section: LabelsSection, reads: Reads) -> Sequence[Action]:
    """Look at the words again when they change, and at everything when the pull request goes elsewhere."""
    pull, changes = event.payload.pull_request, event.payload.changes
    if pull is None or changes is None:
        return []
    if changes.base is not None:
        return await pull_request_changed(event, section, reads)
    if not (section.title or section.body) or (changes.title is None and changes.body is None):
        return []
    choice = await asyncio.to_thread(_by_words, pull, section)
    if choice.unwanted:
        # Whether a label also fits by the files is not known here, so that is left to the next commit.
        by_files = await _labels_by_files(event, section, reads)
        choice.unwanted = {name: None for name in choice.unwanted if name.casefold() not in by_files}
    return _changes(event, pull, choice)


@feature.on("push")
async def pushed(event: Event, section: LabelsSection, reads: Reads) -> Sequence[Action]:
    """Report on a changed `labeler.yml` that counts from now on."""
    commit = event.payload.after
    if commit is None or not section.labeler or not event.payload.commits:
        return []
    paths = [path for path in _labeler_paths(section) if event.may_change(path)]
    repository = event.repository.full_name
    for path in paths:
        file = await _at(repository, path, commit, reads)
        if file is not None:
            return [report(repository, commit, file), _told(event, file)]
    return []


async def _labels_by_files(event: Event, section: LabelsSection, reads: Reads) -> set[str]:
    """List the labels that rules about changed files may call for, in lower case."""
    named = set(section.paths if section.paths is not None else default_paths())
    if section.labeler:
        labeler = await find_labeler_file(event.thread.repository, section.labeler_path, reads)
        if labeler is not None and labeler.rules is not None:
            named |= {rule.label for rule in labeler.rules.rules}
    return {name.casefold() for name in named}


def decide(
    pull: PullRequest, files: Sequence[ChangedFile], section: LabelsSection, labeler: LabelerFile | None
) -> Choice:
    """Decide about every label that any rule names."""
    choice = Choice()
    if labeler is not None and labeler.rules is not None:
        looked_at = Pull(
            paths=tuple(file.path for file in files),
            base=pull.base.ref,
            head=pull.head.ref,
            labels=frozenset(label.name for label in pull.labels),
        )
        plan = labels_for(labeler.rules, looked_at, dot=labeler.inputs.dot)
        for label in plan.wanted:
            choice.want(label, plan.reasons[label])
        sync = labeler.inputs.sync_labels if section.sync_labels is None else section.sync_labels
        choice.refuse(plan.unwanted if sync else ())
    paths = section.paths
    if paths is None and labeler is None:
        paths = dict(default_paths())
    by_paths(choice, paths or {}, (file.path for file in files))
    return _by_words(pull, section, choice)


def _by_words(pull: PullRequest, section: LabelsSection, choice: Choice | None = None) -> Choice:
    choice = choice or Choice()
    by_words(choice, section.title, pull.title, "title")
    by_words(choice, section.body, pull.body, "description")
    by_words(choice, section.branch, pull.head.ref, "branch")
    return choice


def _changes(event: Event, pull: PullRequest, choice: Choice) -> list[Action]:
    """Add what fits and is not there, and take back what does not fit any more."""
    there = {label.name.casefold() for label in pull.labels}
    new = tuple(label for label in choice.to_add if label.casefold() not in there)
    actions: list[Action] = []
    if new:
        actions.append(AddLabels(thread=event.thread, labels=new, reason=choice.why(new)))
    if choice.to_remove and event.action != "opened":
        reason = "no rule calls for it any more"
        actions.append(RemoveLabels(thread=event.thread, labels=choice.to_remove, reason=reason))
    return actions


async def _about_the_file(
    event: Event,
    pull: PullRequest,
    files: Sequence[ChangedFile],
    section: LabelsSection,
    labeler: LabelerFile | None,
    reads: Reads,
) -> list[Action]:
    """Report on the file when the pull request changes it, and once when it was broken all along."""
    if not section.labeler:
        return []
    repository = event.thread.repository
    known = {*_labeler_paths(section), *([labeler.path] if labeler else [])}
    changed = next((file.path for file in files if file.path in known and file.status != "removed"), None)
    if changed is not None:
        proposed = await _at(repository, changed, pull.head.sha, reads)
        return [report(repository, pull.head.sha, proposed)] if proposed else []
    if labeler is None or not labeler.problems:
        return []
    kept = await reads.recall(event.place, feature.name)
    if kept.get(TOLD, {}).get("told") == labeler.digest:
        return []
    return [report(repository, pull.head.sha, labeler), _told(event, labeler)]


def _labeler_paths(section: LabelsSection) -> tuple[str, ...]:
    return (section.labeler_path,) if section.labeler_path else LABELER_PATHS


async def _at(repository: str, path: str, commit: str, reads: Reads) -> LabelerFile | None:
    try:
        text = await reads.text_file(repository, path, commit)
    except UnusableFileError:
        return None
    return None if text is None else await asyncio.to_thread(understood, path, text)


def _told(event: Event, file: LabelerFile) -> Remember:
    value = {"told": file.digest} if file.problems else None
    return Remember(thread=event.place, key=TOLD, value=value, reason="mistakes are told once")
