from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Action, Remember, SetSection, SetState
from bot.commands import Permission
from bot.errors import GoneError, UserError
from bot.events import Changes, Issue, Thread
from bot.features import duplicates as feature
from bot.features.duplicates import DuplicatesSection, number_in, says_something_else
from bot.knowledge import TAUGHT
from bot.reads import LinkedIssue
from bot.triage.disclosure import HIDDEN
from bot.triage.history import PastIssue
from bot.triage.similar.remembered import FIX, Fix
from bot.triage.similar.score import Match
from tests.fixtures.events import Json, account, call, event, issue, pull_request

SECTION = DuplicatesSection()
COMMIT = "c" * 40


def match(number: int, *, shown: bool = True, **more: Any) -> Match:
    return Match(number, 0.8, shown, ("both titles have: CUDA @alice",), **more)


@dataclass
class World:
    """What can be read."""

    matches: tuple[Match, ...] = ()
    stands: bool = False
    kept: dict[int, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=lambda: {n: issue(number=n) for n in (3, 7, 12)})
    held: Permission = Permission.READ
    closes: tuple[LinkedIssue, ...] = ()
    before: str | None = "v1"
    commits: frozenset[str] = frozenset({COMMIT})
    asked: list[str] = field(default_factory=list)

    async def similar_issues(self, thread: Thread, about: PastIssue, limit: int = 5) -> tuple[Match, ...]:
        self.asked.append("similar")
        return self.matches

    async def has_section(self, thread: Thread, section: str) -> bool:
        return self.stands

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        return self.kept.get(thread.number, {})

    async def recall_everywhere(self, thread: Thread, name: str, key: str) -> dict[int, dict[str, Any]]:
        return {number: values[key] for number, values in self.kept.items() if key in values}

    async def issue(self, repository: str, number: int) -> Issue:
        if number not in self.issues:
            raise GoneError("Not Found", 404)
        return Issue.model_validate(self.issues[number])

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held

    async def closing_issues(self, repository: str, number: int) -> tuple[LinkedIssue, ...]:
        return self.closes

    async def previous_release(self, repository: str, tag: str) -> str | None:
        self.asked.append("release")
        return self.before

    async def commits_between(self, repository: str, base: str, head: str) -> frozenset[str]:
        return self.commits


async def opened(world: World, section: DuplicatesSection = SECTION, **more: Any) -> Sequence[Action]:
    return await feature.issue_opened(event("issues", "opened", issue=issue(**more)), section, world)


async def edited(world: World, changes: Json, **more: Any) -> Sequence[Action]:
    about = issue(**{"created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-02T00:00:00Z", **more})
    return await feature.issue_edited(event("issues", "edited", issue=about, changes=changes), SECTION, world)


def words(actions: Sequence[Action]) -> str:
    (section,) = [one for one in actions if isinstance(one, SetSection)]
    return section.body


def remembered(actions: Sequence[Action]) -> dict[tuple[int, str], Any]:
    return {(one.thread.number, one.key): one.value for one in actions if isinstance(one, Remember)}


def test_what_it_remembers_is_what_the_index_reads() -> None:
    assert feature.feature.name == TAUGHT


async def test_a_new_issue_is_pointed_to_others_that_are_sure_enough() -> None:
    known = match(12, fixed_by=15, released_in="v1.2")
    (said,) = await opened(World((known, match(3), match(4, shown=False))))
    text = words([said])
    assert "- #12 (both titles have: CUDA" in text
    assert "). Fixed by #15, released in `v1.2`" in text
    assert "- #3 " in text
    assert "#4" not in text
    assert "@alice" not in text


async def test_nothing_is_said_when_nothing_is_sure_or_nobody_wants_to_hear_it() -> None:
    assert await opened(World((match(3, shown=False),))) == []
    quiet = World((match(3),))
    assert await opened(quiet, DuplicatesSection(quiet=True)) == []
    assert quiet.asked == []


async def test_bots_and_what_is_out_of_view_are_passed_over() -> None:
    world = World((match(3),))
    assert await opened(world, user=account("renovate[bot]")) == []
    assert await opened(world, body=f"{HIDDEN}\nmoved") == []
    assert world.asked == []


