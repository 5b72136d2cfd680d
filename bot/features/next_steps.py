"""Say on a pull request whom it waits for and what they can do, as that changes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from pydantic import Field

from bot.actions import Action, Remember, SetSection, SetTimer
from bot.config import Section
from bot.errors import GoneError
from bot.events import ASSOCIATIONS_OF_NEWCOMERS, Event, PullRequest, Thread
from bot.feature import Feature
from bot.reads import CheckResult, PullStanding, RequestedReviewers
from bot.rendering import render

SOON = 5.0
"""Seconds between an event and the look it causes: reviews and requests come in bursts."""
AFTER_CHECKS = 20.0
"""Seconds after a check suite is over: others of the commit often follow at once."""
AFTER_PUSH = 60.0
"""Seconds after a push: GitHub works out conflicts, and checks begin."""
AFTER_OPENING = 120.0
FRESH = 60.0
"""Seconds for which what an event says of a pull request is taken for how it stands."""

SHOWN, OVER = "shown", "over"
"""What is kept: the words that stand there and the commit they are about; that there is no more to say."""
LOOK, AGAIN = "look", "again"

_FAILED = ("failure", "timed_out", "cancelled", "action_required", "startup_failure")


class NextStepsSection(Section):
    """Say on pull requests whom they wait for, kept up to date in the status comment."""

    whose: Literal["newcomers", "everyone"] = Field(
        default="newcomers",
        alias="for",
        description="Whose pull requests: only of people who have none merged here yet, or everyone's.",
    )


class Reads(Protocol):
    """What this feature reads."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def recall_everywhere(self, thread: Thread, feature: str, key: str) -> dict[int, dict[str, Any]]:
        """Return what a feature keeps under one key on every thread of the repository, by number."""

    async def pull_standing(self, repository: str, number: int) -> PullStanding:
        """Read where a pull request stands."""

    async def requested_reviewers(self, repository: str, number: int) -> RequestedReviewers:
        """List who was asked for a review and has not given one."""


class Waits(StrEnum):
    """What a pull request waits for."""

    NOTHING_MERGED = "merged"
    NOTHING_CLOSED = "closed"
    READINESS = "readiness"
    """Its author marks it as ready."""
    WORK = "work"
    """Its author does something about it."""
    START = "start"
    """A maintainer starts the checks."""
    CHECKS = "checks"
    SECOND_LOOK = "second look"
    """Those who asked for changes look at them."""
    REVIEW = "review"
    MERGE = "merge"


@dataclass(frozen=True)
class Step:
    """What is next: what is waited for, and the facts that say so."""

    waits: Waits
    base: str = ""
    conflicting: bool = False
    changes_wanted_by: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    """Of a second look, those who asked for changes."""


feature = Feature[NextStepsSection, Reads]("next-steps", NextStepsSection)


def step_of(standing: PullStanding) -> Step:
    """Say what a pull request waits for; what its author can do comes before what others can."""
    if standing.state != "open":
        return Step(Waits.NOTHING_MERGED if standing.state == "merged" else Waits.NOTHING_CLOSED)
    if standing.draft:
        return Step(Waits.READINESS)
    against = [one for one in standing.verdicts if not one.approved]
    unanswered = tuple(one.author for one in against if one.commit == standing.head)
    failing = tuple(dict.fromkeys(one.name for one in standing.checks if has_failed(one)))
    if standing.conflicting or unanswered or failing:
        return Step(Waits.WORK, standing.base, bool(standing.conflicting), unanswered, failing)
    if standing.held_back:
        return Step(Waits.START)
    if any(one.status != "completed" for one in standing.checks):
        return Step(Waits.CHECKS)
    if against:
        return Step(Waits.SECOND_LOOK, reviewers=tuple(one.author for one in against))
    if standing.verdicts and not standing.waiting_reviews:
        return Step(Waits.MERGE)
    return Step(Waits.REVIEW)


def has_failed(check: CheckResult) -> bool:
    """Tell whether a check is over and did not pass."""
    return check.status == "completed" and check.conclusion in _FAILED


def words(step: Step, asked: RequestedReviewers | None = None) -> str:
    """Say in a line what is next; ``asked`` are those a review is asked of."""
    return render("comments/next_steps.md.j2", step=step, asked=asked or RequestedReviewers())


