"""Check what a pull request changes, and show it in the one check run that all features share.

A part is a pure function from a :class:`Change` to a :class:`Verdict`, one module each. A feature that has a
part of its own reports it from its own handler, with :func:`bot.features.checks.verdict.reported`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.actions import Action, SetTimer
from bot.events import Event, PullRequest
from bot.feature import Feature
from bot.features.checks import (
    conflicts,
    large_files,
    licence_headers,
    linked_issue,
    notebooks,
    secrets,
    sign_off,
    touched,
)
from bot.features.checks.change import Change
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Level, Verdict, reported
from bot.reads import ChangedFile, LinkedIssue, PullCommit
from bot.rendering import render

MERGEABLE, MERGEABLE_AFTER = "mergeable", 60.0
"""The timer after which GitHub has worked out whether a new commit can be merged, and its seconds."""

CHECK_NAME = "giveback"
"""What the check run is called, on which people ask for it again."""


@dataclass(frozen=True)
class Part:
    """A part: its name in the check run, how it is judged, and whether it looks at the files."""

    title: str
    judge: Callable[[Change, ChecksSection], Verdict]
    looks_at_files: bool = True


PARTS: Mapping[str, Part] = {
    "secrets": Part("Secrets", secrets.judge),
    "large_files": Part("Large files", large_files.judge),
    "conflicts": Part("Conflicts", conflicts.judge),
    "notebook_outputs": Part("Notebook outputs", notebooks.judge),
    "linked_issue": Part("Linked issue", linked_issue.judge, looks_at_files=False),
    "sign_off": Part("Sign-off", sign_off.judge, looks_at_files=False),
    "tests": Part("Tests", touched.judge_tests),
    "documentation": Part("Documentation", touched.judge_documentation),
    "licence_headers": Part("Licence headers", licence_headers.judge),
}
"""The parts, by their keys in the configuration."""


class Reads(Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def commits_of(self, repository: str, number: int) -> tuple[PullCommit, ...]:
        """List a pull request's commits, oldest first."""

    async def closing_issues(self, repository: str, number: int) -> tuple[LinkedIssue, ...]:
        """List the issues a pull request closes."""

    async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
        """Give the bytes of every file at a commit by its path."""

    async def open_pull_at(self, repository: str, commit: str) -> int | None:
        """Find the open pull request whose newest commit this is."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as GitHub has it now."""

    async def reported_parts(self, repository: str, commit: str) -> frozenset[str]:
        """List the parts of the shared check run that were reported on a commit."""


feature = Feature[ChecksSection, Reads]("checks", ChecksSection)


@feature.on("pull_request", "opened", "reopened", "synchronize", also_own=True)
async def pull_request_changed(event: Event, section: ChecksSection, reads: Reads) -> Sequence[Action]:
    """Look at everything, and come back for what GitHub does not know yet if it is required."""
    pull = event.payload.pull_request
    if pull is None:
        return []
    reports = await _checked(event, pull, section, reads, PARTS)
    if section.conflicts != "required" or pull.mergeable is not None:
        return reports
    due = time.time() + MERGEABLE_AFTER
    reason = "GitHub has not said yet whether it can be merged"
    return [*reports, SetTimer(thread=event.thread, name=MERGEABLE, due=due, reason=reason)]


@feature.on_timer(MERGEABLE)
async def mergeable_known(event: Event, section: ChecksSection, reads: Reads) -> Sequence[Action]:
    """Look at conflicts again, now that GitHub knows of them."""
    pull = await reads.pull_request(event.thread.repository, event.thread.number)
    if pull.state != "open" or pull.mergeable is None:
        return []
    return await _checked(event, pull, section, reads, ("conflicts",))


@feature.on("pull_request", "edited")
async def pull_request_edited(event: Event, section: ChecksSection, reads: Reads) -> Sequence[Action]:
    """Look at the words again when they change, and at everything when the pull request goes elsewhere."""
    pull, changes = event.payload.pull_request, event.payload.changes
    if pull is None or changes is None:
        return []
    if changes.base is not None:
        return await _checked(event, pull, section, reads, PARTS)
    if changes.title is None and changes.body is None:
        return []
    return await _checked(event, pull, section, reads, ("linked_issue",))


