from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.actions import Action, React, TransferIssue
from bot.commands import ANYONE, AUTHOR, WRITE, Command, Permission, ThreadKind
from bot.config import Section
from bot.dispatch import Decision, Dispatcher, Earlier
from bot.errors import TransientError, UserError
from bot.events import Event
from bot.feature import Call, Feature
from tests.deciding import People, decide, feature, label, reactions, replies, rules
from tests.fixtures.events import comment_event, event, issue, pull_request

HELPING = [feature("help", help=(ANYONE, None)), feature("work", go=(WRITE, None), mine=(AUTHOR, None))]


async def test_a_command_is_answered_and_its_receipt_is_a_rocket() -> None:
    decision = await decide(HELPING, comment_event("/help"))
    assert replies(decision) == ["done"]
    assert reactions(decision) == ["rocket"]


def test_the_first_receipt_is_put_before_anything_is_decided() -> None:
    receipt = Dispatcher(HELPING).receipt(comment_event("/help"), rules(HELPING))
    (action,) = receipt.actions
    assert isinstance(action, React)
    assert (action.content, action.comment) == ("eyes", 99)


@pytest.mark.parametrize("body", ["Thanks!", "`/help`", "> /help", "/etc/passwd", ""])
async def test_a_comment_without_a_command_gets_no_receipt_and_no_answer(body: str) -> None:
    said = comment_event(body)
    assert Dispatcher(HELPING).receipt(said, rules(HELPING)).actions == ()
    assert not Dispatcher(HELPING).concerns(said)
    assert (await decide(HELPING, said)).plan.actions == ()


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (comment_event("/help", author="renovate[bot]"), False),
        (comment_event("/help", author="giveback[bot]"), False),
        (comment_event("/help", before="hello", sender="mallory"), False),
        (comment_event("/help", sender="helper[bot]"), False),
        (comment_event("/help", before="hello"), True),
        (comment_event("/help", before="/help"), False),
        (comment_event("hello\n\n/help", before="/help"), False),
        (comment_event("/help\n\n/help", before="/help"), True),
    ],
    ids=[
        "another bot",
        "the bot itself",
        "somebody else's edit",
        "a bot writing for a person",
        "a command added by an edit",
        "an edit that leaves the command",
        "an edit that moves the command",
        "one more of the same",
    ],
)
async def test_only_new_words_of_a_person_count_as_commands(said: Event, asked: bool) -> None:
    assert Dispatcher(HELPING).may_ask(said) is asked
    assert bool(replies(await decide(HELPING, said))) is asked


def test_an_edit_that_does_not_say_what_changed_runs_nothing() -> None:
    edited = event(
        "issue_comment",
        "edited",
        issue=issue(),
        comment={"id": 99, "body": "/help", "user": {"login": "bob", "type": "User"}},
    )
    assert not Dispatcher(HELPING).may_ask(edited)


def test_a_deleted_comment_and_one_by_a_deleted_account_run_nothing() -> None:
    comment = {"id": 99, "body": "/help", "user": {"login": "bob", "type": "User"}}
    assert not Dispatcher(HELPING).may_ask(event("issue_comment", "deleted", issue=issue(), comment=comment))
    ghost = {**comment, "user": None}
    assert not Dispatcher(HELPING).may_ask(event("issue_comment", "created", issue=issue(), comment=ghost))


def test_commands_in_the_body_of_an_issue_or_a_review_are_not_read() -> None:
    assert not Dispatcher(HELPING).may_ask(event("issues", "opened", issue=issue(body="/help")))
    review = event("pull_request_review_comment", "created", pull_request=pull_request())
    assert not Dispatcher(HELPING).may_ask(review)


async def test_permission_is_asked_for_at_that_moment_and_never_taken_from_the_payload() -> None:
    people = People(bob=Permission.READ)
    said = comment_event("/go", about=issue(author_association="OWNER"))
    denied = await decide(HELPING, said, people)
    assert reactions(denied) == ["confused"]
    assert "write permission" in replies(denied)[0]
    people.held["bob"] = Permission.WRITE
    allowed = await decide(HELPING, said, people)
    assert (replies(allowed), reactions(allowed)) == (["done"], ["rocket"])
    assert people.asked == ["bob", "bob"]


