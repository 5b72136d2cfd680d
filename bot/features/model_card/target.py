"""Decide where a card is written: to a branch, into a pull request of the bot's own, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.commands import ThreadKind
from bot.events import PullRequest
from bot.feature import Call


@dataclass(frozen=True)
class Target:
    """Where a card goes, and the commit it is made from.

    ``pull`` is the pull request whose branch gets a commit; without one the bot opens a pull request from
    ``branch`` to ``base``. To what is foreign nothing is written: the card is shown.
    """

    commit: str
    base: str
    branch: str
    pull: PullRequest | None = None
    is_foreign: bool = False


class Reads(Protocol):
    """What this decision reads."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        """Find the open pull request from a branch of the repository itself."""

    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at."""

    async def is_protected(self, repository: str, branch: str) -> bool:
        """Tell whether a branch is protected, so that not everybody may push to it."""


async def open_pull_request(call: Call, reads: Reads) -> PullRequest | None:
    """Give the pull request a command was written on, if it is one and still open."""
    if call.kind is not ThreadKind.PULL_REQUEST:
        return None
    pull = await reads.pull_request(call.thread.repository, call.thread.number)
    return pull if pull.state == "open" else None


async def choose_target(
    repository: str, default: str, branch: str, asked_on: PullRequest | None, reads: Reads
) -> Target:
    """Choose the branch of the pull request it was asked on, if the bot may write there; else one of its own.

    An earlier pull request of the bot's may hold people's edits by now, so the card goes on from there.
    """
    if asked_on is not None and (asked_on.head.repo is None or asked_on.head.repo.full_name != repository):
        return Target(asked_on.head.sha, default, branch, is_foreign=True)
    if asked_on is not None and not await reads.is_protected(repository, asked_on.head.ref):
        return Target(asked_on.head.sha, default, branch, pull=asked_on)
    earlier = await reads.pull_request_from(repository, branch)
    if earlier is not None:
        return Target(earlier.head.sha, default, branch, pull=earlier)
    if asked_on is not None:
        return Target(asked_on.head.sha, asked_on.head.ref, branch)
    return Target(await reads.branch_head(repository, default), default, branch)