@feature.on("check_run", "rerequested")
async def run_asked_for_again(event: Event, section: ChecksSection, reads: Reads) -> Sequence[Action]:
    """Look again when somebody asks for this check run."""
    run = event.payload.check_run
    if run is None or run.name != CHECK_NAME:
        return []
    return await _again(event, run.head_sha, [one.number for one in run.pull_requests], section, reads)


@feature.on("check_suite", "rerequested")
async def suite_asked_for_again(event: Event, section: ChecksSection, reads: Reads) -> Sequence[Action]:
    """Look again when somebody asks for all of the bot's checks."""
    suite = event.payload.check_suite
    if suite is None:
        return []
    return await _again(event, suite.head_sha, [one.number for one in suite.pull_requests], section, reads)


async def _again(
    event: Event, commit: str, listed: Sequence[int], section: ChecksSection, reads: Reads
) -> Sequence[Action]:
    """Look at a pull request as it is now, and take back parts that were switched off meanwhile."""
    repository = event.repository.full_name
    number = listed[0] if listed else await reads.open_pull_at(repository, commit)
    if number is None:
        return []
    pull = await reads.pull_request(repository, number)
    if pull.head.sha != commit:
        return []
    again = f"{event.payload.sender.login if event.payload.sender else 'somebody'} ({event.guid})"
    known = await reads.reported_parts(repository, commit)
    off = Verdict(True, render("checks/parts/switched_off.md.j2"))
    taken_back = [
        reported(repository, commit, part.title, "warn", off, again=again)
        for key, part in PARTS.items()
        if part.title in known and _level(section, key) == "off"
    ]
    return [*await _checked(event, pull, section, reads, PARTS, again=again), *taken_back]


async def _checked(
    event: Event,
    pull: PullRequest,
    section: ChecksSection,
    reads: Reads,
    keys: Collection[str],
    again: str = "",
) -> Sequence[Action]:
    """Report on the parts that are switched on, of those named."""
    asked = {key: PARTS[key] for key in keys if _level(section, key) != "off"}
    if not asked:
        return []
    repository = event.repository.full_name
    change = await _seen(repository, pull, section, asked, reads)
    # A stranger's patches may be megabytes long; the other deliveries shall not wait for them.
    verdicts = await asyncio.to_thread(judged, change, section, asked)
    return [
        reported(repository, pull.head.sha, PARTS[key].title, _level(section, key), verdict, again=again)
        for key, verdict in verdicts.items()
    ]


def judged(change: Change, section: ChecksSection, parts: Mapping[str, Part]) -> dict[str, Verdict]:
    """Judge each part."""
    return {key: part.judge(change, section) for key, part in parts.items()}


async def _seen(
    repository: str, pull: PullRequest, section: ChecksSection, asked: Mapping[str, Part], reads: Reads
) -> Change:
    """Read what the parts need, and nothing that none of them does."""
    files: tuple[ChangedFile, ...] = ()
    if any(part.looks_at_files for part in asked.values()):
        files = await reads.changed_files(repository, pull.number)
    commits: tuple[PullCommit, ...] = ()
    if "sign_off" in asked:
        commits = await reads.commits_of(repository, pull.number)
    linked: tuple[LinkedIssue, ...] = ()
    if "linked_issue" in asked and not linked_issue.names_an_issue(pull.title, pull.body):
        linked = await reads.closing_issues(repository, pull.number)
    sizes: Mapping[str, int] = {}
    if "large_files" in asked and section.large_file_mb is not None:
        sizes = await reads.file_sizes(repository, pull.head.sha)
    return Change(pull, files, commits, linked, sizes)


def _level(section: ChecksSection, key: str) -> Level:
    level: Level = getattr(section, key)
    return level
