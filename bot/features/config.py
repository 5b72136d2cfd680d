"""Check a change to ``.github/giveback.yml``, and mark every mistake at its line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from bot.actions import Action, Annotation, ReportCheck
from bot.config import CONFIG_PATH, ConfigError, Section, annotate, load
from bot.documents import MAX_PROBLEMS
from bot.errors import UnusableFileError
from bot.events import Event
from bot.feature import Feature
from bot.reads import ChangedFile
from bot.rendering import fit, render

CHECK_NAME = "giveback / config"

SUMMARY_LIMIT = 65_535
"""Characters GitHub accepts as the summary of a check run (REST "Create a check run")."""


class ConfigSection(Section):
    """Check changes to this file, on pull requests and on the default branch."""


class Reads(Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""


feature = Feature[ConfigSection, Reads]("config", ConfigSection)


@feature.on("pull_request", "opened", "reopened", "synchronize", also_own=True)
async def pull_request_changed(event: Event, section: ConfigSection, reads: Reads) -> Sequence[Action]:
    """Report on the configuration as it would be; it counts only once it is on the default branch."""
    pull = event.payload.pull_request
    if pull is None:
        return []
    files = await reads.changed_files(event.thread.repository, pull.number)
    if not any(file.path == CONFIG_PATH and file.status != "removed" for file in files):
        return []
    return await _report(event.thread.repository, pull.head.sha, reads)


@feature.on("push")
async def pushed(event: Event, section: ConfigSection, reads: Reads) -> Sequence[Action]:
    """Report on the configuration that counts from now on, for no pull request may have brought it."""
    commit = event.payload.after
    if commit is None or not event.may_change(CONFIG_PATH):
        return []
    return await _report(event.repository.full_name, commit, reads)


async def _report(repository: str, commit: str, reads: Reads) -> Sequence[Action]:
    """Report on the configuration at a commit, unless there is none."""
    try:
        text = await reads.text_file(repository, CONFIG_PATH, commit)
    except UnusableFileError as error:
        return [_failed(repository, commit, "The configuration is no text file", str(error))]
    if text is None:
        return []
    # A stranger's file may take seconds to read; the other deliveries shall not wait for it.
    return [await asyncio.to_thread(check, repository, commit, text)]


def check(repository: str, commit: str, text: str) -> ReportCheck:
    """Judge a configuration on its own, without the owner's: that one is checked where it stands."""
    from bot.features import sections  # the list of sections includes this feature's

    try:
        load(text, None, sections())
    except ConfigError as error:
        summary = render("comments/config_broken.md.j2", path=CONFIG_PATH, problems=error.problems)
        return _failed(repository, commit, _count(len(error.problems)), summary, annotate(error.problems))
    return ReportCheck(
        repository=repository,
        commit=commit,
        name=CHECK_NAME,
        conclusion="success",
        title="The configuration is valid",
        summary=f"`{CONFIG_PATH}` counts as it stands on the default branch.",
        reason=f"{CONFIG_PATH} is valid",
    )


def _failed(
    repository: str, commit: str, title: str, summary: str, annotations: tuple[Annotation, ...] = ()
) -> ReportCheck:
    return ReportCheck(
        repository=repository,
        commit=commit,
        name=CHECK_NAME,
        conclusion="failure",
        title=title,
        summary=fit(summary, SUMMARY_LIMIT),
        annotations=annotations,
        reason=f"{CONFIG_PATH} has mistakes",
    )


def _count(problems: int) -> str:
    if problems > MAX_PROBLEMS:
        return f"More than {MAX_PROBLEMS} mistakes in the configuration"
    return (
        "One mistake in the configuration" if problems == 1 else f"{problems} mistakes in the configuration"
    )
