from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.actions import Action, AddLabels, Remember, RemoveLabels, ReportCheck, SetSection, SetState, SetTimer
from bot.errors import GoneError
from bot.events import TIMER, Event, Issue, PullRequest, Thread
from bot.features import stale
from bot.features.stale import StaleSection
from bot.reads import PullReview, TimelineEvent
from bot.triage.staleness import DAY
from tests.fixtures.events import Json, account, comment_event, event, issue, pull_request

NOW = time.time()
SECTION = StaleSection(dry_run=False)
CLOSING = StaleSection(dry_run=False, close=True)
WAITING = {"labels": [{"name": "needs-info"}]}
MARK = {"at": NOW - 15 * DAY, "label": "stale"}


def moment(days_ago: float) -> datetime:
    return datetime.fromtimestamp(NOW - days_ago * DAY, UTC)


def labelled(days_ago: float) -> TimelineEvent:
    return TimelineEvent("labeled", "alice", moment(days_ago), label="needs-info")


@dataclass
class World:
    """What can be read: the thread, what happened on it, and what is kept about it."""

    about: Json | None = field(default_factory=lambda: issue(**WAITING))
    pull: Json | None = None
    timeline: tuple[TimelineEvent, ...] = (labelled(31),)
    given: tuple[PullReview, ...] = ()
    kept: dict[str, Json] = field(default_factory=dict)
    question: bool = False
    file: str | None = None

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        if feature == "needs-info":
            return {"question": {}} if self.question else {}
        return self.kept

    async def issue(self, repository: str, number: int) -> Issue:
        if self.about is None:
            raise GoneError("Not Found", 404)
        return Issue.model_validate(self.about)

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        return PullRequest.model_validate(self.pull)

    async def reviews(self, repository: str, number: int) -> tuple[PullReview, ...]:
        return self.given

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        return self.timeline

    async def own_slug(self) -> str:
        return "giveback"

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        return self.file


def a_pull(review: str = "CHANGES_REQUESTED", commit: str = "a" * 40, **more: Any) -> World:
    given = PullReview(1, "alice", review, commit, "", moment(31))
    return World(issue(pull_request={}), pull_request(**more), (), (given,))


async def look(world: World, section: StaleSection = SECTION) -> Sequence[Action]:
    return await stale.look(event(TIMER, "stale.look", issue={"number": 7}), section, world)


async def hear(happened: Event, world: World, section: StaleSection = SECTION) -> Sequence[Action]:
    return await stale.happened(happened, section, world)


def kinds(actions: Sequence[Action]) -> list[str]:
    return [action.kind for action in actions]


def said(actions: Sequence[Action]) -> str:
    (one,) = [action.body for action in actions if isinstance(action, SetSection)]
    return one


def due(actions: Sequence[Action]) -> float | None:
    timers = [action.due for action in actions if isinstance(action, SetTimer)]
    return timers[-1] if timers else None


async def test_what_waits_on_its_author_for_long_is_marked_with_the_reason_and_the_day() -> None:
    actions = await look(World())
    assert kinds(actions) == ["remember", "set_section", "add_labels"]
    words = said(actions)
    assert words.count("@bob") == 1
    assert "the label `needs-info`" in words
    assert f"since {moment(31).day} " in words
    assert "It stays open" in words


async def test_the_day_of_closing_is_named_where_closing_is_on() -> None:
    actions = await look(World(), CLOSING)
    assert f"until {moment(-14).day} " in said(actions)
    assert "it is closed then" in said(actions)
    assert due(actions) == pytest.approx(NOW + 14 * DAY, abs=3600)


async def test_what_was_marked_and_stayed_quiet_is_closed_only_where_closing_is_on() -> None:
    world = World(timeline=(labelled(60),), kept={"marked": MARK})
    assert await look(world) == []
    state, kept, section = await look(world, CLOSING)
    assert isinstance(kept, Remember)
    assert kept.value == {**MARK, "closed": True}
    assert isinstance(state, SetState)
    assert (state.state, state.why) == ("closed", "not_planned")
    assert isinstance(section, SetSection)
    assert "it opens again by itself" in section.body
    assert "@" not in section.body


async def test_a_touch_after_the_mark_that_no_webhook_told_of_takes_it_away() -> None:
    touched = (labelled(60), TimelineEvent("commented", "carol", moment(2)))
    actions = await look(World(timeline=touched, kept={"marked": MARK}), CLOSING)
    assert "set_state" not in kinds(actions)
    assert [one.labels for one in actions if isinstance(one, RemoveLabels)] == [("stale",)]
    assert due(actions) == pytest.approx(NOW + 28 * DAY, abs=3600)
    answered = (labelled(60), TimelineEvent("commented", "bob", moment(2)))
    actions = await look(World(timeline=answered, kept={"marked": MARK}), CLOSING)
    assert (said(actions), due(actions)) == ("", None)