async def test_what_anyone_may_do_asks_github_nothing() -> None:
    people = People()
    await decide(HELPING, comment_event("/help"), people)
    assert people.asked == []


@pytest.mark.parametrize(("author", "content"), [("bob", "rocket"), ("mallory", "confused")])
async def test_a_threads_author_is_who_opened_it(author: str, content: str) -> None:
    decision = await decide(HELPING, comment_event("/mine", author=author, about=issue()))
    assert reactions(decision) == [content]


async def test_all_commands_of_a_comment_are_answered_in_one_comment_that_says_nothing_twice() -> None:
    decision = await decide(HELPING, comment_event("/help\n/go\n/help"))
    (reply,) = replies(decision)
    assert (reply.count("done"), reply.count("/go")) == (1, 1)
    assert reactions(decision) == ["confused"]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("@giveback hlp", "Did you mean `/help`?"),
        ("@giveback frobnicate", "There is no command `frobnicate`"),
        ("/help too much", "takes nothing after it"),
        ("/help a=b", "has no option"),
        ('/help "never closed', "The quotes"),
    ],
)
async def test_a_command_that_cannot_be_read_is_explained_in_one_line(body: str, answer: str) -> None:
    decision = await decide(HELPING, comment_event(body))
    assert [reply for reply in replies(decision) if answer in reply]
    assert len(replies(decision)) == 1
    assert reactions(decision) == ["confused"]


async def test_an_unknown_command_that_is_not_for_the_bot_is_left_alone() -> None:
    decision = await decide(HELPING, comment_event("/frobnicate\n/assign me"))
    assert decision.plan.actions == ()


async def test_ten_thousand_commands_get_one_refusal_and_nothing_runs() -> None:
    decision = await decide(HELPING, comment_event("\n".join(["/help"] * 10_000)))
    assert len(replies(decision)) == 1
    assert "none of them ran" in replies(decision)[0]
    assert reactions(decision) == ["confused"]


async def test_people_can_address_the_app_by_the_name_it_was_registered_under() -> None:
    dispatcher = Dispatcher(HELPING, slug="acme-helper")
    assert dispatcher.may_ask(comment_event("@acme-helper help"))
    assert not dispatcher.may_ask(comment_event("@giveback help"))
    own = event("issues", "opened", issue=issue(), sender={"login": "acme-helper[bot]", "type": "Bot"})
    assert not Dispatcher([feature("one", label("x"))], slug="acme-helper").concerns(own)


async def test_a_command_that_cannot_be_done_as_asked_says_what_to_do() -> None:
    decision = await decide([feature("work", go=(ANYONE, UserError("Push it first.")))], comment_event("/go"))
    assert (replies(decision), reactions(decision)) == (["Push it first."], ["confused"])
    assert decision.failures == ()


async def test_a_command_that_fails_is_an_internal_error_with_the_deliverys_id() -> None:
    said = comment_event("/go")
    decision = await decide([feature("work", go=(ANYONE, ZeroDivisionError("secret detail")))], said)
    assert said.guid in replies(decision)[0]
    assert "Internal error" in replies(decision)[0]
    assert "secret detail" not in replies(decision)[0]
    assert reactions(decision) == ["confused"]
    assert [failure.feature for failure in decision.failures] == ["work"]


async def test_a_command_that_must_wait_has_no_receipt_and_no_answer_yet() -> None:
    features = [feature("work", go=(ANYONE, TransientError("away"))), HELPING[0]]
    decision = await decide(features, comment_event("/go\n/help"))
    assert replies(decision) == ["done"]
    assert reactions(decision) == []
    assert [failure.transient for failure in decision.failures] == [True]


