from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.actions import Action, AddLabels, Remember, SetSection, SetTimer
from bot.commands import ANYONE
from bot.config import Section
from bot.dispatch import Decision
from bot.errors import GoneError, RefusedError, TransientError, UserError
from bot.events import Event
from bot.feature import Feature
from tests.deciding import OPENED, decide, feature, label
from tests.fixtures.events import comment_event, event, issue


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


async def test_what_the_bot_did_itself_concerns_only_those_who_say_so() -> None:
    deaf = feature("labels", label("one"), on="issues")
    listening = Feature[Section, Any]("checks", Section)

    @listening.on("issues", "opened", also_own=True)
    async def look(event: Event, section: Section, reads: Any) -> Sequence[Action]:
        return label("two")()

    own = event("issues", "opened", issue=issue(), sender={"login": "giveback[bot]", "type": "Bot"})
    assert (await decide([deaf, listening], own)).concerned == ("checks",)
    assert (await decide([deaf, listening], OPENED)).concerned == ("labels", "checks")
