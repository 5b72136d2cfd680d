from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.actions import Action, Assign, Remember, SetSection, SetTimer
from bot.commands import Permission
from bot.errors import GoneError, UserError
from bot.events import TIMER, Issue, Thread
from bot.features import claim as feature
from bot.features.claim import ClaimSection
from bot.reads import TimelineEvent
from bot.triage.claims import DAY, Claim
from tests.fixtures.events import Json, account, call, comment_event, event, issue, pull_request

HERE = Thread("octo/models", 7)
SECTION = ClaimSection()
NOW = time.time()


def claim(login: str = "bob", *, heard: float = NOW, reminded: float | None = None, **more: Any) -> Claim:
    return Claim(login=login, since=heard, heard=heard, reminded=reminded, **more)


QUIET = claim(heard=NOW - 15 * DAY)
ASKED = claim(heard=NOW - 30 * DAY, reminded=NOW - 8 * DAY)


@dataclass
class World:
    """What can be read: issues by number, claims by number, and what happened on the issue."""

    issues: dict[int, Json] = field(default_factory=lambda: {7: issue()})
    claims: dict[int, Claim] = field(default_factory=dict)
    sign: Json | None = None
    timeline: tuple[TimelineEvent, ...] = ()
    held: Permission = Permission.READ

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        kept = {"claim": self.claims[thread.number].model_dump()} if thread.number in self.claims else {}
        return kept | ({"sign": self.sign} if self.sign else {})

    async def recall_everywhere(self, thread: Thread, name: str, key: str) -> dict[int, dict[str, Any]]:
        return {number: one.model_dump() for number, one in self.claims.items()}

    async def issue(self, repository: str, number: int) -> Issue:
        if number not in self.issues:
            raise GoneError("Not Found", 404)
        return Issue.model_validate(self.issues[number])

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        return self.timeline

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held


def claimed(standing: Claim, **more: Any) -> World:
    return World(claims={7: standing}, **more)


async def claim_by(login: str, world: World, section: ClaimSection = SECTION) -> Sequence[Action]:
    return await feature.claim_asked(call("/claim", author=login), section, world)


async def ring(world: World) -> Sequence[Action]:
    return await feature.quiet(event(TIMER, "claim.quiet", issue={"number": 7}), SECTION, world)


def kept(actions: Sequence[Action]) -> Claim | None:
    """The claim as it is kept afterwards; fails when nothing is said about it."""
    (value,) = [one.value for one in actions if isinstance(one, Remember) and one.key == "claim"]
    return Claim.model_validate(value) if value is not None else None


def said(actions: Sequence[Action]) -> list[str]:
    return [action.body for action in actions if isinstance(action, SetSection)]


def due(actions: Sequence[Action]) -> float | None:
    (timer,) = [action for action in actions if isinstance(action, SetTimer)]
    return timer.due


def unassigned(actions: Sequence[Action]) -> list[str]:
    return [login for action in actions if isinstance(action, Assign) for login in action.remove]


async def test_a_free_issue_is_claimed_and_watched() -> None:
    actions = await claim_by("bob", World())
    made = kept(actions)
    assert made is not None
    assert made.login == "bob"
    assert due(actions) == made.heard + 14 * DAY


async def test_which_words_are_used_depends_on_what_github_answers() -> None:
    (assign,) = [one for one in await claim_by("bob", World()) if isinstance(one, Assign)]
    assert assign.add == ("bob",)
    assert "GitHub did not accept bob as an assignee" in assign.told_otherwise
    assert "assign" not in assign.told
    assert assign.section == "claim"


async def test_an_issue_somebody_works_on_is_not_given_away() -> None:
    with pytest.raises(UserError, match=r"claimed by alice since \d+ \w+ \d{4}"):
        await claim_by("bob", claimed(claim("alice")))


