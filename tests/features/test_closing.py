from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.actions import Action, Remember, SetLock, SetState
from bot.commands import Permission
from bot.errors import UserError
from bot.events import Issue, PullRequest, Thread
from bot.features import closing
from bot.features.closing import ClosingSection, closed_by
from bot.reads import TimelineEvent
from tests.fixtures.events import Json, call, issue, pull_request

NOW = time.time()
BOT = "giveback[bot]"


def closed(actor: str, at: float = NOW) -> TimelineEvent:
    return TimelineEvent("closed", actor, datetime.fromtimestamp(at, UTC))


@dataclass
class World:
    about: Json = field(default_factory=issue)
    pull: Json = field(default_factory=pull_request)
    timeline: tuple[TimelineEvent, ...] = ()
    asked: Json | None = None
    held: Permission = Permission.READ

    async def issue(self, repository: str, number: int) -> Issue:
        return Issue.model_validate(self.about)

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        return PullRequest.model_validate(self.pull)

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        return self.timeline

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        return {"closed": self.asked} if self.asked else {}

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held


async def close(command: str, world: World) -> Sequence[Action]:
    return await closing.close_asked(call(command), ClosingSection(), world)


async def reopen(world: World) -> Sequence[Action]:
    return await closing.reopen_asked(call("/reopen"), ClosingSection(), world)


@pytest.mark.parametrize(
    ("command", "why"),
    [("/close", None), ("/close not-planned", "not_planned"), ("/close duplicate", "duplicate")],
)
async def test_an_issue_is_closed_and_whoever_asked_is_remembered(command: str, why: str | None) -> None:
    state, kept = await close(command, World())
    assert isinstance(state, SetState)
    assert (state.state, state.why) == ("closed", why)
    assert isinstance(kept, Remember)
    assert kept.value is not None
    assert kept.value["login"] == "bob"


async def test_what_is_closed_already_is_left_as_it_is() -> None:
    done = World(issue(state="closed", state_reason="completed"))
    assert await close("/close", done) == []
    assert await close("/close completed", done) == []
    assert len(await close("/close not-planned", done)) == 2
    assert await reopen(World()) == []


async def test_a_pull_request_takes_no_reason() -> None:
    with pytest.raises(UserError, match="comment `/close`"):
        await close("/close completed", World(issue(pull_request={})))
    assert await close("/close", World(issue(pull_request={})))


CLOSED = issue(state="closed")


@pytest.mark.parametrize(
    ("timeline", "asked", "may"),
    [
        ((closed("bob"),), None, True),
        ((closed("alice"),), None, False),
        ((closed("bob"), closed("alice")), None, False),
        ((closed(BOT),), None, True),
        ((closed(BOT),), {"login": "bob", "at": NOW}, True),
        ((closed(BOT),), {"login": "alice", "at": NOW}, False),
        ((closed(BOT),), {"login": "alice", "at": NOW - 90_000}, True),
        ((), None, True),
    ],
)
async def test_an_author_reopens_what_no_other_person_closed(
    timeline: tuple[TimelineEvent, ...], asked: Json | None, may: bool
) -> None:
    world = World(CLOSED, timeline=timeline, asked=asked)
    if may:
        state, _ = await reopen(world)
        assert isinstance(state, SetState)
        assert state.state == "open"
    else:
        with pytest.raises(UserError, match="alice closed this"):
            await reopen(world)
        world.held = Permission.TRIAGE
        assert await reopen(world)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"merged": True}, "merged"),
        ({"head": {"ref": "x", "sha": "a" * 40, "repo": None}}, "is gone.* Open a new pull request"),
    ],
)
async def test_what_github_cannot_reopen_is_told(changes: Json, words: str) -> None:
    about = issue(state="closed", pull_request={})
    with pytest.raises(UserError, match=words):
        await reopen(World(about, pull_request(state="closed", **changes), held=Permission.ADMIN))


async def test_a_conversation_is_locked_for_a_reason_and_unlocked() -> None:
    (lock,) = await closing.lock_asked(call("/lock too-heated"), ClosingSection(), World())
    assert isinstance(lock, SetLock)
    assert (lock.locked, lock.why) == (True, "too heated")
    (unlock,) = await closing.unlock_asked(call("/unlock"), ClosingSection(), World())
    assert isinstance(unlock, SetLock)
    assert not unlock.locked


def test_the_closer_of_a_deleted_account_is_nobody() -> None:
    assert closed_by([closed("")], BOT, None) is None
