from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.actions import Action, Remember, SetSection, SetTimer
from bot.errors import GoneError
from bot.events import TIMER, Event, Thread
from bot.features import next_steps as feature
from bot.features.next_steps import NextStepsSection, Waits, step_of, words
from bot.reads import CheckResult, PullStanding, RequestedReviewers, Verdict
from tests.fixtures.events import Json, account, event, pull_request

SECTION = NextStepsSection()
EVERYONE = NextStepsSection.model_validate({"for": "everyone"})
HERE = Thread("octo/models", 7)
HEAD, EARLIER = "a" * 40, "b" * 40
OPEN = PullStanding("open", False, False, "main", HEAD)
RED, GREEN, RUNNING = (
    CheckResult("tests", "completed", "failure"),
    CheckResult("lint", "completed", "success"),
    CheckResult("docs", "in_progress", None),
)
NO, YES = Verdict("carol", False, HEAD), Verdict("dora", True, HEAD)


NOBODY = RequestedReviewers()


@dataclass
class World:
    """What can be read: where the pull request stands, who is asked, and what is kept on threads."""

    standing: PullStanding | None = OPEN
    asked: RequestedReviewers = NOBODY
    kept: dict[int, dict[str, Json]] = field(default_factory=dict)
    section: str = ""
    timers: dict[str, float] = field(default_factory=dict)
    reads: int = 0
    writes: int = 0

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        return dict(self.kept.get(thread.number, {}))

    async def recall_everywhere(self, thread: Thread, name: str, key: str) -> dict[int, dict[str, Any]]:
        return {number: kept[key] for number, kept in self.kept.items() if key in kept}

    async def pull_standing(self, repository: str, number: int) -> PullStanding:
        self.reads += 1
        if self.standing is None:
            raise GoneError("Not Found", 404)
        return self.standing

    async def requested_reviewers(self, repository: str, number: int) -> RequestedReviewers:
        self.reads += 1
        return self.asked

    async def happen(self, what: Event, section: NextStepsSection = SECTION) -> Sequence[Action]:
        """Bring an event to the feature, and carry out what it wants."""
        actions = [
            one
            for handler in feature.feature.handlers_for(what)
            for one in await handler(what, section, self)
        ]
        for action in actions:
            match action:
                case SetSection():
                    self.writes += self.section != action.body
                    self.section = action.body
                case Remember(value=None):
                    self.kept.get(action.number, {}).pop(action.key, None)
                case Remember():
                    self.kept.setdefault(action.number, {})[action.key] = action.value or {}
                case SetTimer(due=float() as due):
                    self.timers[action.name] = due
                case _:
                    raise AssertionError(action)
        return actions

    async def ring(self) -> None:
        """Let every timer ring that is set, and those that are set then."""
        while self.timers:
            name = min(self.timers, key=lambda name: self.timers[name])
            del self.timers[name]
            await self.happen(event(TIMER, f"next-steps.{name}", issue={"number": 7}))


def pull(action: str, *, age: float = 0.0, **more: Any) -> Event:
    moment = (datetime.now(UTC) - timedelta(seconds=age)).isoformat()
    fields = {"author_association": "FIRST_TIMER", "updated_at": moment, **more}
    fields["head"] = {"ref": "topic", "sha": fields.pop("sha", HEAD)}
    return event("pull_request", action, pull_request=pull_request(**fields))


def checked(sha: str = HEAD, *numbers: int) -> Event:
    suite = {"head_sha": sha, "conclusion": "success", "pull_requests": [{"number": n} for n in numbers]}
    return event("check_suite", "completed", check_suite=suite)


async def opened(**more: Any) -> World:
    world = World()
    await world.happen(pull("opened", **more))
    return world


@pytest.mark.parametrize(
    ("standing", "waits", "said"),
    [
        (replace(OPEN, state="merged", draft=True), Waits.NOTHING_MERGED, "**Merged.**"),
        (replace(OPEN, state="closed"), Waits.NOTHING_CLOSED, "Closed without being merged"),
        (replace(OPEN, draft=True, checks=(RED,)), Waits.READINESS, "this is a draft"),
        (replace(OPEN, conflicting=True), Waits.WORK, "solve the conflicts with `main`, then push"),
        (replace(OPEN, verdicts=(NO, YES)), Waits.WORK, "the changes that carol asked for"),
        (replace(OPEN, checks=(RED, RUNNING)), Waits.WORK, "see why `tests` fails"),
        (
            replace(OPEN, checks=(RED,), conflicting=True, verdicts=(NO,)),
            Waits.WORK,
            "conflicts with `main`, look at the changes that carol asked for and see why `tests` fails",
        ),
        (replace(OPEN, held_back=True), Waits.START, "to start the checks"),
        (replace(OPEN, checks=(GREEN, RUNNING), verdicts=(YES,)), Waits.CHECKS, "Waiting on the checks"),
        (replace(OPEN, verdicts=(replace(NO, commit=EARLIER),)), Waits.SECOND_LOOK, "Waiting on carol:"),
        (replace(OPEN, verdicts=(YES,), checks=(GREEN,)), Waits.MERGE, "it is approved"),
        (replace(OPEN, verdicts=(YES,), waiting_reviews=1), Waits.REVIEW, "to review it"),
        (OPEN, Waits.REVIEW, "Waiting on a maintainer:"),
        (replace(OPEN, conflicting=None), Waits.REVIEW, "Waiting on a maintainer:"),
    ],
)
def test_every_state_names_whom_it_waits_for_and_what_they_can_do(
    standing: PullStanding, waits: Waits, said: str
) -> None:
    step = step_of(standing)
    assert step.waits is waits
    assert said in words(step)
    assert words(step).count("\n") == 1


