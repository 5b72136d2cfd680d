from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bot.actions import Action, AddLabels, React, Remember, Reply, SetSection, SetTimer
from bot.commands import ANYONE, AUTHOR, WRITE, Command, Permission, ThreadKind
from bot.config import RepoConfig, Section, load
from bot.dispatch import Decision, Dispatcher, Earlier
from bot.errors import GoneError, RefusedError, TransientError, UserError
from bot.events import Event
from bot.feature import Call, Feature
from tests.fixtures.events import comment_event, event, issue, pull_request


class People:
    """Answers what people may do, and remembers who was asked about."""

    def __init__(self, **held: Permission) -> None:
        self.held = held
        self.asked: list[str] = []

    async def permission(self, repository: str, login: str) -> Permission:
        self.asked.append(login)
        return self.held.get(login, Permission.READ)


Outcome = Callable[[], Sequence[Action]] | Exception


def feature(
    name: str, outcome: Outcome | None = None, *, on: str = "issues", **commands: Any
) -> Feature[Any, Any]:
    """Make a feature that answers every event of a kind with one outcome, and its commands with others."""
    made = Feature[Section, Any](name, Section)

    def come_to(result: Any) -> Sequence[Action]:
        if isinstance(result, Exception):
            raise result
        return result() if callable(result) else []

    if outcome is not None:

        @made.on(on)
        async def answer(event: Event, section: Section, reads: Any) -> Sequence[Action]:
            return come_to(outcome)

    for command_name, (who, result, *threads) in commands.items():
        for_threads = threads[0] if threads else ThreadKind.ANY
        command = Command(
            command_name, f"/{command_name}", "Does it.", who, f"/{command_name}", threads=for_threads
        )

        def register(command: Command, result: Any) -> None:
            @made.command(command)
            async def obey(call: Call, section: Section, reads: Any) -> Sequence[Action]:
                if isinstance(result, Exception):
                    raise result
                return [Reply(thread=call.thread, key=call.key, body="done", reason="asked")]

        register(command, result)
    return made


OPENED = event("issues", "opened", issue=issue())


def label(name: str) -> Callable[[], Sequence[Action]]:
    return lambda: [AddLabels(thread=OPENED.thread, labels=(name,), reason=f"is {name}")]


async def decide(
    features: Sequence[Feature[Any, Any]],
    event: Event,
    people: People | None = None,
    *,
    config: str = "",
    only: Sequence[str] | None = None,
) -> Decision:
    return await Dispatcher(features).decide(
        event, rules(features, config), people or People(), Earlier(only=tuple(only) if only else None)
    )


def rules(features: Sequence[Feature[Any, Any]], config: str = "") -> RepoConfig:
    return load(config, None, {feature.name: feature.section for feature in features})


def replies(decision: Decision) -> list[str]:
    return [action.body for action in decision.plan.actions if isinstance(action, Reply)]


def reactions(decision: Decision) -> list[str]:
    return [action.content for action in decision.plan.actions if isinstance(action, React)]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TransientError("GitHub is away", 30.0), {"transient": True, "retry_after": 30.0, "gone": False}),
        (GoneError("Not Found", 404), {"transient": False, "gone": True}),
        (RefusedError("Resource not accessible by integration", 403), {"transient": False, "gone": False}),
        (ZeroDivisionError("a mistake of ours"), {"transient": False, "gone": False}),
    ],
)
async def test_a_feature_that_fails_leaves_the_others_whole(
    error: Exception, expected: dict[str, Any]
) -> None:
    features = [feature("before", label("one")), feature("broken", error), feature("after", label("two"))]
    decision = await decide(features, OPENED)
    (action,) = decision.plan.actions
    assert isinstance(action, AddLabels)
    assert action.labels == ("one", "two")
    assert action.feature == "before, after"
    assert decision.concerned == ("before", "broken", "after")
    (failure,) = decision.failures
    assert failure.feature == "broken"
    assert str(error) in failure.message
    assert expected.items() <= failure.model_dump().items()


async def test_what_a_person_can_put_right_becomes_the_features_words() -> None:
    decision = await decide([feature("cards", UserError("Add a `config.json`."))], OPENED)
    assert decision.failures == ()
    (action,) = decision.plan.actions
    assert isinstance(action, SetSection)
    assert (action.section, action.body, action.feature) == ("cards", "Add a `config.json`.", "cards")


async def test_what_a_person_can_put_right_is_a_failure_where_no_thread_is() -> None:
    decision = await decide([feature("cards", UserError("no"), on="push")], event("push", ref="refs/heads/x"))
    assert [failure.feature for failure in decision.failures] == ["cards"]


async def test_only_the_features_asked_for_decide_again() -> None:
    features = [feature("one", label("one")), feature("two", label("two"))]
    decision = await decide(features, OPENED, only=["two"])
    assert decision.concerned == ("two",)


async def test_a_feature_switched_off_has_no_say_and_no_commands() -> None:
    features = [feature("one", label("one"), go=(ANYONE, None))]
    decision = await decide(features, OPENED, config="one: {enabled: false}")
    assert decision == Decision()
    spoken = await decide(features, comment_event("/go"), config="one: {enabled: false}")
    assert spoken.plan.actions == ()


async def test_a_feature_on_trial_is_recorded_only_but_its_timers_go_on() -> None:
    waiting = Feature[Section, object]("labels", Section)

    @waiting.on("issues", "opened")
    async def handle(event: Event, section: Section, reads: object) -> Sequence[Action]:
        return [
            SetTimer(thread=event.thread, name="look", due=1.0, reason="to look again"),
            Remember(thread=event.thread, key="seen", value={}, reason="it was seen"),
        ]

    actions = (await decide([waiting], OPENED, config="labels: {dry_run: true}")).plan.actions
    assert {action.kind: action.dry_run for action in actions} == {"set_timer": False, "remember": True}


async def test_a_repository_in_dry_run_says_so_in_the_decision() -> None:
    features = [feature("one", label("one"))]
    assert (await decide(features, OPENED, config="dry_run: true")).dry_run
    assert not (await decide(features, OPENED)).dry_run


async def test_the_same_event_is_decided_the_same_way_every_time() -> None:
    features = [feature(f"f{n}", label(f"l{n}"), on="issues") for n in range(20)]
    decisions = {(await decide(features, OPENED)).model_dump_json() for _ in range(5)}
    assert len(decisions) == 1


async def test_an_event_with_several_handlers_of_one_feature_runs_them_in_order() -> None:
    made = Feature[Section, Any]("many", Section)
    order: list[str] = []

    def add(name: str, *actions: str) -> None:
        @made.on("issues", *actions)
        async def handle(event: Event, section: Section, reads: Any) -> Sequence[Action]:
            order.append(name)
            return []

    add("first")
    add("second", "opened")
    add("third")
    add("never", "closed")
    await decide([made], OPENED)
    assert order == ["first", "second", "third"]


# Commands.

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
        ("/help too much", "has no place for"),
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
