"""Issues and words put where they belong, on a sandbox GitHub."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from bot import audit, histories, threads
from bot.actions import (
    Action,
    HideText,
    MinimizeComment,
    OpenDiscussion,
    SetLock,
    SetSection,
    ShowAgain,
    TransferIssue,
)
from bot.apply import Applier
from bot.events import Thread
from bot.triage.disclosure import HIDDEN
from bot.triage.history import PastIssue
from tests.apply.conftest import MODELS, apply, own_comments
from tests.sandbox.github.stage import Stage

BOT = "giveback[bot]"


def shown(stage: Stage, thread: Thread) -> Any:
    return stage.bob.get(f"{MODELS}/issues/{thread.number}")


def says(thread: Thread, section: str, body: str) -> SetSection:
    return SetSection(thread=thread, section=section, body=body, reason="a test")


def hides(thread: Thread) -> HideText:
    body = f"{HIDDEN}\nA notice"
    return HideText(thread=thread, title="Moved", body=body, section="routing", reason="a test")


async def test_a_hidden_text_is_replaced_and_nothing_of_it_is_said_or_kept(
    applier: Applier, stage: Stage, database: Engine, thread: Thread
) -> None:
    with Session(database) as session:
        histories.set_mark(session, thread.home, None, whole=True)
        histories.keep(session, thread.home, [PastIssue(number=thread.number, title="RCE")])
        session.commit()
    plan: list[Action] = [says(thread, "triage", "It is about the exploit"), hides(thread)]
    await apply(applier, "first", *plan, opened_with=[])
    assert (shown(stage, thread)["title"], shown(stage, thread)["body"]) == ("Moved", f"{HIDDEN}\nA notice")
    assert own_comments(stage, thread) == []
    with Session(database) as session:
        assert list(histories.all_of(session, thread.home)) == []


async def test_words_that_stood_there_before_are_taken_back(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    await apply(applier, "first", says(thread, "triage", "It is about the exploit"))
    await apply(applier, "second", hides(thread))
    await apply(
        applier, "third", says(thread, "triage", "The exploit again"), says(thread, "routing", "Calm")
    )
    (comment,) = own_comments(stage, thread)
    assert "exploit" not in comment
    assert "Calm" in comment


async def test_a_plan_cut_off_after_hiding_says_nothing_when_it_goes_on(
    applier: Applier, stage: Stage, database: Engine, thread: Thread
) -> None:
    plan: list[Action] = [says(thread, "triage", "It is about the exploit"), hides(thread)]
    with Session(database) as session:
        audit.begin(session, "first", {audit.key_of(action): action for action in plan})
        session.commit()
    for _ in range(2):
        await apply(applier, "first", *plan)
    assert own_comments(stage, thread) == []


async def test_once_the_text_is_back_all_features_speak_again(
    applier: Applier, stage: Stage, database: Engine, thread: Thread
) -> None:
    await apply(applier, "first", hides(thread))
    await apply(applier, "second", ShowAgain(thread=thread, reason="a test"))
    await apply(applier, "third", says(thread, "triage", "What is missing"))
    assert len(own_comments(stage, thread)) == 1
    with Session(database) as session:
        assert threads.sections(session, thread) == {"triage": "What is missing"}


async def test_a_comment_is_folded_away_once(applier: Applier, stage: Stage, thread: Thread) -> None:
    comment = stage.bob.post(f"{MODELS}/issues/{thread.number}/comments", {"body": "more of it"})
    fold = MinimizeComment(thread=thread, node=comment["node_id"], why="OFF_TOPIC", reason="a test")
    await apply(applier, "first", fold, fold)
    seen = stage.bob.get(f"{MODELS}/issues/comments/{comment['id']}")
    assert seen["minimized"] == {"reason": "off-topic"}


async def test_a_comment_that_is_gone_keeps_nothing_else_from_being_done(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    gone = MinimizeComment(thread=thread, node="IC_Mzk5OTk5", why="OFF_TOPIC", reason="a test")
    applied = await apply(applier, "first", gone, SetLock(thread=thread, locked=True, reason="a test"))
    assert (applied.done, applied.gone) == (1, "")
    assert shown(stage, thread)["locked"]


def discussion(thread: Thread, category: str = "q-a") -> OpenDiscussion:
    return OpenDiscussion(
        thread=thread,
        category=category,
        title="How do I?",
        body="> the question",
        section="routing",
        told="It is here: {address}",
        closes=True,
        reason="a test",
    )


async def test_a_discussion_is_opened_told_and_the_issue_closed(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    stage.alice.patch(MODELS, {"has_discussions": True})
    await apply(applier, "first", discussion(thread))
    (comment,) = own_comments(stage, thread)
    address = comment.partition("It is here: ")[2].split()[0]
    assert "the question" in stage.client.get(address).text
    issue = shown(stage, thread)
    assert (issue["state"], issue["state_reason"]) == ("closed", "not_planned")


async def test_an_attempt_that_was_cut_off_opens_no_second_discussion(
    applier: Applier, stage: Stage, database: Engine, thread: Thread
) -> None:
    stage.alice.patch(MODELS, {"has_discussions": True})
    action = discussion(thread)
    await apply(applier, "first", action)
    (key,) = [audit.key_of(action)]
    with Session(database) as session:
        audit.finish(session, "first", key, audit.Outcome.started)
        session.commit()
    await apply(applier, "first", action)
    opened = await applier.reader.own_discussions("alice/models")
    assert sum(f"giveback:from {thread} " in one.body for one in opened) == 1


async def test_without_discussions_the_issue_stays_as_it_is_and_the_answer_says_so(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    stage.alice.patch(MODELS, {"has_discussions": False})
    applied = await apply(applier, "first", discussion(thread))
    assert len(applied.refused) == 1
    assert shown(stage, thread)["state"] == "open"
    (comment,) = own_comments(stage, thread)
    assert "did not open a discussion" in comment


async def test_an_issue_moves_and_a_second_attempt_leaves_it_there(
    applier: Applier, stage: Stage, database: Engine, thread: Thread
) -> None:
    stage.repository("alice", "questions", {"a": "b"})
    action = TransferIssue(thread=thread, target="alice/questions", reason="a test")
    await apply(applier, "first", action)
    with Session(database) as session:
        audit.finish(session, "first", audit.key_of(action), audit.Outcome.started)
        session.commit()
    applied = await apply(applier, "first", action)
    assert (applied.done, applied.refused, applied.gone) == (1, (), "")
    assert await applier.reader.whereabouts("alice/models", thread.number) == ("alice/questions", 1)
    assert [one["title"] for one in stage.bob.get("/repos/alice/questions/issues")] == ["RCE"]


async def test_an_issue_that_cannot_move_stays_and_the_answer_says_so(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    action = TransferIssue(thread=thread, target="alice/nowhere", reason="a test")
    applied = await apply(applier, "first", action)
    assert (len(applied.refused), applied.gone) == (1, "")
    (comment,) = own_comments(stage, thread)
    assert "did not move this issue" in comment