def test_those_who_are_asked_are_named_and_never_mentioned() -> None:
    said = words(step_of(OPEN), RequestedReviewers(("carol", "d_a"), ("infra",)))
    assert said == "**Waiting on carol, d\\_a and the team infra:** to review it.\n"


def test_of_very_many_failing_checks_three_are_named() -> None:
    red = tuple(CheckResult(f"t{n} @alice", "completed", "timed_out") for n in range(100))
    said = words(step_of(replace(OPEN, checks=red)))
    assert "`t0 @alice`, `t1 @alice`, `t2 @alice` and 97 more fail" in said


def test_checks_that_were_skipped_or_are_neutral_have_not_failed() -> None:
    checks = tuple(CheckResult(one, "completed", one) for one in ("skipped", "neutral", "success", "stale"))
    assert step_of(replace(OPEN, checks=checks)).waits is Waits.REVIEW


async def test_a_newcomer_is_told_at_once_and_a_look_follows() -> None:
    world = await opened(requested_reviewers=[account("carol")])
    assert world.section == "**Waiting on carol:** to review it.\n"
    assert (world.reads, list(world.timers)) == (0, ["look"])
    assert "this is a draft" in (await opened(draft=True)).section


@pytest.mark.parametrize("association", ["CONTRIBUTOR", "COLLABORATOR", "MEMBER", "OWNER"])
async def test_regulars_are_not_bothered_unless_that_is_asked_for(association: str) -> None:
    world = World()
    assert await world.happen(pull("opened", author_association=association)) == []
    assert await world.happen(pull("opened", author_association=association), EVERYONE)


@pytest.mark.parametrize("user", [account("renovate[bot]"), None])
async def test_machines_and_deleted_accounts_are_told_nothing(user: Any) -> None:
    assert await World().happen(pull("opened", user=user), EVERYONE) == []


@pytest.mark.parametrize(
    "happened",
    [
        pull("ready_for_review"),
        pull("synchronize"),
        pull("closed"),
        event("pull_request_review", "submitted", pull_request=pull_request()),
        checked(HEAD, 7),
    ],
    ids=lambda one: f"{one.name}.{one.action}",
)
async def test_nothing_is_read_or_said_about_a_pull_request_that_is_not_followed(happened: Event) -> None:
    world = World()
    assert await world.happen(happened) == []
    assert world.reads == 0


async def test_a_state_that_stayed_as_it_was_is_not_written_again() -> None:
    world = await opened()
    before = world.writes
    for happened in (pull("review_requested"), pull("opened"), checked(), pull("ready_for_review")):
        actions = await world.happen(happened)
        assert [type(one) for one in actions] == [SetTimer]
        await world.ring()
    assert (world.writes, before) == (1, 1)


async def test_a_push_costs_one_read_and_its_commit_is_known_from_then_on() -> None:
    world = await opened()
    await world.ring()
    world.reads, world.standing = 0, replace(OPEN, head=EARLIER)
    await world.happen(pull("synchronize", sha=EARLIER))
    await world.ring()
    assert (world.reads, world.writes) == (1, 1)
    assert await world.happen(checked(EARLIER))
    assert await world.happen(checked(HEAD)) == []


async def test_a_review_and_its_answer_are_followed() -> None:
    world = await opened()
    world.standing = replace(OPEN, verdicts=(NO,))
    await world.happen(event("pull_request_review", "submitted", pull_request=pull_request()))
    await world.ring()
    assert "changes that carol asked for" in world.section
    world.standing = replace(OPEN, verdicts=(NO,), head=EARLIER)
    await world.happen(pull("synchronize"))
    await world.ring()
    assert "**Waiting on carol:** to look again" in world.section


async def test_conflicts_that_are_not_known_yet_are_asked_for_once_more_and_no_oftener() -> None:
    world = await opened()
    world.standing = replace(OPEN, conflicting=None)
    await world.ring()
    assert world.reads == 2


async def test_what_an_old_event_says_is_not_believed() -> None:
    world = World(standing=replace(OPEN, state="closed"))
    await world.happen(pull("opened", age=600))
    assert (world.section, world.reads) == ("", 0)
    await world.ring()
    assert "Closed without being merged" in world.section


