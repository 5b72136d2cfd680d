"""Read the world in place of GitHub."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Engine

from bot.commands import Permission
from bot.errors import RefusedError
from bot.events import Issue, PullRequest, Thread
from bot.installations import Reader
from bot.knowledge import Knowledge
from bot.reads import (
    BlameRange,
    ChangedFile,
    LinkedIssue,
    PostedComment,
    PullReview,
    PullStanding,
    RequestedReviewers,
    TimelineEvent,
)
from bot.triage.history import PastIssue
from bot.triage.similar.score import Match
from tests.features.world.records import (
    FILES,
    LABELS,
    NAME,
    STAFF,
)

if TYPE_CHECKING:
    from tests.features.world.world import World


class Nowhere:
    """A client for what this world does not have."""

    def __init__(self) -> None:
        self.kept_blobs: dict[str, bytes] = {}

    async def refuse(self, what: object, *_: object, **__: object) -> Any:
        raise RefusedError(f"there is no {str(what)[:200]} in this world", 422)

    get = page = query = refuse

    async def pages(self, what: object) -> AsyncIterator[Any]:
        yield await self.refuse(what)


class WorldReader(Reader):
    """Reads the world where the real one asks GitHub; what the bot remembers is in the real tables."""

    def __init__(self, world: World, database: Engine, folder: Path) -> None:
        super().__init__(
            cast(Any, Nowhere()), "https://github.com", database, {}, Knowledge(database, folder)
        )
        self.world = world

    async def issue(self, repository: str, number: int) -> Issue:
        return Issue.model_validate(self.world.thread(number).payload())

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        return PullRequest.model_validate(self.world.pull(number).pull_payload(self.world.home))

    async def pull_standing(self, repository: str, number: int) -> PullStanding:
        pull = self.world.pull(number)
        state = "merged" if pull.merged else pull.state
        return PullStanding(
            state, pull.draft, False, "main", pull.head, len(pull.requested), tuple(pull.reviews), pull.checks
        )

    async def requested_reviewers(self, repository: str, number: int) -> RequestedReviewers:
        return RequestedReviewers(tuple(self.world.pull(number).requested))

    async def reviews(self, repository: str, number: int) -> tuple[PullReview, ...]:
        states = {True: "APPROVED", False: "CHANGES_REQUESTED"}
        return tuple(
            PullReview(index, one.author, states[one.approved], one.commit, "", datetime.now(UTC))
            for index, one in enumerate(self.world.pull(number).reviews, start=1)
        )

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        tests, docs = "tests/test_model.py", "docs/guide.md"
        choices = (("model.py",), ("model.py", tests), (docs,), ("model.py", tests, docs))
        chosen = choices[int(self.world.pull(number).head[-1], 16) % len(choices)]
        return tuple(ChangedFile(path, "modified", additions=3, patch="@@ -1 +1 @@\n+x") for path in chosen)

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        now = datetime.now(UTC)
        return [
            PostedComment(id, author, body, f"C{id}", now)
            for id, (author, body) in self.world.thread(number).comments.items()
        ]

    async def label_names(self, repository: str) -> frozenset[str]:
        return frozenset(LABELS)

    async def label_nodes(self, repository: str) -> dict[str, str]:
        return {name: name for name in LABELS}

    async def label_setters(self, repository: str, number: int, label: str) -> list[tuple[str, str]]:
        return [(event, login) for event, login, name in self.world.thread(number).label_log if name == label]

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        now = datetime.now(UTC)
        return tuple(
            TimelineEvent(event, login, now, label=label)
            for event, login, label in self.world.thread(number).label_log
        )

    async def similar_issues(self, thread: Thread, issue: PastIssue, limit: int = 5) -> tuple[Match, ...]:
        return ()  # an index of each world's own would take most of the time

    async def permission(self, repository: str, login: str, account: int = 0) -> Permission:
        return STAFF.get(login, Permission.READ)

    async def assignees_allowed(self, repository: str, login: str, number: int | None = None) -> bool:
        return login in STAFF

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        return FILES.get(path)

    async def folder_names(self, repository: str, path: str, ref: str) -> frozenset[str]:
        return frozenset()

    async def issue_form_files(self, repository: str) -> dict[str, str]:
        return {}

    async def blame(self, repository: str, commit: str, path: str) -> tuple[BlameRange, ...]:
        return (BlameRange(1, 9, "carol", 1, commit, datetime.now(UTC)),)

    async def open_threads_of(
        self, repository: str, login: str, part: str = "assignee", kind: str = "issue"
    ) -> tuple[int, ...]:
        return tuple(one.number for one in self.world.threads.values() if login in one.requested)

    async def closing_issues(self, repository: str, number: int) -> tuple[LinkedIssue, ...]:
        named = re.search(r"Fixes #(\d+)", self.world.pull(number).body)
        found = self.world.threads.get(int(named[1])) if named else None
        if found is None or found.pull:
            return ()
        return (LinkedIssue(NAME, found.number, found.title, found.state),)

    async def milestones(self, repository: str) -> dict[str, int]:
        return {"v1": 1}