async def test_claiming_it_again_changes_nothing() -> None:
    assert await claim_by("bob", claimed(claim("bob"))) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "closed"}, "closed"),
        ({"assignees": [account("alice")]}, "alice is assigned"),
        ({"assignees": [account("alice"), account("carol")]}, "alice and carol are assigned"),
    ],
)
async def test_what_cannot_be_claimed(changes: Json, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await claim_by("bob", World({7: issue(**changes)}))


async def test_whoever_is_assigned_already_can_claim_it_too() -> None:
    made = kept(await claim_by("bob", World({7: issue(assignees=[account("Bob"), account("alice")])})))
    assert made is not None
    assert made.assigned_before


async def test_only_issues_with_the_wanted_labels_can_be_claimed() -> None:
    section = ClaimSection(labels=("good first issue", "help wanted"))
    with pytest.raises(UserError, match=r"`good first issue` or `help wanted`"):
        await claim_by("bob", World(), section)
    fitting = World({7: issue(labels=[{"name": "Help Wanted"}])})
    assert kept(await claim_by("bob", fitting, section))


async def test_one_person_holds_only_so_many_issues() -> None:
    world = World({7: issue(), 8: issue(number=8)}, {8: claim("bob"), 9: claim("alice")})
    with pytest.raises(UserError, match=r"You hold 1 issue here already \(`#8`\), and one person can hold 1"):
        await claim_by("bob", world, ClaimSection(limit=1))
    assert kept(await claim_by("bob", world, ClaimSection(limit=2)))


async def test_issues_that_were_closed_or_deleted_do_not_count_against_anybody() -> None:
    closed = {7: issue(), 8: issue(number=8, state="closed")}
    world = World(closed, {8: claim("bob"), 9: claim("bob")})
    actions = await claim_by("bob", world, ClaimSection(limit=1))
    forgotten = [one.number for one in actions if isinstance(one, Remember) and one.value is None]
    assert forgotten == [8, 9]


async def test_the_claimer_can_free_it() -> None:
    actions = await feature.unclaim_asked(call("/unclaim"), SECTION, claimed(claim("bob")))
    assert kept(actions) is None
    assert (said(actions), due(actions), unassigned(actions)) == ([""], None, ["bob"])


async def test_somebody_else_can_free_it_only_with_triage_permission() -> None:
    world = claimed(claim("alice"))
    with pytest.raises(UserError, match="people with triage permission"):
        await feature.unclaim_asked(call("/unclaim"), SECTION, world)
    world.held = Permission.TRIAGE
    actions = await feature.unclaim_asked(call("/unclaim"), SECTION, world)
    assert unassigned(actions) == ["alice"]


async def test_what_nobody_claimed_cannot_be_freed() -> None:
    with pytest.raises(UserError, match="Nobody has claimed"):
        await feature.unclaim_asked(call("/unclaim"), SECTION, World())


async def test_silence_is_asked_about_once_by_name_and_with_the_day() -> None:
    actions = await ring(claimed(QUIET))
    after = kept(actions)
    assert after is not None
    assert after.reminded is not None
    (words,) = said(actions)
    assert words.count("@bob") == 1
    assert "Without a word it is free for others from" in words
    assert due(actions) == after.reminded + 7 * DAY
    assert unassigned(actions) == []


async def test_silence_after_the_question_frees_the_issue() -> None:
    actions = await ring(claimed(ASKED, issues={7: issue(assignees=[account("bob")])}))
    assert kept(actions) is None
    (words,) = said(actions)
    assert "Free again" in words
    assert "@" not in words
    assert unassigned(actions) == ["bob"]


async def test_whom_a_person_assigned_stays_assigned_and_that_is_said() -> None:
    standing = ASKED.model_copy(update={"assigned_before": True})
    actions = await ring(claimed(standing, issues={7: issue(assignees=[account("bob")])}))
    assert unassigned(actions) == []
    assert "bob stays assigned" in said(actions)[0]


async def test_nobody_is_taken_off_who_is_not_assigned() -> None:
    assert unassigned(await ring(claimed(ASKED))) == []


async def test_a_timer_that_rings_early_changes_nothing() -> None:
    actions = await ring(claimed(claim()))
    assert kept(actions) == claim()
    assert said(actions) == []


@pytest.mark.parametrize("standing", [QUIET, ASKED], ids=["quiet", "asked"])
async def test_what_the_claimer_did_on_github_counts_though_no_webhook_came(standing: Claim) -> None:
    yesterday = datetime.fromtimestamp(NOW - DAY, UTC)
    world = claimed(standing, timeline=(TimelineEvent("commented", "bob", yesterday),))
    actions = await ring(world)
    after = kept(actions)
    assert after is not None
    assert after.reminded is None
    assert due(actions) == pytest.approx(NOW + 13 * DAY, abs=1)
    assert all("@bob" not in words for words in said(actions))


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({}, True),
        ({"state": "closed"}, False),
        ({"user": account("carol")}, False),
        ({"pull_request": None}, False),
    ],
)
async def test_an_open_pull_request_of_the_claimers_keeps_the_claim(changes: Json, stays: bool) -> None:
    long_ago = datetime.fromtimestamp(NOW - 20 * DAY, UTC)
    named = TimelineEvent("cross-referenced", "bob", long_ago, source="octo/models#30")
    world = claimed(ASKED, timeline=(named,))
    world.issues[30] = issue(**{"number": 30, "pull_request": {}, **changes})
    assert (kept(await ring(world)) is not None) == stays