async def test_what_is_not_quiet_for_long_enough_is_looked_at_later() -> None:
    actions = await look(World(timeline=(labelled(10),)))
    assert kinds(actions) == ["set_timer"]
    assert due(actions) == pytest.approx(NOW + 20 * DAY, abs=3600)


@pytest.mark.parametrize(
    "world",
    [
        World(about=None),
        World(issue(state="closed", **WAITING)),
        World(issue(number=8, **WAITING)),
        World(issue(user=account("dependabot[bot]"), **WAITING)),
        World(issue(labels=[{"name": "bug"}])),
        World(issue(labels=[{"name": "needs-info"}, {"name": "Security"}])),
        World(timeline=(labelled(31), TimelineEvent("commented", "bob", moment(30)))),
        World(kept={"answered": {"at": NOW - 3 * DAY}}),
        World(question=True),
        a_pull("APPROVED"),
        a_pull(commit="b" * 40),
        a_pull(draft=True),
    ],
    ids=[
        "gone",
        "closed",
        "moved",
        "a bot's",
        "not waiting",
        "exempt",
        "answered",
        "edited",
        "asked by another feature",
        "approved",
        "pushed to since",
        "a draft",
    ],
)
async def test_what_does_not_wait_on_its_author_is_never_marked(world: World) -> None:
    assert await look(world, CLOSING) == []


async def test_changes_that_nobody_answered_are_marked() -> None:
    words = said(await look(a_pull()))
    assert "alice asked for changes, and nothing was pushed or said since" in words
    assert "@alice" not in words
    assert await look(a_pull(), StaleSection(requested_changes=False)) == []


def test_it_begins_as_a_dry_run_and_closes_nothing() -> None:
    assert (StaleSection().dry_run, StaleSection().close) == (True, False)


@pytest.mark.parametrize(
    "touch",
    [
        comment_event("Here it is"),
        comment_event("Any news?", author="carol"),
        event("issues", "edited", issue=issue()),
        event("pull_request", "synchronize", pull_request=pull_request()),
        event("issues", "unlabeled", issue=issue(), label={"name": "stale"}),
    ],
    ids=["reply", "somebody else", "edit", "push", "label"],
)
async def test_a_person_who_touches_it_takes_the_mark_away(touch: Event) -> None:
    actions = await hear(touch, World(kept={"marked": MARK}))
    assert said(actions) == ""
    (removed,) = [one for one in actions if isinstance(one, RemoveLabels)]
    assert removed.labels == ("stale",)
    assert not removed.asked
    assert due(actions) == pytest.approx(NOW + 30 * DAY, abs=3600)


async def test_a_bot_takes_nothing_away() -> None:
    touch = event("issues", "labeled", issue=issue(), label={"name": "x"}, sender=account("other[bot]"))
    assert "set_section" not in kinds(await hear(touch, World(kept={"marked": MARK})))


async def test_closing_it_by_hand_ends_everything() -> None:
    closed = event("issues", "closed", issue=issue(state="closed"))
    actions = await hear(closed, World(kept={"marked": MARK}))
    assert (said(actions), due(actions)) == ("", None)
    assert await hear(closed, World()) == []


def closing_by(login: str) -> TimelineEvent:
    return TimelineEvent("closed", login, moment(1))


async def test_the_authors_reply_opens_what_was_closed_for_want_of_it() -> None:
    closed = issue(state="closed", **WAITING)
    mark = {**MARK, "closed": "closed for now"}
    world = World(kept={"marked": mark}, timeline=(labelled(60), closing_by("giveback[bot]")))
    actions = await hear(comment_event("Here it is", about=closed), world)
    assert [one.state for one in actions if isinstance(one, SetState)] == ["open"]
    assert [one.labels for one in actions if isinstance(one, RemoveLabels)] == [("stale", "closed for now")]
    assert said(actions) == ""
    for words, author in (("/reopen", "bob"), ("@giveback repoen", "bob"), ("Any news?", "carol")):
        heard = await hear(comment_event(words, author=author, about=closed), world)
        assert kinds(heard) == ["set_timer"]
    world.timeline = (labelled(60), closing_by("giveback[bot]"), closing_by("alice"))
    assert kinds(await hear(comment_event("Here it is", about=closed), world)) == ["set_timer"]


