from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.actions import Action, Remember, ReportPart, SetSection
from bot.commands import Permission
from bot.errors import UserError
from bot.events import PullRequest, Thread
from bot.features import hold
from bot.features.hold import Held, HoldSection
from tests.fixtures.events import Json, account, call, event, issue, pull_request

SECTION = HoldSection()
ON_PULL = issue(pull_request={})


def held_by(login: str) -> Held:
    return Held(login=login, account=0, since=0.0, why="the paper")


class World:
    def __init__(
        self,
        held: Held | None = None,
        permission: Permission = Permission.READ,
        known: Sequence[str] = ("hold",),
        labels: Sequence[str] = (),
    ) -> None:
        self.kept, self.may, self.known, self.labels = held, permission, known, labels

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        return {"hold": self.kept.model_dump()} if self.kept else {}

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        return PullRequest.model_validate(pull_request(labels=[{"name": name} for name in self.labels]))

    async def label_names(self, repository: str) -> frozenset[str]:
        return frozenset(self.known)

    async def permission(self, repository: str, login: str) -> Permission:
        return self.may


async def put_on(command: str, world: World, about: Json = ON_PULL) -> Sequence[Action]:
    return await hold.hold_asked(call(command, about=about), SECTION, world)


async def take_off(world: World, about: Json = ON_PULL) -> Sequence[Action]:
    return await hold.unhold_asked(call("/unhold", about=about), SECTION, world)


def part(actions: Sequence[Action]) -> ReportPart | None:
    return next((action for action in actions if isinstance(action, ReportPart)), None)


def kept(actions: Sequence[Action]) -> Json | None:
    (one,) = [action for action in actions if isinstance(action, Remember)]
    return one.value


async def test_a_hold_is_a_label_a_check_that_fails_and_words_that_say_why() -> None:
    actions = await put_on("/hold the paper of @alice", World())
    assert [action.kind for action in actions] == ["add_labels", "remember", "report_part", "set_section"]
    report = part(actions)
    assert report is not None
    assert (report.passed, report.required, report.commit) == (False, True, "a" * 40)
    (said,) = [action.body for action in actions if isinstance(action, SetSection)]
    assert "bob holds this since" in said
    assert "the paper of" in said
    assert "@alice" not in said + report.summary


async def test_letting_go_takes_all_of_it_back() -> None:
    actions = await take_off(World(held_by("bob")))
    assert [action.kind for action in actions] == ["remove_labels", "remember", "report_part", "set_section"]
    report = part(actions)
    assert report is not None
    assert report.passed
    assert kept(actions) is None


async def test_what_somebody_else_holds_takes_triage_permission() -> None:
    with pytest.raises(UserError, match="on hold by alice"):
        await take_off(World(held_by("alice")))
    assert await take_off(World(held_by("alice"), Permission.TRIAGE))


async def test_a_hold_cannot_be_taken_over() -> None:
    with pytest.raises(UserError, match=r"alice holds this already\. `/unhold` lets it go"):
        await put_on("/hold", World(held_by("alice")))
    renewed = kept(await put_on("/hold for another reason", World(held_by("bob"))))
    assert renewed is not None
    assert renewed["why"] == "for another reason"


async def test_what_is_not_on_hold_cannot_be_let_go() -> None:
    with pytest.raises(UserError, match="not on hold"):
        await take_off(World())


async def test_an_issue_is_held_by_its_label_alone() -> None:
    actions = await put_on("/hold", World(), issue())
    assert part(actions) is None
    with pytest.raises(UserError, match="There is no label `hold` here"):
        await put_on("/hold", World(known=()), issue())


async def test_without_the_label_a_pull_request_is_held_by_the_check() -> None:
    assert part(await put_on("/hold", World(known=())))


async def test_without_the_check_it_is_held_by_the_label() -> None:
    asked = call("/hold", about=ON_PULL)
    assert part(await hold.hold_asked(asked, HoldSection(check=False), World())) is None


async def test_a_new_commit_is_held_too() -> None:
    pushed = event("pull_request", "synchronize", pull_request=pull_request())
    assert part(await hold.new_commit(pushed, SECTION, World(held_by("bob"))))
    assert await hold.new_commit(pushed, SECTION, World()) == []


async def by_hand(action: str, world: World, label: str = "Hold") -> Sequence[Action]:
    happened = event(
        "pull_request", action, pull_request=pull_request(), label={"name": label}, sender=account("alice")
    )
    return await hold.label_changed(happened, SECTION, world)


async def test_a_persons_hand_decides_about_the_label() -> None:
    began = await by_hand("labeled", World(labels=["hold"]))
    assert (kept(began) or {})["login"] == "alice"
    assert "add_labels" not in [action.kind for action in began]
    ended = await by_hand("unlabeled", World(held_by("bob")))
    assert kept(ended) is None
    report = part(ended)
    assert report is not None
    assert report.passed


async def test_what_was_changed_back_since_or_is_another_label_changes_nothing() -> None:
    assert await by_hand("labeled", World()) == []
    assert await by_hand("unlabeled", World(held_by("bob"), labels=["hold"])) == []
    assert await by_hand("labeled", World(labels=["hold"]), "bug") == []