@feature.on("pull_request", "opened", "reopened")
async def pull_request_opened(event: Event, section: NextStepsSection, reads: Reads) -> Sequence[Action]:
    """Begin to say what is next: at once from what the event says, unless it was held up."""
    pull, now = event.payload.pull_request, time.time()
    if pull is None or not is_followed(pull, section):
        return []
    kept = await reads.recall(event.thread, feature.name)
    if SHOWN in kept:
        return [_look(event.thread, now + SOON)]
    held_up = pull.updated_at is not None and now - pull.updated_at.timestamp() > FRESH
    if event.action == "reopened" or OVER in kept or held_up:
        return [_shown(event.thread, "", pull.head.sha), _look(event.thread, now)]
    seen = PullStanding("open", bool(pull.draft), None, pull.base.ref, pull.head.sha)
    asked = RequestedReviewers(
        tuple(person.login for person in pull.requested_reviewers),
        tuple(team.slug for team in pull.requested_teams),
    )
    return [
        *_say(event.thread, words(step_of(seen), asked), pull.head.sha, "it was opened"),
        _look(event.thread, now + AFTER_OPENING),
    ]


@feature.on(
    "pull_request",
    "ready_for_review",
    "converted_to_draft",
    "review_requested",
    "review_request_removed",
    "synchronize",
    "closed",
)
@feature.on("pull_request_review", "submitted", "dismissed")
async def pull_request_moved(event: Event, section: NextStepsSection, reads: Reads) -> Sequence[Action]:
    """Have a look soon at a pull request that is followed: what events say may be old, or out of order."""
    if SHOWN not in await reads.recall(event.thread, feature.name):
        return []
    wait = AFTER_PUSH if event.action == "synchronize" else SOON
    return [_look(event.thread, time.time() + wait)]


@feature.on("check_suite", "completed")
async def checks_over(event: Event, section: NextStepsSection, reads: Reads) -> Sequence[Action]:
    """Have a look soon at the pull requests that are followed and whose newest commit was checked.

    They are found by what is kept: of those that come from forks, GitHub's list in the event is empty.
    """
    suite = event.payload.check_suite
    if suite is None:
        return []
    listed = {pull.number for pull in suite.pull_requests}
    followed = await reads.recall_everywhere(event.place, feature.name, SHOWN)
    due = time.time() + AFTER_CHECKS
    return [
        _look(Thread(event.place.repository, number, event.place.repository_id), due)
        for number, kept in sorted(followed.items())
        if number in listed or kept["head"] == suite.head_sha
    ]


@feature.on_timer(LOOK)
@feature.on_timer(AGAIN)
async def look(event: Event, section: NextStepsSection, reads: Reads) -> Sequence[Action]:
    """Read where the pull request stands, and say what is next if that is news."""
    thread = event.thread
    kept = (await reads.recall(thread, feature.name)).get(SHOWN)
    if kept is None:
        return []
    try:
        standing = await reads.pull_standing(thread.repository, thread.number)
    except GoneError:
        return [_forget(thread)]
    step = step_of(standing)
    asked = None
    if step.waits is Waits.REVIEW and standing.waiting_reviews:
        asked = await reads.requested_reviewers(thread.repository, thread.number)
    said = words(step, asked)
    actions: list[Action] = []
    if said != kept["words"] or standing.head != kept["head"]:
        actions += _say(thread, said, standing.head, f"it waits for {step.waits}", was=kept["words"])
    if standing.state != "open":
        over = Remember(thread=thread, key=OVER, value={}, reason="there is no more to say")
        return [*(one for one in actions if isinstance(one, SetSection)), _forget(thread), over]
    if standing.conflicting is None and event.action == f"{feature.name}.{LOOK}":
        actions.append(_timer(thread, AGAIN, time.time() + AFTER_PUSH, "conflicts are not known yet"))
    return actions


def is_followed(pull: PullRequest, section: NextStepsSection) -> bool:
    """Tell whether the next steps of a pull request are told.

    Whether its author is new here comes from the payload: it decides about words, never about a right.
    """
    if pull.user is None or pull.user.is_bot:
        return False
    return section.whose == "everyone" or pull.author_association in {*ASSOCIATIONS_OF_NEWCOMERS, "NONE"}


def _say(thread: Thread, said: str, head: str, reason: str, was: str = "") -> list[Action]:
    shown = _shown(thread, said, head)
    if said == was:
        return [shown]
    return [SetSection(thread=thread, section=feature.name, body=said, reason=reason), shown]


def _shown(thread: Thread, said: str, head: str) -> Remember:
    value = {"words": said, "head": head}
    return Remember(thread=thread, key=SHOWN, value=value, reason="what is said, and of which commit")


def _forget(thread: Thread) -> Remember:
    return Remember(thread=thread, key=SHOWN, value=None, reason="it is not followed any more")


def _look(thread: Thread, due: float) -> SetTimer:
    return _timer(thread, LOOK, due, "to see what is next")


def _timer(thread: Thread, name: str, due: float, reason: str) -> SetTimer:
    return SetTimer(thread=thread, name=name, due=due, reason=reason)