async def test_what_is_closed_gets_the_label_and_the_reason_of_the_other_bots_settings() -> None:
    with_label = WORKFLOW.replace("'5'", "'5', close-issue-label: done, close-issue-reason: completed")
    world = World(file=with_label, timeline=(labelled(60),), kept={"marked": MARK})
    section = StaleSection(dry_run=False, close=True, settings=".github/workflows/stale.yml")
    state, kept, _, label = await look(world, section)
    assert isinstance(state, SetState)
    assert isinstance(kept, Remember)
    assert isinstance(label, AddLabels)
    assert (state.why, label.labels, (kept.value or {})["closed"]) == ("completed", ("done",), "done")


async def test_a_comment_on_what_was_closed_makes_it_look_whether_it_is_open_again() -> None:
    reopening = comment_event("/reopen", about=issue(state="closed"))
    actions = await hear(reopening, World(kept={"marked": MARK}))
    assert kinds(actions) == ["set_timer"]
    assert due(actions) == pytest.approx(NOW, abs=3600)


@pytest.mark.parametrize(
    ("happened", "watched"),
    [
        (event("issues", "opened", issue=issue()), False),
        (event("issues", "opened", issue=issue(**WAITING)), True),
        (event("issues", "labeled", issue=issue(), label={"name": "Needs-Info"}), True),
        (event("issues", "labeled", issue=issue(), label={"name": "bug"}), False),
        (comment_event("Thank you"), False),
        (comment_event("/label needs-info", author="alice"), True),
        (
            event(
                "pull_request_review",
                "submitted",
                pull_request=pull_request(),
                review={"id": 1, "state": "changes_requested"},
            ),
            True,
        ),
        (
            event(
                "pull_request_review",
                "submitted",
                pull_request=pull_request(),
                review={"id": 1, "state": "approved"},
            ),
            False,
        ),
    ],
)
async def test_a_thread_is_watched_from_when_it_may_begin_to_wait(happened: Event, watched: bool) -> None:
    assert kinds(await hear(happened, World())) == (["set_timer"] if watched else [])


async def test_an_edit_of_the_authors_is_an_answer() -> None:
    edited = event("issues", "edited", issue=issue(**WAITING))
    answer = next(one for one in await hear(edited, World()) if isinstance(one, Remember))
    assert (answer.key, answer.value is not None) == ("answered", True)
    by_alice = event("issues", "edited", issue=issue(**WAITING), sender=account("alice"))
    assert "remember" not in kinds(await hear(by_alice, World()))


PROBOT = "daysUntilStale: 60\ndaysUntilClose: 7\nstaleLabel: wontfix\nexemptLabels: [keep]\n"
WORKFLOW = "jobs: {s: {steps: [{uses: actions/stale@v10, with: {days-before-stale: '5'}}]}}"


async def test_another_bots_settings_count_instead() -> None:
    section = StaleSection(settings=".github/stale.yml")
    assert kinds(await look(World(file=PROBOT), section)) == ["set_timer"]
    old = World(file=PROBOT, timeline=(labelled(61),))
    actions = await look(old, section)
    assert [one.labels for one in actions if isinstance(one, AddLabels)] == [("wontfix",)]
    assert "It stays open" in said(actions)
    old.about = issue(labels=[{"name": "needs-info"}, {"name": "keep"}])
    assert await look(old, section) == []


async def test_a_workflow_of_actions_stale_is_understood_too() -> None:
    section = StaleSection(settings=".github/workflows/stale.yml")
    assert "set_section" in kinds(await look(World(file=WORKFLOW, timeline=(labelled(6),)), section))
    tried = WORKFLOW.replace("'5'", "'5', debug-only: 'true'")
    actions = await look(World(file=tried, timeline=(labelled(6),)), section)
    assert {one.dry_run for one in actions} == {True}


async def test_settings_that_cannot_be_read_mean_that_nothing_is_marked() -> None:
    section = StaleSection(settings=".github/stale.yml")
    assert await look(World(file="a: [", timeline=(labelled(90),)), section) == []


@pytest.mark.parametrize(
    ("file", "conclusion"),
    [(PROBOT, "success"), ("daysUntilStael: 3", "neutral"), ("a: [", "neutral"), (None, "neutral")],
)
async def test_what_is_not_followed_in_another_bots_settings_is_told_at_its_line(
    file: str | None, conclusion: str
) -> None:
    section = StaleSection(settings=".github/stale.yml")
    commits = [{"modified": [".github/stale.yml"]}]
    push = event("push", after="b" * 40, ref="refs/heads/main", commits=commits)
    (check,) = await stale.pushed(push, section, World(file=file))
    assert isinstance(check, ReportCheck)
    assert check.conclusion == conclusion
    assert bool(check.annotations) == (conclusion == "neutral")
    assert await stale.pushed(push, StaleSection(), World(file=file)) == []
