from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Assign, RequestReviews
from bot.commands import Permission
from bot.errors import UserError
from bot.events import Issue, PullRequest, Thread
from bot.features import assigning
from bot.features.assigning import AssigningSection
from bot.features.named import Named, read_names
from bot.triage.claims import Claim
from tests.fixtures.events import account, call, issue, pull_request

ON_PULL = issue(pull_request={})


class World:
    def __init__(
        self,
        assigned: Collection[str] = (),
        strangers: Collection[str] = (),
        held: Permission = Permission.TRIAGE,
        claimed_by: str = "",
        state: str = "open",
    ) -> None:
        self.assigned, self.strangers, self.held = assigned, strangers, held
        self.claimed_by, self.state = claimed_by, state

    async def issue(self, repository: str, number: int) -> Issue:
        return Issue.model_validate(issue(assignees=[account(login) for login in self.assigned]))

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        return PullRequest.model_validate(pull_request(state=self.state))

    async def assignees_allowed(self, repository: str, login: str, number: int | None = None) -> bool:
        return login not in self.strangers

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        if not self.claimed_by:
            return {}
        return {"claim": Claim(login=self.claimed_by, since=1.0, heard=1.0).model_dump()}


async def assign(command: str, world: World) -> Assign | None:
    for action in await assigning.assign_asked(call(command), AssigningSection(), world):
        assert isinstance(action, Assign)
        return action
    return None


@pytest.mark.parametrize(
    ("command", "people"),
    [
        ("/assign @alice carol", ("alice", "carol")),
        ("/assign", ("bob",)),
        ("/assign @alice, @alice", ("alice",)),
    ],
)
async def test_people_are_assigned(command: str, people: tuple[str, ...]) -> None:
    action = await assign(command, World())
    assert action is not None
    assert action.add == people
    assert action.told == ""
    assert "{refused}" in action.told_otherwise


async def test_whoever_is_assigned_is_not_assigned_again() -> None:
    assert await assign("/assign @Alice", World(assigned=["alice"])) is None


async def test_if_github_refuses_one_nobody_is_assigned_and_that_is_told() -> None:
    with pytest.raises(UserError) as refused:
        await assign("/assign @alice @mallory", World(strangers=["mallory"]))
    assert "mallory be assigned here, so nobody was assigned" in str(refused.value)
    assert "@" not in str(refused.value)


async def test_more_than_ten_people_are_too_many() -> None:
    crowd = [f"p{number}" for number in range(9)]
    with pytest.raises(UserError, match="at most 10"):
        await assign("/assign @alice @carol", World(assigned=crowd))


async def unassign(command: str, world: World) -> Assign:
    (action,) = await assigning.unassign_asked(call(command), AssigningSection(), world)
    assert isinstance(action, Assign)
    return action


async def test_everybody_can_take_themselves_off() -> None:
    assert (await unassign("/unassign", World(held=Permission.READ))).remove == ("bob",)
    assert (await unassign("/unassign @Bob", World(held=Permission.READ))).remove == ("Bob",)


async def test_taking_others_off_takes_triage_permission() -> None:
    assert (await unassign("/unassign @alice", World())).remove == ("alice",)
    with pytest.raises(UserError, match="triage permission"):
        await unassign("/unassign @alice", World(held=Permission.READ))


async def test_a_claim_is_not_left_standing_without_its_claimer() -> None:
    with pytest.raises(UserError, match="claimed by alice"):
        await unassign("/unassign @Alice", World(claimed_by="alice"))


async def cc(command: str, world: World, **more: Any) -> list[Any]:
    return list(await assigning.cc_asked(call(command, **more), AssigningSection(), world))


async def test_people_and_teams_are_asked_for_a_review() -> None:
    (action,) = await cc("/cc @alice @octo/maintainers @bob", World(), about=ON_PULL)
    assert isinstance(action, RequestReviews)
    assert (action.people, action.teams) == (("alice",), ("maintainers",))


async def test_on_an_issue_nobody_is_told_a_second_time() -> None:
    assert await cc("/cc @alice", World()) == []


@pytest.mark.parametrize(
    ("command", "world", "words"),
    [
        ("/cc @mallory", World(strangers=["mallory"]), "mallory does not, so nobody was asked"),
        ("/cc @bob", World(), "their own pull request"),
        ("/cc @alice", World(state="closed"), "closed"),
        ("/cc @evil/team", World(), "no team of octo"),
    ],
)
async def test_who_cannot_be_asked_for_a_review(command: str, world: World, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await cc(command, world, about=ON_PULL)


async def test_a_team_cannot_be_assigned() -> None:
    with pytest.raises(UserError, match="only people"):
        await assign("/assign @octo/maintainers", World())


@given(st.lists(st.text(max_size=120), max_size=12))
def test_any_words_are_logins_or_a_mistake(words: list[str]) -> None:
    with suppress(UserError):
        named = read_names(words, "octo")
        assert isinstance(named, Named)
        assert all(name.replace("-", "").isalnum() for name in named.people)
