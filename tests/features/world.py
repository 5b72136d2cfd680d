"""A GitHub in memory: the real dispatcher decides on it, the real applier acts, and some acts are wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.apply import STATUS_MARKER, Applier
from bot.commands import Permission
from bot.config import RepoConfig, load
from bot.dispatch import Decision, Dispatcher
from bot.errors import GoneError, RefusedError, TransientError
from bot.events import TIMER, Event, Issue, PullRequest, Thread, event_from
from bot.features import FEATURES, sections
from bot.github.writer import GitHubWriter
from bot.installations import Reader
from bot.knowledge import Knowledge
from bot.reads import (
    BlameRange,
    ChangedFile,
    CheckResult,
    LinkedIssue,
    PostedComment,
    PullReview,
    PullStanding,
    RequestedReviewers,
    TimelineEvent,
    Verdict,
)
from bot.rendering import BODY_LIMIT
from bot.timers import Timer, action_of
from bot.triage.history import PastIssue
from bot.triage.similar.score import Match
from tests.fixtures.events import Json, account, repository

BOT = "giveback[bot]"
LABELS = ("bug", "enhancement", "question", "needs-info", "documentation", "tests", "hold", "stale", "size/S")
STAFF = {"alice": Permission.ADMIN, "carol": Permission.WRITE, "dora": Permission.WRITE}
NAME = "octo/models"
FILES = {".github/REVIEWERS": "*.py @carol @dora\n", "CONTRIBUTING.md": "# How\n"}

_MENTION = re.compile(r"(?<![\w`/])@([A-Za-z0-9][A-Za-z0-9-]{0,38})")
_CODE = re.compile(r"`[^`\n]*`")


class BrokenPromiseError(AssertionError):
    """The bot did what must be impossible."""


def promise(kept: bool, words: str) -> None:
    if not kept:
        raise BrokenPromiseError(words)


@dataclass
class ThreadRecord:
    """An issue or pull request as it is now, and what was done to it."""

    number: int
    author: str
    title: str
    body: str
    pull: bool = False
    state: str = "open"
    merged: bool = False
    draft: bool = False
    head: str = "0" * 40
    labels: dict[str, None] = field(default_factory=dict)
    label_log: list[tuple[str, str, str]] = field(default_factory=list)
    """``(event, login, label)`` in order."""
    comments: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Author and body by id."""
    assignees: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    ever_requested: Counter[str] = field(default_factory=Counter)
    reviews: list[Verdict] = field(default_factory=list)
    checks: tuple[CheckResult, ...] = ()
    pinged: Counter[tuple[str, str]] = field(default_factory=Counter)
    updated: float = 0.0

    def payload(self) -> Json:
        """Shape it as webhooks and answers have it."""
        shaped = {
            "number": self.number,
            "node_id": f"N{self.number}",
            "title": self.title,
            "body": self.body,
            "user": account(self.author),
            "state": self.state,
            "labels": [{"name": name} for name in self.labels],
            "assignees": [account(login) for login in self.assignees],
            "author_association": "MEMBER" if self.author in STAFF else "FIRST_TIMER",
            "updated_at": datetime.fromtimestamp(self.updated, UTC).isoformat(),
            "created_at": datetime.fromtimestamp(self.updated, UTC).isoformat(),
        }
        return shaped | ({"pull_request": {}} if self.pull else {})

    def pull_payload(self, home: Json) -> Json:
        shaped = {name: value for name, value in self.payload().items() if name != "pull_request"}
        asked = [account(login) for login in self.requested]
        return {
            **shaped,
            "head": {"ref": "topic", "sha": self.head},
            "base": {"ref": "main", "sha": "f" * 40, "repo": home},
            "draft": self.draft,
            "merged": self.merged,
            "requested_reviewers": asked,
        }


class Nowhere:
    """A client for what this world does not have."""

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
        paths = ("model.py", "tests/test_model.py", "docs/guide.md")
        chosen = paths[: 1 + int(self.world.pull(number).head[-1], 16) % 3]
        return tuple(ChangedFile(path, "modified", additions=3, patch="@@ -1 +1 @@\n+x") for path in chosen)

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        now = datetime.now(UTC)
        return [
            PostedComment(id, author, body, f"C{id}", now)
            for id, (author, body) in self.world.thread(number).comments.items()
        ]

    async def label_names(self, repository: str) -> frozenset[str]:
        return frozenset(LABELS)

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

    async def permission(self, repository: str, login: str) -> Permission:
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


