"""What features read: plain data, and each thing once per event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Brought:
    """What was brought to disk of a folder: which files were left out, and why; and every path that is there.

    ``paths`` is ``None`` where a folder is more than GitHub lists at once.
    """

    left_out: Mapping[str, str]
    paths: frozenset[str] | None


@dataclass(frozen=True)
class ChangedFile:
    """A file a pull request changes (REST "List pull requests files").

    ``status`` is GitHub's: added, modified, removed, renamed ... ``previous_path`` is where a renamed or
    copied file was, ``additions`` and ``deletions`` count lines, ``sha`` names the content, and ``patch`` is
    ``None`` where GitHub shows none: binary files, and those too large.
    """

    path: str
    status: str
    previous_path: str = ""
    additions: int = 0
    deletions: int = 0
    patch: str | None = None
    sha: str = ""


@dataclass(frozen=True)
class PostedComment:
    """A comment on a thread; ``author`` is a login, empty for a deleted account.

    ``node`` is what GraphQL calls it by.
    """

    id: int
    author: str
    body: str
    node: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True)
class PullCommit:
    """A commit of a pull request.

    ``author`` and ``committer`` are logins, empty where a commit's address belongs to no account; the names
    and addresses are what git has, which anybody may have written there.
    """

    sha: str
    message: str
    author: str
    author_name: str
    author_email: str
    committer: str
    committer_name: str
    committer_email: str
    parents: int


@dataclass(frozen=True)
class PullReview:
    """A review as given; ``state`` is APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING."""

    id: int
    author: str
    state: str
    commit: str
    body: str
    submitted_at: datetime | None


@dataclass(frozen=True)
class RequestedReviewers:
    """Who was asked for a review and has not given one: logins of people, slugs of teams."""

    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """A check run or a commit status, told alike.

    ``status`` is ``completed`` or what a check run waits for; ``conclusion`` is GitHub's and ``None`` until
    then. ``app`` is the slug of the App that made a check run, empty for a status; ``suite`` is its suite.
    """

    name: str
    status: str
    conclusion: str | None
    url: str = ""
    app: str = ""
    suite: int | None = None


@dataclass(frozen=True)
class WorkflowRun:
    """A run of a GitHub Actions workflow on a commit; ``conclusion`` is ``None`` until it is over."""

    id: int
    name: str
    status: str
    conclusion: str | None
    attempt: int


@dataclass(frozen=True)
class DiscussionCategory:
    """A category of discussions; ``id`` is what GraphQL calls it by."""

    id: str
    name: str
    slug: str
    answerable: bool


@dataclass(frozen=True)
class DiscussionForum:
    """A repository's discussions; ``repository`` is what GraphQL calls the repository by."""

    repository: str
    enabled: bool
    categories: tuple[DiscussionCategory, ...]


@dataclass(frozen=True)
class OwnDiscussion:
    """A discussion the App opened."""

    address: str
    body: str


@dataclass(frozen=True)
class GitHubRelease:
    """A published GitHub Release; ``body`` is what its page says."""

    id: int
    body: str


@dataclass(frozen=True)
class BlameRange:
    """Lines, counted from 1, that one commit wrote last.

    ``login`` is empty where the author's address belongs to no account; ``age`` is from 1 (new) to 10 (old)
    among the lines of the file.
    """

    first_line: int
    last_line: int
    login: str
    age: int
    commit: str
    committed_at: datetime


@dataclass(frozen=True)
class LinkedIssue:
    """An issue a pull request closes when it is merged; ``state`` is ``open`` or ``closed``."""

    repository: str
    number: int
    title: str
    state: str


@dataclass(frozen=True)
class Outcome:
    """What became of a closed issue.

    ``duplicate_of`` are the issues it was marked a duplicate of; ``fixed_by`` is the merged pull request that
    closed it and ``fix`` the commit that was merged as, empty where GitHub does not say.
    """

    duplicate_of: tuple[int, ...] = ()
    fixed_by: int | None = None
    fix: str = ""


@dataclass(frozen=True)
class Verdict:
    """What somebody whose review counts thinks of a pull request, as it was at a commit."""

    author: str
    approved: bool
    commit: str


@dataclass(frozen=True)
class PullStanding:
    """Where a pull request stands.

    ``state`` is open, closed or merged; ``conflicting`` is ``None`` while GitHub works it out. ``verdicts``
    are the latest of each reviewer. ``held_back`` says that checks wait for a maintainer to start them.
    """

    state: str
    draft: bool
    conflicting: bool | None
    base: str
    head: str
    waiting_reviews: int = 0
    verdicts: tuple[Verdict, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    held_back: bool = False


@dataclass(frozen=True)
class TimelineEvent:
    """Something that happened to a thread; ``event`` is GitHub's word for it.

    ``label``, ``assignee`` and ``reviewer`` are names where the event has one; ``source`` is the thread,
    ``owner/repo#number``, that a ``cross-referenced`` event comes from.
    """

    event: str
    actor: str
    at: datetime | None
    label: str = ""
    assignee: str = ""
    reviewer: str = ""
    source: str = ""


@dataclass(frozen=True)
class ReleaseUnderWay:
    """A release that a thread asked for and that has not ended.

    ``thread`` is ``owner/repo#number``; ``step`` is where it is; ``digest`` names the content approvals
    are given for, once it is known. ``kind`` says whether it is a release, or takes something back.
    """

    id: str
    thread: str
    hub_id: str
    requester: str
    requester_account: int
    step: str
    digest: str
    kind: str = "release"


@dataclass(frozen=True)
class EndedRelease:
    """A release that ended; ``status`` says how, and ``digest`` names its content, as far as it was known.

    ``waivable`` leads from each gate that can be waived to the seal on what was seen in it.
    """

    id: str
    hub_id: str
    requester: str
    requester_account: int
    status: str
    digest: str
    waivable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NotedRelease:
    """A release, a rollback or a withdrawal as it is noted, whether it goes on or has ended.

    ``kind`` says which it is and ``standing`` how far it is or how it ended. ``version`` is empty where the
    one before the current one was asked for, and ``day`` is that it was asked for on, in UTC.
    """

    hub_id: str
    version: str
    kind: str
    is_going: bool
    standing: str
    requester: str
    day: str
    number: int

    @property
    def thread_name(self) -> str:
        """Name the thread of the repository that it is told on."""
        return f"#{self.number}"


class SectionReads(Protocol):
    """What features that give way to others read."""

    async def section_of(self, feature: str) -> Any:
        """Give a feature's section of the repository's configuration."""


class ReadOnce:
    """Makes each read of another reader at most once, so that features share what they both need.

    Meant for the time of one decision: what was read stays as it was then. It also tells how the features
    are configured, for those that give way to another.
    """

    def __init__(self, reads: object, section: Callable[[str], Any]) -> None:
        self._reads = reads
        self._section = section
        self._made: dict[tuple[str, tuple[object, ...]], asyncio.Task[Any]] = {}

    async def section_of(self, feature: str) -> Any:
        """Give a feature's section of the repository's configuration."""
        return self._section(feature)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        read = getattr(self._reads, name)

        async def once(*arguments: object, **options: object) -> Any:
            if options:
                return await read(*arguments, **options)
            if (name, arguments) not in self._made:
                self._made[name, arguments] = asyncio.ensure_future(read(*arguments))
            return await self._made[name, arguments]

        return once