@pytest.mark.parametrize(
    ("threads", "about", "answer", "receipt"),
    [
        (ThreadKind.ISSUE, {}, "done", "rocket"),
        (ThreadKind.ISSUE, {"pull_request": {}}, "can only be used on issues", "confused"),
        (ThreadKind.PULL_REQUEST, {"pull_request": {}}, "done", "rocket"),
        (ThreadKind.PULL_REQUEST, {}, "can only be used on pull requests", "confused"),
    ],
)
async def test_a_command_is_refused_on_a_thread_that_it_is_not_for(
    threads: ThreadKind, about: Any, answer: str, receipt: str
) -> None:
    features = [feature("work", go=(ANYONE, None, threads))]
    decision = await decide(features, comment_event("/go", about=issue(**about)))
    assert answer in replies(decision)[0]
    assert reactions(decision) == [receipt]


async def test_a_permission_that_cannot_be_asked_for_is_waited_for() -> None:
    class Away(People):
        async def permission(self, repository: str, login: str) -> Permission:
            raise TransientError("away", 5.0)

    decision = await decide(HELPING, comment_event("/go"), Away())
    assert decision.plan.actions == ()
    assert [(failure.transient, failure.retry_after) for failure in decision.failures] == [(True, 5.0)]


async def test_the_receipt_after_a_wait_also_counts_what_was_not_understood_before_it() -> None:
    features = [feature("work", go=(ANYONE, None))]
    event = comment_event("/go\n@giveback frobnicate")
    earlier = Earlier(only=("work",), answered=("2-frobnicate",), well=False)
    decision = await Dispatcher(features).decide(event, rules(features), People(), earlier)
    assert (replies(decision), reactions(decision)) == (["done"], ["confused"])


async def test_a_command_answered_before_a_wait_is_not_answered_again() -> None:
    features = [feature("work", go=(ANYONE, None))]
    earlier = Earlier(only=("work",), answered=("1-go",))
    decision = await Dispatcher(features).decide(
        comment_event("/go\n/go"), rules(features), People(), earlier
    )
    assert decision.answered == ("1-go", "2-go")
    assert replies(decision) == ["done"]


async def test_a_command_that_could_not_be_answered_after_all_attempts_is_told_so() -> None:
    features = [feature("work", go=(ANYONE, None))]
    event = comment_event("/go\n/go")
    plan = Dispatcher(features).give_up(event, rules(features), answered=["1-go"])
    told = Decision(plan=plan)
    assert "Internal error" in replies(told)[0]
    assert event.guid in replies(told)[0]
    assert reactions(told) == ["confused"]
    assert Dispatcher(features).give_up(event, rules(features), answered=["1-go", "2-go"]).actions == ()


async def test_what_is_done_for_a_command_says_that_somebody_asked_and_the_receipt_waits_for_it() -> None:
    made = feature("work", label("seen"), on="issue_comment", go=(ANYONE, None))
    decision = await decide([made], comment_event("/go"))
    assert {action.kind: action.asked for action in decision.plan.actions} == {
        "add_labels": False,
        "reply": True,
        "react": False,
    }
    receipt = decision.plan.actions[-1]
    assert isinstance(receipt, React)
    assert (receipt.content, receipt.otherwise) == ("rocket", "confused")


async def test_an_issue_that_moves_away_gets_its_receipt_only_when_it_cannot() -> None:
    made = Feature[Section, Any]("routing", Section)

    @made.command(Command("transfer", "/transfer", "Moves it.", ANYONE, "/transfer"))
    async def move(call: Call, section: Section, reads: Any) -> Sequence[Action]:
        return [TransferIssue(thread=call.thread, target="octo/docs", reason="asked")]

    moving, receipt = (await decide([made], comment_event("/transfer"))).plan.actions
    assert isinstance(moving, TransferIssue)
    assert isinstance(receipt, React)
    assert (receipt.content, receipt.otherwise) == (None, "confused")


async def test_the_receipt_of_a_replay_takes_the_place_of_the_first_one() -> None:
    again = await decide(HELPING, comment_event("/help"), only=("help",))
    receipt = again.plan.actions[-1]
    assert isinstance(receipt, React)
    assert (receipt.content, receipt.replaces) == ("rocket", "confused")