async def test_what_its_author_names_already_is_not_pointed_to() -> None:
    world = World((match(3), match(12)))
    assert "#3 " not in words(await opened(world, body="Like #3, but on Windows"))
    assert await opened(world, body="#3 and https://github.com/octo/models/issues/12 say so") == []


async def test_no_more_are_shown_than_were_asked_for() -> None:
    text = words(await opened(World((match(3), match(12))), DuplicatesSection(limit=1)))
    assert "#3" in text
    assert "#12" not in text


async def test_an_edit_that_changes_the_words_brings_the_suggestion_up_to_date() -> None:
    changes = {"title": {"from": "Something else"}}
    assert "#12" in words(await edited(World((match(12),)), changes))
    assert words(await edited(World((), stands=True), changes)) == ""


async def test_an_edit_of_marks_and_spaces_is_none() -> None:
    changes = {"title": {"from": "A   title!"}, "body": {"from": "Some words\n\n"}}
    assert await edited(World((match(12),)), changes) == []


async def test_an_edit_of_an_old_issue_starts_nothing() -> None:
    changes = {"body": {"from": "other"}}
    old = {"updated_at": "2026-12-01T00:00:00Z"}
    assert await edited(World((match(12),)), changes, **old) == []
    assert "#12" in words(await edited(World((match(12),), stands=True), changes, **old))


async def test_once_a_person_has_spoken_edits_change_nothing() -> None:
    spoken = {7: {"duplicate-of": {"number": 3, "by": "alice"}}}
    assert await edited(World((match(12),), stands=True, kept=spoken), {"body": {"from": "other"}}) == []


def test_an_edit_that_says_nothing_about_words_is_none() -> None:
    about = Issue.model_validate(issue())
    assert not says_something_else(about, None)
    assert not says_something_else(about, Changes())


async def test_a_duplicate_is_remembered_said_and_left_open() -> None:
    world = World(kept={12: {FIX: Fix(by=15, commit=COMMIT, released_in="v1.2").model_dump()}})
    plan = await feature.duplicate_said(call("/duplicate #12"), SECTION, world)
    assert remembered(plan)[0, "7-12"] == {"same": True}
    assert remembered(plan)[7, "duplicate-of"] == {"number": 12, "by": "bob", "closed": False}
    assert "- #12 as bob says. Fixed by #15, released in `v1.2`" in words(plan)
    assert "stays open" in words(plan)
    assert not any(isinstance(one, SetState) for one in plan)


async def test_a_duplicate_is_closed_where_the_repository_asks_for_it() -> None:
    plan = await feature.duplicate_said(call("/duplicate 12"), DuplicatesSection(close=True), World())
    (state,) = [one for one in plan if isinstance(one, SetState)]
    assert (state.state, state.why) == ("closed", "duplicate")
    assert "closed as a duplicate" in words(plan)


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("#7", "this issue itself"),
        ("#99", "There is no issue"),
        ("octo/other#12", "names no issue of this repository"),
        ("twelve", "names no issue"),
        ("#3", "is a pull request"),
        ("#12", "moved to another repository"),
    ],
)
async def test_a_number_that_is_no_other_issue_here_is_refused_in_words(written: str, answer: str) -> None:
    world = World(issues={3: issue(number=3, pull_request={}), 12: issue(number=1)})
    for command, handler in (
        ("duplicate", feature.duplicate_said),
        ("not-duplicate", feature.difference_said),
    ):
        with pytest.raises(UserError, match=answer):
            await handler(call(f"/{command} {written}"), SECTION, world)


async def test_a_suggestion_is_taken_away_when_it_is_called_wrong() -> None:
    world = World((match(12), match(3)), stands=True)
    plan = await feature.difference_said(call("/not-duplicate #12"), SECTION, world)
    assert remembered(plan) == {(0, "7-12"): {"same": False}}
    assert "#3" in words(plan)
    assert "#12" not in words(plan)
    world = World((match(12),), stands=True)
    assert words(await feature.difference_said(call("/not-duplicate #12"), SECTION, world)) == ""