class WorldWriter:
    """Changes the world, and holds every change to what must be impossible."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.until_trouble: int | None = None
        """Writes that still succeed; after them GitHub is away once."""

    def _write(self, number: int) -> ThreadRecord:
        if self.until_trouble is not None:
            self.until_trouble -= 1
            if self.until_trouble < 0:
                self.until_trouble = None
                raise TransientError("GitHub is away")
        self.world.writes += 1
        return self.world.thread(number)

    async def labels(self, repository: str, number: int) -> list[str]:
        return list(self.world.thread(number).labels)

    async def add_labels(self, repository: str, number: int, names: Sequence[str]) -> None:
        thread = self._write(number)
        for name in names:
            promise(name in LABELS, f"a label that does not exist is made: {name}")
            mine = ("labeled", BOT, name) in thread.label_log
            last = [one for one in thread.label_log if one[2] == name][-1:]
            taken = bool(last) and last[0][0] == "unlabeled" and last[0][1] != BOT
            promise(
                not (mine and taken) or self.world.asked("/label", "/hold"),
                f"{name} is put back against a person",
            )
            thread.labels[name] = None
            thread.label_log.append(("labeled", BOT, name))

    async def remove_label(self, repository: str, number: int, name: str) -> None:
        thread = self._write(number)
        if name not in thread.labels:
            raise GoneError("Label does not exist", 404)
        last = next(one for one in reversed(thread.label_log) if one[2] == name)
        promise(last[1] == BOT or self.world.asked("/unlabel", "/unhold"), f"{name} is taken from a person")
        del thread.labels[name]
        thread.label_log.append(("unlabeled", BOT, name))

    async def post_comment(self, repository: str, number: int, body: str) -> int:
        thread = self._write(number)
        if body.startswith(STATUS_MARKER):
            there = [one for author, one in thread.comments.values() if author == BOT]
            promise(not any(one.startswith(STATUS_MARKER) for one in there), "a second status comment")
        else:
            promise(bool(self.world.commands), "an answer that nobody asked for")
        id = next(self.world.ids)
        self._told(thread, "", body)
        thread.comments[id] = (BOT, body)
        return id

    async def edit_comment(self, repository: str, comment: int, body: str) -> None:
        thread = next((one for one in self.world.threads.values() if comment in one.comments), None)
        if thread is None:
            raise GoneError("Not Found", 404)
        self._write(thread.number)
        author, before = thread.comments[comment]
        promise(author == BOT, "somebody else's comment is changed")
        promise(before != body, "an edit that changes nothing")
        self._told(thread, before, body)
        thread.comments[comment] = (BOT, body)

    def _told(self, thread: ThreadRecord, before: str, body: str) -> None:
        """Hold new words to their length, to the truth, and to one mention for one thing."""
        promise(len(body) <= BODY_LIMIT, "a comment longer than GitHub takes")
        claimed = re.search(r"### (\S+) works on this", body)
        if claimed and claimed[0] not in before and "did not accept" not in body:
            promise(claimed[1] in thread.assignees, f"{claimed[1]} is said to be assigned and is not")
        for line in _CODE.sub("", body).splitlines():
            for login in _MENTION.findall(line):
                known = thread.pinged[login, line]
                standing = any(line in one for author, one in thread.comments.values() if author == BOT)
                promise(
                    not known or standing or bool(self.world.commands), f"{login} is pinged again: {line}"
                )
                thread.pinged[login, line] += 1

    async def react(self, repository: str, number: int, comment: int | None, content: str) -> None:
        thread = self._write(number)
        promise(comment is None or comment in thread.comments, "a reaction to nothing")

    async def assign(self, repository: str, number: int, logins: Sequence[str]) -> list[str]:
        thread = self._write(number)
        promise(bool(self.world.commands), "somebody is assigned whom nobody asked for")
        thread.assignees += [one for one in logins if one in STAFF and one not in thread.assignees]
        return list(thread.assignees)

    async def unassign(self, repository: str, number: int, logins: Sequence[str]) -> list[str]:
        thread = self._write(number)
        thread.assignees = [one for one in thread.assignees if one not in logins]
        return list(thread.assignees)

    async def request_reviewers(
        self, repository: str, number: int, logins: Sequence[str], teams: Sequence[str] = ()
    ) -> list[str]:
        pull = self._write(number)
        promise(pull.author not in logins, "the author is asked to review")
        by_itself = not self.world.commands
        for login in logins:
            promise(login not in pull.requested, f"{login} is asked for a review that they are asked for")
            promise(not (by_itself and pull.ever_requested[login]), f"{login} is asked for a review again")
            promise(
                not by_itself or (pull.state == "open" and not pull.draft) or self.world.is_fresh,
                "a review of what cannot be reviewed",
            )
            pull.requested.append(login)
            pull.ever_requested[login] += 1
        return list(pull.requested)

    async def withdraw_requests(self, repository: str, number: int, logins: Sequence[str]) -> None:
        pull = self._write(number)
        pull.requested = [one for one in pull.requested if one not in logins]

    async def set_state(self, repository: str, number: int, state: str, reason: str | None = None) -> None:
        thread = self._write(number)
        promise(self.world.asked("/close", "/reopen"), f"{state}: nobody asked for it")
        thread.state = state

    async def set_draft(self, node: str, draft: bool) -> None:
        pull = self._write(int(node[1:]))
        promise(self.world.asked("/ready", "/draft"), "nobody asked to change what is a draft")
        pull.draft = draft

    async def set_milestone(self, repository: str, number: int, milestone: int | None) -> None:
        self._write(number)
        promise(self.world.asked("/milestone"), "nobody asked for a milestone")

    async def lock(self, repository: str, number: int, reason: str | None = None) -> None:
        self._write(number)
        promise(self.world.asked("/lock"), "nobody asked to lock it")

    async def unlock(self, repository: str, number: int) -> None:
        self._write(number)
        promise(self.world.asked("/unlock"), "nobody asked to unlock it")

    async def report_check(self, report: object, external_id: str) -> int:
        self._write_anywhere()
        return next(self.world.ids)

    async def find_check(self, report: object, external_id: str) -> int | None:
        return None

    def _write_anywhere(self) -> None:
        self.world.writes += 1

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        async def refuse(*_: object, **__: object) -> Any:
            promise(bool(self.world.commands), f"nobody asked to {name}")
            raise RefusedError(f"this world has no {name}", 422)

        return refuse


class NoLongWork:
    """An engine that is asked for long work and does none."""

    async def learn_history(self, action: object, installation: int) -> None: ...

    async def start_release(self, action: object, installation: int) -> None: ...

    async def decide_release(self, action: object, key: str) -> None: ...


class World:
    """A repository, its threads, the bot on it, and what happens there."""

    ids: Iterator[int]
    homes = count(1)

    def __init__(self, database: Engine, folder: Path, config: str = "") -> None:
        # Each world is a repository of its own, so that many can share one database.
        self.home = repository(NAME, id=next(self.homes))
        self.ids = count(1000)
        self.threads: dict[int, ThreadRecord] = {}
        self.config: RepoConfig = load(config, None, sections())
        self.database = database
        self.dispatcher = Dispatcher(FEATURES)
        self.reader = WorldReader(self, database, folder)
        self.writer = WorldWriter(self)
        self.applier = Applier(
            database=database,
            installation=1,
            bot_login=BOT,
            reader=self.reader,
            writer=cast(GitHubWriter, self.writer),
            long_work=NoLongWork(),
            section_order=[one.name for one in FEATURES],
        )
        self.commands: tuple[str, ...] = ()
        """The commands somebody gave with the delivery that is being worked on, as they were written."""
        self.is_fresh = True
        """Whether it arrived within a minute."""
        self.handled: set[str] = set()
        self.writes = 0
        self.failures: list[str] = []

    def thread(self, number: int) -> ThreadRecord:
        if number not in self.threads:
            raise GoneError("Not Found", 404)
        return self.threads[number]

    def pull(self, number: int) -> ThreadRecord:
        found = self.thread(number)
        if not found.pull:
            raise GoneError("Not Found", 404)
        return found

    def asked(self, *commands: str) -> bool:
        """Tell whether the delivery that is being worked on asks for one of these."""
        return any(one.split()[0] in commands for one in self.commands)

    async def deliver(
        self,
        guid: str,
        name: str,
        payload: Json,
        *,
        asks: tuple[str, ...] = (),
        fresh: bool = True,
        trouble_after: int | None = None,
    ) -> Decision | None:
        """Bring a delivery past the inbox to the features and carry out what they want, as the service does.

        ``asks`` are the commands that somebody gave with it. ``trouble_after`` writes GitHub is away for a
        moment, and the same plan is carried out again.
        """
        if guid in self.handled:
            return None
        event = event_from(name, guid, {**deepcopy(payload), "installation": {"id": 1}})
        self.handled.add(guid)
        if not self.dispatcher.concerns(event):
            return None
        self.commands, self.is_fresh = asks, fresh
        await self.applier.apply(self.dispatcher.receipt(event, self.config), guid)
        decision = await self.dispatcher.decide(event, self.config, self.reader)
        self.failures += [f"{one.feature}: {one.message}" for one in decision.failures]
        await self._apply(decision, event, trouble_after)
        self.commands = ()
        return decision

    async def _apply(self, decision: Decision, event: Event, trouble_after: int | None) -> None:
        self.writer.until_trouble = trouble_after
        for _ in range(2):
            try:
                await self.applier.apply(decision.plan, event.guid, opened_with=event.opened_with)
                break
            except TransientError:
                continue
        self.writer.until_trouble = None

    def timers(self) -> list[Timer]:
        """List the timers of this repository, those that are due first at first."""
        with Session(self.database) as session:
            found = session.exec(select(Timer).where(Timer.home == str(self.home["id"]))).all()
        return sorted(found, key=lambda one: (one.due, one.feature, one.name))

    async def ring(self, timer: Timer, guid: str) -> None:
        """Let a timer ring."""
        with Session(self.database) as session:
            kept = session.get(Timer, (timer.home, timer.number, timer.feature, timer.name))
            if kept is None:
                return
            session.delete(kept)
            session.commit()
        payload: Json = {"action": action_of(timer.feature, timer.name), "repository": self.home}
        if timer.number:
            payload["issue"] = {"number": timer.number}
        await self.deliver(guid, TIMER, payload)

    def hold(self) -> None:
        """Hold all that stands there now to what must be impossible."""
        for thread in self.threads.values():
            mine = [body for author, body in thread.comments.values() if author == BOT]
            promise(sum(body.startswith(STATUS_MARKER) for body in mine) <= 1, "more than one status comment")