async def test_a_comment_of_the_claimers_answers_the_question() -> None:
    happened = comment_event("Still on it", author="bob")
    actions = await feature.commented(happened, SECTION, claimed(ASKED))
    after = kept(actions)
    assert after is not None
    assert after.reminded is None
    assert "@bob" not in said(actions)[0]


async def test_a_comment_before_the_question_edits_nothing() -> None:
    actions = await feature.commented(comment_event("Going well"), SECTION, claimed(claim("bob")))
    assert said(actions) == []
    assert kept(actions)


async def test_the_comment_of_somebody_else_is_no_sign() -> None:
    happened = comment_event("Any news?", author="carol")
    assert await feature.commented(happened, SECTION, claimed(ASKED)) == []
    assert await feature.commented(happened, SECTION, World()) == []


async def test_a_pull_request_that_names_the_issue_is_a_sign_and_the_issue_looks_at_it_itself() -> None:
    opened = event("pull_request", "opened", pull_request=pull_request(number=30, body="Fixes #7"))
    sign, timer = await feature.pull_request_moved(opened, SECTION, claimed(ASKED))
    assert isinstance(sign, Remember)
    assert (sign.key, sign.number) == ("sign", 7)
    assert isinstance(timer, SetTimer)
    assert timer.number == 7
    actions = await ring(claimed(ASKED, sign=sign.value))
    after = kept(actions)
    assert after is not None
    assert after.reminded is None


@pytest.mark.parametrize(
    "more", [{"sender": account("carol")}, {"pull_request": pull_request(body="Fixes #8")}]
)
async def test_the_pull_request_of_somebody_else_or_about_something_else_is_no_sign(more: Json) -> None:
    fields = {"pull_request": pull_request(number=30, body="Fixes #7"), **more}
    moved = event("pull_request", "opened", **fields)
    assert await feature.pull_request_moved(moved, SECTION, claimed(ASKED)) == []


async def test_a_sign_of_an_earlier_claimer_does_not_count() -> None:
    actions = await ring(claimed(ASKED, sign={"login": "alice", "at": NOW}))
    assert kept(actions) is None


@pytest.mark.parametrize("action", ["closed", "unassigned"])
async def test_a_closed_issue_and_a_person_who_takes_the_claimer_off_end_the_claim(action: str) -> None:
    now = issue(state="closed" if action == "closed" else "open")
    happened = event("issues", action, issue=now, assignee=account("bob"), sender=account("alice"))
    actions = await feature.perhaps_over(happened, SECTION, claimed(claim(), issues={7: now}))
    assert kept(actions) is None
    assert said(actions) == [""]
    assert unassigned(actions) == []


@pytest.mark.parametrize("action", ["closed", "unassigned"])
async def test_what_was_undone_meanwhile_ends_nothing(action: str) -> None:
    happened = event("issues", action, issue=issue(), assignee=account("bob"))
    world = claimed(claim(), issues={7: issue(assignees=[account("bob")])})
    assert await feature.perhaps_over(happened, SECTION, world) == []


async def test_taking_somebody_else_off_ends_nothing() -> None:
    happened = event("issues", "unassigned", issue=issue(), assignee=account("carol"))
    assert await feature.perhaps_over(happened, SECTION, claimed(claim())) == []


async def test_an_issue_that_is_gone_is_forgotten_without_a_word() -> None:
    for happened in (
        event("issues", "transferred", issue=issue()),
        event("issues", "deleted", issue=issue()),
    ):
        actions = await feature.gone(happened, SECTION, claimed(claim()))
        assert kept(actions) is None
        assert said(actions) == []
    for issues in ({}, {7: issue(number=8)}):
        assert said(await ring(claimed(QUIET, issues=issues))) == []


async def test_a_timer_without_a_claim_does_nothing() -> None:
    assert await ring(World()) == []
    assert said(await ring(claimed(QUIET, issues={7: issue(state="closed")}))) == [""]


async def test_an_assignment_by_a_person_is_told() -> None:
    there = issue(assignees=[account("bob")])
    happened = event("issues", "assigned", issue=there, assignee=account("bob"))
    (words,) = said(await feature.assigned(happened, SECTION, claimed(claim())))
    assert "GitHub did not accept" not in words