async def test_nothing_is_shown_because_somebody_calls_two_issues_different() -> None:
    plan = await feature.difference_said(call("/not-duplicate #12"), SECTION, World((match(3),)))
    assert remembered(plan) == {(0, "7-12"): {"same": False}}
    assert len(plan) == 1


def called_a_duplicate(**more: Any) -> dict[int, dict[str, Any]]:
    return {7: {"duplicate-of": {"number": 12, "by": "alice", **more}}}


async def test_the_author_alone_does_not_take_back_what_a_maintainer_said() -> None:
    world = World(kept=called_a_duplicate(), stands=True)
    with pytest.raises(UserError, match="alice called this a duplicate"):
        await feature.difference_said(call("/not-duplicate #12"), SECTION, world)
    world.held = Permission.TRIAGE
    plan = await feature.difference_said(call("/not-duplicate #12"), SECTION, world)
    assert remembered(plan)[7, "duplicate-of"] is None
    assert words(plan) == ""


async def test_what_the_bot_closed_for_it_is_opened_again_and_nothing_else() -> None:
    closed = issue(state="closed", state_reason="duplicate")
    for by_the_bot, states in ((True, ["open"]), (False, [])):
        world = World(kept=called_a_duplicate(closed=by_the_bot), held=Permission.TRIAGE)
        plan = await feature.difference_said(call("/not-duplicate #12", about=closed), SECTION, world)
        assert [one.state for one in plan if isinstance(one, SetState)] == states


async def test_another_verdict_stays_where_it_is() -> None:
    world = World(kept=called_a_duplicate(), stands=True)
    plan = await feature.difference_said(call("/not-duplicate #3"), SECTION, world)
    assert remembered(plan) == {(0, "3-7"): {"same": False}}


async def test_a_merged_pull_request_is_remembered_with_what_it_closes_here() -> None:
    here, there = LinkedIssue("Octo/models", 3, "t", "closed"), LinkedIssue("octo/x", 4, "t", "closed")
    merged = pull_request(number=15, merged=True, merge_commit_sha=COMMIT)
    closed = event("pull_request", "closed", pull_request=merged)
    plan = await feature.pull_request_merged(closed, SECTION, World(closes=(here, there)))
    assert remembered(plan) == {(3, FIX): {"by": 15, "commit": COMMIT, "released_in": None}}
    not_merged = event("pull_request", "closed", pull_request=pull_request(merged=False))
    assert await feature.pull_request_merged(not_merged, SECTION, World(closes=(here,))) == []


def published(tag: str = "v2") -> Any:
    return event("release", "published", release={"tag_name": tag})


async def test_a_release_is_remembered_with_the_fixes_it_ships() -> None:
    fixes = {
        3: {FIX: Fix(by=15, commit=COMMIT).model_dump()},
        4: {FIX: Fix(by=16, commit="d" * 40).model_dump()},
        5: {FIX: Fix(by=17, commit=COMMIT, released_in="v1").model_dump()},
    }
    plan = await feature.release_published(published(), SECTION, World(kept=fixes))
    assert remembered(plan) == {(3, FIX): {"by": 15, "commit": COMMIT, "released_in": "v2"}}
    assert await feature.release_published(published(), SECTION, World(kept=fixes, before=None)) == []


async def test_a_release_that_no_fix_waits_for_takes_no_request() -> None:
    world = World(kept={3: {FIX: Fix(by=15).model_dump()}})
    assert await feature.release_published(published(), SECTION, world) == []
    assert world.asked == []


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12),
        ("#12", 12),
        ("Octo/Models#12", 12),
        ("https://github.com/octo/models/issues/12#issuecomment-3", 12),
        ("octo/other#12", None),
        ("https://github.com/octo/other/issues/12", None),
        ("#0", None),
        ("#٣", None),
        ("12 ", None),
        ("", None),
    ],
)
def test_an_issue_is_named_by_its_number_or_its_address(written: str, number: int | None) -> None:
    assert number_in(written, "octo/models") == number


@given(st.text(max_size=2000))
def test_no_text_trips_the_reading_of_a_reference(written: str) -> None:
    assert number_in(written, "octo/models") is None or any(letter.isdecimal() for letter in written)
