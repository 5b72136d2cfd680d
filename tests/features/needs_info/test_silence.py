from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.actions import RemoveLabels, SetState, SetTimer
from bot.features.needs_info import NeedsInfoSection
from bot.reads import PostedComment
from bot.triage.waiting import DAY
from tests.features.needs_info.world import (
    CLEARED,
    COMPLETE,
    NOW,
    VAGUE,
    World,
    kept,
    kinds,
    question,
    rang,
    replied,
    words,
)
from tests.fixtures.events import Json, issue
from tests.triage.test_diagnosis import TOKENIZER

LATE = question(since=NOW - 15 * DAY)
CLOSING = NeedsInfoSection(close_after_days=7)


async def test_silence_is_answered_with_one_reminder_that_mentions_the_author_once() -> None:
    actions = await rang(World(LATE))
    assert words(actions).count("@bob") == 1
    assert "closed" not in words(actions)
    assert "set_timer" not in kinds(actions)
    reminded = kept(actions)
    assert reminded is not None
    assert await rang(World(reminded)) == []


async def test_the_reminder_names_the_day_where_the_repository_asks_for_closing() -> None:
    actions = await rang(World(LATE), CLOSING)
    reminded = kept(actions)
    assert reminded is not None
    assert reminded.last_day is not None
    day = datetime.fromtimestamp(reminded.last_day, UTC)
    assert f"by {day.day} {day:%B %Y} it is closed" in words(actions)
    assert [action.due for action in actions if isinstance(action, SetTimer)] == [reminded.closes]
    assert "set_state" not in kinds(actions)


async def test_after_the_day_that_was_named_the_issue_is_closed_and_the_words_say_how_to_open_it() -> None:
    late = question(since=NOW - 30 * DAY, reminded=NOW - 15 * DAY, closes=NOW - DAY)
    actions = await rang(World(late), CLOSING)
    (closed,) = [action for action in actions if isinstance(action, SetState)]
    assert (closed.state, closed.why) == ("closed", "not_planned")
    assert "reply here with them and this issue opens again by itself" in words(actions)
    assert await rang(World(late)) == [], "closing was switched off meanwhile"


async def test_the_authors_reply_opens_what_was_closed_for_waiting() -> None:
    actions = await replied(World(question(closed=True, closes=NOW)), "Python 3.11", state="closed")
    assert [action.state for action in actions if isinstance(action, SetState)] == ["open"]
    assert [action.labels for action in actions if isinstance(action, RemoveLabels)] == [("needs-info",)]


async def test_what_a_person_closed_is_not_opened() -> None:
    assert await replied(World(question()), "Python 3.11", state="closed") == []


async def test_a_reply_that_the_bot_missed_counts_before_anybody_is_bothered() -> None:
    said = PostedComment(1, "bob", "Python 3.11 and torch 2.5.1", created_at=datetime.now(UTC))
    actions = await rang(World(LATE, said=[said]))
    assert "Thank you for the reply, bob" in words(actions)
    others = PostedComment(2, "alice", "any news?", created_at=datetime.now(UTC))
    before = PostedComment(3, "bob", "earlier", created_at=datetime.fromtimestamp(LATE.since - 1, UTC))
    assert "@bob" in words(await rang(World(LATE, said=[others, before])))


@pytest.mark.parametrize(
    ("now", "own"),
    [
        (issue(**VAGUE, state="closed"), frozenset()),
        (issue(**VAGUE, locked=True), frozenset()),
        (issue(**VAGUE), frozenset({"Needs-Info"})),
        (issue(title="Crash", body=COMPLETE), frozenset()),
    ],
    ids=["closed", "locked", "label taken off", "complete"],
)
async def test_nobody_is_reminded_who_is_not_waited_for(now: Json, own: frozenset[str]) -> None:
    actions = await rang(World(LATE, now=now, own=own))
    assert kinds(actions) == CLEARED
    assert words(actions) == ""


async def test_a_question_is_let_go_once_maintainers_said_what_is_known_of_the_failure() -> None:
    now = issue(title="[Bug] Crash", body=f"It fails.\n\n```\n{TOKENIZER}\n```\n")
    assert (
        kinds(await rang(World(LATE, now=now, answer={"text": "Fixed", "by": "alice", "at": 1.0}))) == CLEARED
    )


@pytest.mark.parametrize("now", [None, issue(number=8)], ids=["deleted", "moved"])
async def test_an_issue_that_is_not_there_any_more_is_forgotten(now: Json | None) -> None:
    assert kinds(await rang(World(LATE, now=now))) == {"remember", "set_timer"}


async def test_a_timer_that_rings_too_early_is_set_again() -> None:
    (timer,) = await rang(World(question(since=NOW - DAY)))
    assert isinstance(timer, SetTimer)
    assert timer.due == NOW + 13 * DAY
    assert await rang(World()) == []
