"""Let people, the clock and GitHub do things in any order, and hold what must never happen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.actions import Action, Assign, Remember, SetSection, SetTimer
from bot.commands import Permission
from bot.errors import UserError
from bot.events import TIMER, Event, Issue, Thread
from bot.features import claim as feature
from bot.features.claim import ClaimSection
from bot.plan import merge
from bot.reads import TimelineEvent
from bot.triage.claims import DAY
from tests.fixtures.events import account, call, comment_event, event, issue, pull_request

SECTION = ClaimSection()
people = st.sampled_from(["bob", "carol"])


class Story(RuleBasedStateMachine):
    """One issue; GitHub lets bob be assigned and carol not."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000_000.0
        self.began = self.now
        self.real_time = vars(feature)["time"]
        vars(feature)["time"] = SimpleNamespace(time=lambda: self.now)
        self.kept: dict[str, dict[str, Any]] = {}
        self.due: float | None = None
        self.words = ""
        self.assigned: set[str] = set()
        self.state = "open"
        self.happened: list[TimelineEvent] = []
        self.last_sign: dict[str, float] = {}
        self.asked_at: float | None = None

    def teardown(self) -> None:
        vars(feature)["time"] = self.real_time

    # What can be read.

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        return dict(self.kept)

    async def recall_everywhere(self, thread: Thread, name: str, key: str) -> dict[int, dict[str, Any]]:
        return {7: self.kept[key]} if key in self.kept else {}

    async def issue(self, repository: str, number: int) -> Issue:
        return Issue.model_validate(self.about())

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        return tuple(self.happened)

    async def permission(self, repository: str, login: str) -> Permission:
        return Permission.READ

    def about(self) -> dict[str, Any]:
        return issue(state=self.state, assignees=[account(login) for login in sorted(self.assigned)])

    # What is done.

    @property
    def holder(self) -> str | None:
        return self.kept["claim"]["login"] if "claim" in self.kept else None

    def carry_out(self, *plans: Sequence[Action]) -> None:
        before, was = self.words, self.holder
        for action in merge(
            [[one.model_copy(update={"feature": "claim"}) for one in plan] for plan in plans]
        ).actions:
            match action:
                case Remember(value=None):
                    self.kept.pop(action.key, None)
                case Remember():
                    self.kept[action.key] = dict(action.value or {})
                case SetTimer():
                    self.due = action.due
                case SetSection():
                    self.words = action.body
                case Assign():
                    self.assigned |= {login for login in action.add if login == "bob"}
                    self.assigned -= set(action.remove)
                    if action.section:
                        refused = set(action.add) - self.assigned
                        self.words = action.told_otherwise if refused else action.told
                case _:
                    raise AssertionError(f"a claim never does {action.kind}")
        if "@" in self.words and "@" not in before:
            assert was is not None
            assert self.now - self.last_sign[was] >= SECTION.remind_after_days * DAY
            self.asked_at = self.now

    def do(self, happened: Event, handler: Any) -> Sequence[Action]:
        return list(asyncio.run(handler(happened, SECTION, self)))

    def command(self, login: str, name: str, handler: Any) -> None:
        self.happened.append(TimelineEvent("commented", login, datetime.fromtimestamp(self.now, UTC)))
        self.last_sign[login] = self.now
        asked = call(name, author=login, about=self.about())
        heard = self.do(asked.event, feature.commented)
        answer: list[Action] = []
        with suppress(UserError):
            answer = list(asyncio.run(handler(asked, SECTION, self)))
        self.carry_out(heard, answer)

    @initialize(login=people)
    def is_claimed_first(self, login: str) -> None:
        self.command(login, "/claim", feature.claim_asked)

    @rule(login=people)
    def claims(self, login: str) -> None:
        before = self.holder
        self.command(login, "/claim", feature.claim_asked)
        if before is not None:
            assert self.holder == before

    @rule(login=people)
    def unclaims(self, login: str) -> None:
        before = self.holder
        self.command(login, "/unclaim", feature.unclaim_asked)
        assert self.holder == (None if before == login else before)

    @rule(login=people, missed=st.booleans())
    def comments(self, login: str, missed: bool) -> None:
        self.happened.append(TimelineEvent("commented", login, datetime.fromtimestamp(self.now, UTC)))
        self.last_sign[login] = self.now
        if not missed:
            self.carry_out(
                self.do(comment_event("hello", author=login, about=self.about()), feature.commented)
            )

    @rule(login=people)
    def pushes(self, login: str) -> None:
        pull = pull_request(number=30, body="Fixes #7", user=account(login))
        pushed = event("pull_request", "synchronize", pull_request=pull, sender=account(login))
        self.last_sign[login] = self.now
        self.carry_out(self.do(pushed, feature.pull_request_moved))

    @rule(days=st.sampled_from([1, 7, 13, 14]))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY
        while self.due is not None and self.due <= self.now:
            self.due, holder = None, self.holder
            self.carry_out(self.do(event(TIMER, "claim.quiet", issue={"number": 7}), feature.quiet))
            if holder is not None and self.holder is None:
                assert self.asked_at is not None
                assert self.now - self.asked_at >= SECTION.free_after_days * DAY
                assert self.last_sign[holder] <= self.asked_at

    @rule()
    def is_closed_and_opened_again(self) -> None:
        if self.now - self.began < 60 * DAY:
            return  # long enough for something to happen before
        self.state = "closed"
        self.carry_out(self.do(event("issues", "closed", issue=self.about()), feature.perhaps_over))
        assert self.holder is None
        self.state = "open"

    @rule()
    def maintainer_takes_bob_off(self) -> None:
        if "bob" in self.assigned:
            self.assigned.discard("bob")
            gone = event("issues", "unassigned", issue=self.about(), assignee=account("bob"))
            self.carry_out(self.do(gone, feature.perhaps_over))
            assert self.holder != "bob"

    @invariant()
    def what_is_said_is_true(self) -> None:
        if self.holder is None:
            assert "works on this" not in self.words
            assert self.due is None
        else:
            assert f"### {self.holder} works on this" in self.words
            assert ("did not accept" in self.words) == (self.holder not in self.assigned)
            assert self.due is not None

    @invariant()
    def one_person_is_asked_once_at_a_time(self) -> None:
        assert self.words.count("@") <= 1


TestStory = Story.TestCase
TestStory.settings = settings(stateful_step_count=40)