async def test_the_last_word_ends_it_and_a_reopened_one_begins_again() -> None:
    world = await opened()
    world.standing = replace(OPEN, state="closed")
    await world.happen(pull("closed", state="closed"))
    await world.ring()
    assert "Closed without" in world.section
    assert feature.SHOWN not in world.kept[7]
    world.standing = OPEN
    await world.happen(pull("reopened"))
    await world.ring()
    assert "Waiting on a maintainer" in world.section


async def test_a_pull_request_that_is_gone_is_followed_no_longer() -> None:
    world = await opened()
    world.standing = None
    await world.ring()
    assert (world.kept[7], world.timers) == ({}, {})


class Sequences(RuleBasedStateMachine):
    """People move a pull request on; what GitHub sends of it comes late, twice and in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.sent: list[tuple[str, str, Json]] = []
        """What was sent and may still arrive, perhaps again."""
        self.arrived = 0
        self._send("pull_request", "opened")

    def _send(self, name: str, action: str) -> None:
        standing = self.truth
        payload = {"draft": standing.draft, "sha": standing.head}
        payload["state"] = "open" if standing.state == "open" else "closed"
        self.sent.append((name, action, payload))

    def _change(self, name: str, action: str, **change: Any) -> None:
        self.world.standing = replace(self.truth, **change)
        self._send(name, action)

    @property
    def truth(self) -> PullStanding:
        assert self.world.standing is not None
        return self.world.standing

    @property
    def open(self) -> bool:
        return self.truth.state == "open"

    @precondition(lambda self: self.open)
    @rule(head=st.sampled_from([HEAD, EARLIER, "c" * 40]), conflicting=st.sampled_from([None, True, False]))
    def push(self, head: str, conflicting: bool | None) -> None:
        self._change("pull_request", "synchronize", head=head, conflicting=conflicting, checks=())

    @precondition(lambda self: self.open)
    @rule()
    def toggle_draft(self) -> None:
        action = "ready_for_review" if self.truth.draft else "converted_to_draft"
        self._change("pull_request", action, draft=not self.truth.draft)

    @precondition(lambda self: self.open)
    @rule(author=st.sampled_from(["carol", "dora"]), approved=st.booleans())
    def review(self, author: str, approved: bool) -> None:
        others = tuple(one for one in self.truth.verdicts if one.author != author)
        verdict = Verdict(author, approved, self.truth.head)
        self._change("pull_request_review", "submitted", verdicts=(*others, verdict))

    @rule()
    def dismiss(self) -> None:
        self._change("pull_request_review", "dismissed", verdicts=self.truth.verdicts[1:])

    @rule(checks=st.lists(st.sampled_from([RED, GREEN]), max_size=2, unique=True))
    def finish_checks(self, checks: list[CheckResult]) -> None:
        self._change("check_suite", "completed", checks=tuple(checks))

    @precondition(lambda self: self.open)
    @rule(people=st.lists(st.sampled_from(["carol", "dora"]), max_size=2, unique=True))
    def ask(self, people: list[str]) -> None:
        self.world.asked = RequestedReviewers(tuple(people))
        self._change("pull_request", "review_requested", waiting_reviews=len(people))

    @precondition(lambda self: self.open)
    @rule(merged=st.booleans())
    def close(self, merged: bool) -> None:
        self._change("pull_request", "closed", state="merged" if merged else "closed")

    @precondition(lambda self: self.truth.state == "closed")
    @rule()
    def reopen(self) -> None:
        self._change("pull_request", "reopened", state="open")

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 50), age=st.sampled_from([0.0, 600.0]), again=st.booleans())
    def arrive(self, which: int, age: float, again: bool) -> None:
        """Deliver one of what was sent, the oldest or not, and perhaps keep it for another time."""
        index = which % len(self.sent)
        self._deliver(index, age)
        if not again:
            del self.sent[index]

    def _deliver(self, index: int, age: float) -> None:
        name, action, payload = self.sent[index]
        if name == "check_suite":
            happened = checked(payload["sha"])
        elif name == "pull_request_review":
            happened = event(name, action, pull_request=pull_request())
        else:
            happened = pull(action, age=age, **payload)
        before, words_before = self.world.writes, self.world.section
        run(self.world.happen(happened))
        self.arrived += 1
        assert self.world.writes == before or self.world.section != words_before

    @rule()
    def ring(self) -> None:
        run(self.world.ring())

    @invariant()
    def nothing_is_written_that_stands_there_already(self) -> None:
        assert self.world.writes <= 1 + self.world.reads

    def teardown(self) -> None:
        """Once everything has arrived and nothing waits, the words are those of how it stands."""
        random.Random(self.arrived).shuffle(self.sent)
        for index in range(len(self.sent)):
            self._deliver(index, age=600.0)
        run(self.world.ring())
        assert self.world.section == words(step_of(self.truth), self._named())
        assert self.world.timers == {}

    def _named(self) -> RequestedReviewers | None:
        return self.world.asked if self.truth.waiting_reviews else None


def run(work: Any) -> Any:
    """Run a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as over:
        return over.value
    raise AssertionError("it waits for something")


TestSequences = Sequences.TestCase
TestSequences.settings = settings(stateful_step_count=30)
