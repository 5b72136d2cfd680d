from __future__ import annotations

import pytest

from bot.features import needs_info as feature
from bot.triage.waiting import DAY
from tests.features.needs_info.world import (
    CLEARED,
    COMPLETE,
    NOW,
    SECTION,
    World,
    edited,
    kept,
    kinds,
    question,
    replied,
    words,
)
from tests.fixtures.events import account, event, issue


async def test_an_edit_that_brings_everything_takes_the_question_back() -> None:
    actions = await edited(World(question()), body=COMPLETE)
    assert kinds(actions) == CLEARED
    assert (words(actions), kept(actions)) == ("", None)


async def test_an_edit_that_brings_a_part_is_asked_for_the_rest_and_waits_anew() -> None:
    actions = await edited(World(question(since=NOW - 10 * DAY)), body="Python 3.11, torch 2.5.1")
    assert words(actions).count("\n- ") == 2
    rest = kept(actions)
    assert rest is not None
    assert rest.asked == ("Traceback", "Code")
    assert rest.since >= NOW


async def test_an_edit_asks_for_nothing_more() -> None:
    actions = await edited(World(question("Code")), body="it fails on CUDA when I load the model")
    assert words(actions).count("\n- ") == 1


@pytest.mark.parametrize(
    "world", [World(), World(question(), now=None)], ids=["never asked", "closed by a person"]
)
async def test_an_edit_of_an_issue_nobody_waits_for_starts_nothing(world: World) -> None:
    state = "open" if world.now else "closed"
    assert await edited(world, state=state, body="still nothing") == []


async def test_a_reply_of_the_author_ends_the_waiting_and_what_it_brings_is_not_asked_for() -> None:
    actions = await replied(World(question()), "Python 3.11 and torch 2.5.1")
    assert kinds(actions) == CLEARED
    heard = kept(actions)
    assert heard is not None
    assert heard.asked == ("Traceback", "Code")
    assert SECTION.patience.due(heard) is None
    assert "Thank you for the reply, bob" in words(actions)
    assert words(actions).count("\n- ") == 2


async def test_a_reply_that_brings_everything_takes_the_question_back() -> None:
    for reply in (COMPLETE, "Here: https://gist.github.com/bob/0123456789abcdef"):
        actions = await replied(World(question()), reply)
        assert (words(actions), kept(actions)) == ("", None)


async def test_a_reply_without_what_was_asked_for_ends_the_waiting_as_well() -> None:
    actions = await replied(World(question()), "Where do I find that?")
    assert "remove_labels" in kinds(actions)
    assert words(actions).count("\n- ") == 3


@pytest.mark.parametrize(
    ("body", "author"),
    [
        ("any news?", "alice"),
        ("/help", "bob"),
        ("> quoted", "bob"),
        ("x", "bob[bot]"),
        ("@giveback clsoe", "bob"),
    ],
)
async def test_what_is_no_reply_of_the_author_changes_nothing(body: str, author: str) -> None:
    assert await replied(World(question()), body, author) == []


async def test_a_comment_on_an_issue_nobody_was_asked_about_changes_nothing() -> None:
    assert await replied(World(), "Python 3.11") == []


@pytest.mark.parametrize("action", ["closed", "reopened", "unlabeled"])
async def test_a_persons_decision_takes_the_question_back(action: str) -> None:
    happened = event("issues", action, issue=issue(), label={"name": "Needs-Info"}, sender=account("alice"))
    actions = await feature.decided(happened, SECTION, World(question(closed=True)))
    assert kinds(actions) == CLEARED
    assert "alice" in actions[0].reason


async def test_another_label_that_is_taken_off_changes_nothing() -> None:
    happened = event("issues", "unlabeled", issue=issue(), label={"name": "bug"})
    assert await feature.decided(happened, SECTION, World(question())) == []


async def test_an_issue_that_is_gone_is_forgotten() -> None:
    happened = event("issues", "deleted", issue=issue())
    assert kinds(await feature.gone(happened, SECTION, World(question()))) == {"remember", "set_timer"}
    assert await feature.gone(happened, SECTION, World()) == []
