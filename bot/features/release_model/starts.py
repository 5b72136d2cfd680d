"""Look at what the shared rules need to know, and turn their answer into actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.actions import StartRelease
from bot.commands import Permission
from bot.errors import GoneError, UnusableFileError
from bot.events import Issue, Repository, Thread
from bot.reads import ReleaseUnderWay
from bot.release.approvals import Person
from bot.release.manifest import MANIFEST, manifest_or_problems
from bot.release.starting import Ask, Circumstances, Obstacle, Refusal, Start, may_start


class StartReads(Protocol):
    """What has to be read before a release may start."""

    async def repository(self, name: str) -> Repository:
        """Read a repository as it is now."""

    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at."""

    async def commit_of_tag(self, repository: str, tag: str) -> str:
        """Give the commit a tag stands on."""

    async def is_part_of(self, repository: str, commit: str, branch: str) -> bool:
        """Tell whether a branch has a commit."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue or pull request."""

    async def permission(self, repository: str, login: str, account: int = 0) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def may_publish(self, repository: str, hub_id: str) -> bool:
        """Tell whether the operator lets a repository publish under a name on the Hub."""

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        """Find the release that a thread asked for and that has not ended."""


@dataclass(frozen=True)
class Answer:
    """What becomes of somebody's asking, for the commit that would be released; empty when none was found."""

    verdict: Start | Refusal
    commit: str = ""


async def answer(
    ask: Ask, thread: Thread, reads: StartReads, *, tag: str = "", branch: str = "", checked: bool = False
) -> Answer:
    """Look at what the rules go by, now, and apply them.

    What is released is the head of the default branch, or with ``tag`` the commit that stands on.
    ``branch`` is the one the requester meant, where they named one. ``checked`` says that the requester was
    found to have write permission a moment ago, when they wrote on the thread.

    Raises:
        GoneError: the repository, or the tag, is not there.
        TransientError: GitHub cannot answer now.
    """
    try:
        commit, found = await _look(ask, thread, reads, tag, branch, checked)
    except UnusableFileError as error:
        return Answer(Refusal(Obstacle.MANIFEST_BROKEN, str(error)))
    return Answer(may_start(ask, found), commit)


async def _look(
    ask: Ask, thread: Thread, reads: StartReads, tag: str, branch: str, checked: bool
) -> tuple[str, Circumstances]:
    place = await reads.repository(ask.repository)
    held = Permission.WRITE if checked else await reads.permission(ask.repository, ask.requester, ask.account)
    head = await reads.branch_head(ask.repository, place.default_branch)
    commit = await reads.commit_of_tag(ask.repository, tag) if tag else head
    current = await reads.text_file(ask.repository, MANIFEST, head)
    text = current if commit == head else await reads.text_file(ask.repository, MANIFEST, commit)
    manifest, _ = manifest_or_problems(text or "")
    beside, _ = manifest_or_problems(current or "") if tag else (None, ())
    going = await reads.release_under_way(thread) if thread.number else None
    on_branch = commit == head or await reads.is_part_of(ask.repository, commit, head)
    return commit, Circumstances(
        manifest=text,
        may_write=held >= Permission.WRITE,
        private=place.private,
        may_publish=manifest is not None and await reads.may_publish(ask.repository, manifest.hub_id),
        is_current=text == current,
        is_on_default_branch=on_branch and branch in ("", place.default_branch),
        has_thread=checked or not thread.number or await _is_there(thread, reads),
        thread=str(thread),
        going=going.hub_id if going else "",
        tagged_beside=beside.version if beside else "",
    )


async def _is_there(thread: Thread, reads: StartReads) -> bool:
    try:
        found = await reads.issue(thread.repository, thread.number)
    except GoneError:
        return False
    return found.number == thread.number


def start_action(release: str, thread: Thread, commit: str, requester: Person, start: Start) -> StartRelease:
    """Write the action that starts a release; without a thread's number an issue is opened for it."""
    verb = "rehearse the release of" if start.dry_run else "release"
    return StartRelease(
        thread=thread,
        release=release,
        model=start.hub_id,
        version=start.version,
        commit=commit,
        requester=requester.login,
        requester_account=requester.account,
        private=start.private,
        rehearsal=start.dry_run,
        reason=f"{requester.login} asked to {verb} {start.hub_id} {start.version}",
    )
