"""Mark what waits on its author and is quiet for long, say why and since when, and close it if asked to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

from pydantic import Field

from bot.actions import (
    Action,
    AddLabels,
    Remember,
    RemoveLabels,
    SetSection,
    SetState,
    SetTimer,
)
from bot.config import Section
from bot.documents import DocumentError, Problem
from bot.errors import GoneError, UnusableFileError
from bot.events import DEFAULT_BRANCH, Event, Issue, PullRequest, Thread
from bot.feature import Feature
from bot.features.stale.others import problems_of, read_settings, report
from bot.reads import PullReview, TimelineEvent
from bot.rendering import day, render
from bot.triage.asking import has_words
from bot.triage.stale_rules import StaleRules, StaleSource, ThreadRules
from bot.triage.staleness import (
    DAY,
    Act,
    Standing,
    Step,
    Verdict,
    Wait,
    due,
    rules_for,
    step,
    waits_by_label,
    waits_by_review,
)

logger = logging.getLogger(__name__)

MARKED, ANSWERED, LOOK = "marked", "answered", "look"
"""What is kept: that a thread is marked, and an answer GitHub's timeline does not show; and the timer."""

CLOSED = "closed"
"""What is kept of a mark once the thread was closed for it: the label it got then, if there is one."""

ASKED_ELSEWHERE = ("needs-info", "question")
"""The feature and the key under which it keeps a question of its own: that one is watched over there."""


class StaleSection(Section):
    """Mark issues and pull requests that wait on their author for long; begins as a dry run."""

    dry_run: bool = Field(
        default=True, description="Decide and record what this feature would do, but do nothing of it."
    )
    waiting_labels: tuple[str, ...] = Field(
        default=("needs-info",), description="Labels that say that something waits on its author."
    )
    requested_changes: bool = Field(
        default=True, description="Whether changes a reviewer asked for count until the author answers."
    )
    days_until_stale: int = Field(default=30, ge=1, description="Quiet days until it is marked.")
    label: str = Field(default="stale", description="Label of what is marked, if the repository has it.")
    close: bool = Field(default=False, description="Whether anything is ever closed.")
    days_until_close: int = Field(default=14, ge=1, description="Days from then on until it is closed.")
    exempt_labels: tuple[str, ...] = Field(
        default=("pinned", "security"), description="Labels of what is left in peace."
    )
    exempt_milestones: tuple[str, ...] = Field(default=(), description="Milestones that are left in peace.")
    exempt_all_milestones: bool = Field(default=False, description="Whether every milestone is.")
    exempt_drafts: bool = Field(default=True, description="Whether draft pull requests are.")
    settings: str | None = Field(
        default=None,
        description="A file of probot/stale, or a workflow with actions/stale, whose days, label and "
        "exemptions count instead.",
    )

    @property
    def rules(self) -> StaleRules:
        """Give what the section says as the rules that the known bots' settings become, too."""
        rules = ThreadRules(
            days_until_stale=float(self.days_until_stale),
            days_until_close=float(self.days_until_close),
            stale_label=self.label,
            exempt_labels=self.exempt_labels,
            exempt_milestones=self.exempt_milestones,
            exempt_all_milestones=self.exempt_all_milestones,
            exempt_drafts=self.exempt_drafts,
        )
        return StaleRules(StaleSource.PROBOT, issues=rules, pulls=rules)


class Reads(Protocol):
    """What this feature reads."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue, or the issue side of a pull request, as it is now."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def reviews(self, repository: str, number: int) -> tuple[PullReview, ...]:
        """List the reviews of a pull request, oldest first."""

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        """List what happened to a thread, oldest first."""

    async def own_slug(self) -> str:
        """Give the name the App is addressed by."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""


feature = Feature[StaleSection, Reads]("stale", StaleSection)


@feature.on("issues", "opened", "reopened", "edited", "closed", "labeled", "unlabeled")
@feature.on("issue_comment", "created")
@feature.on("pull_request", "opened", "reopened", "edited", "closed", "labeled", "unlabeled")
@feature.on("pull_request", "synchronize", "ready_for_review", "converted_to_draft")
@feature.on("pull_request_review", "submitted")
async def happened(event: Event, section: StaleSection, reads: Reads) -> Sequence[Action]:
    """Take a mark away when a person touches the thread, and come back later where a wait may begin."""
    about, now = event.payload.pull_request or event.payload.issue, time.time()
    if about is None:
        return []
    thread = event.thread
    kept = (await reads.recall(thread, feature.name)).get(MARKED)
    actions: list[Action] = []
    by_bot = event.sender_is_bot
    by_author = event.payload.sender is not None and event.payload.sender == about.user
    ended = about.state == "closed" and event.action == "closed"
    if kept is not None and not by_bot and (about.state == "open" or ended):
        actions += _unmark(thread, kept, "it was closed" if ended else "somebody touched it")
    if ended:
        return actions
    if kept is not None and about.state == "closed":
        if kept.get(CLOSED) and by_author and await _is_answer(event, reads):
            return _opened(thread, kept)
        # A comment may be what opens it again, which is over by the time the timer rings.
        return [SetTimer(thread=thread, name=LOOK, due=now, reason="it may be open again")]
    if event.action == "edited" and by_author and _has_label(about, section.waiting_labels):
        value = {"at": now}
        actions.append(Remember(thread=thread, key=ANSWERED, value=value, reason="the author edited it"))
    if about.state == "open" and (may_begin_to_wait(event, section) or kept is not None):
        moment = now + first_look(section) * DAY
        actions.append(SetTimer(thread=thread, name=LOOK, due=moment, reason="it may wait on its author"))
    return actions


async def _is_answer(event: Event, reads: Reads) -> bool:
    """Tell whether a comment says something, on what nobody but the bot has closed since."""
    slug = await reads.own_slug()
    comment = event.payload.comment
    if comment is None or not await asyncio.to_thread(has_words, comment.body, slug):
        return False
    events = await reads.timeline_events(event.thread.repository, event.thread.number)
    closers = [one.actor for one in events if one.event == "closed"]
    return not closers or closers[-1] == f"{slug}[bot]"


def _opened(thread: Thread, mark: dict[str, Any]) -> list[Action]:
    """Open what was closed only for want of an answer."""
    reason = "the author answered"
    return [SetState(thread=thread, state="open", reason=reason), *_unmark(thread, mark, reason)]


@feature.on_timer(LOOK)
async def look(event: Event, section: StaleSection, reads: Reads) -> Sequence[Action]:
    """Look whether the thread still waits on its author, and what follows from that."""
    thread, now = event.thread, time.time()
    kept = await reads.recall(thread, feature.name)
    issue = await _open_issue(thread, reads)
    if issue is None:
        return []
    asking, key = ASKED_ELSEWHERE
    if key in await reads.recall(thread, asking):
        return []
    pull = (
        await reads.pull_request(thread.repository, thread.number) if issue.pull_request is not None else None
    )
    sources = await _all_rules(section, thread, reads)
    rules = rules_for(sources, standing_of(issue, pull))
    mark = kept.get(MARKED)
    wait = None
    if rules is not None:
        answered = kept.get(ANSWERED, {}).get("at", 0.0)
        wait = await _wait(thread, issue, pull, section, answered, reads)
    if rules is None or wait is None:
        return _unmark(thread, mark, "it does not wait on its author") if mark is not None else []
    if not section.close:
        rules = replace(rules, days_until_close=None)
    marked = float(mark["at"]) if mark is not None else None
    if mark is not None and wait.quiet_since > mark["at"]:  # a webhook was lost, or it was reopened
        later = _come_back(thread, due(rules, wait, None))
        return [*_unmark(thread, mark, "somebody touched it"), *later]
    match step(rules, wait, marked, now):
        case Step.MARK:
            actions = _mark(thread, issue, wait, rules, now)
        case Step.CLOSE:
            actions = _close(thread, issue, wait, rules, mark or {})
        case Step.KEEP:
            actions = _come_back(thread, due(rules, wait, marked))
    tried = any(one.dry_run for one in sources)
    return [action.model_copy(update={"dry_run": tried}) for action in actions]


@feature.on("push")
async def pushed(event: Event, section: StaleSection, reads: Reads) -> Sequence[Action]:
    """Say which of another bot's settings are not understood when they change."""
    path, commit = section.settings, event.payload.after
    if path is None or commit is None or not event.may_change(path):
        return []
    repository = event.repository.full_name
    try:
        text = await reads.text_file(repository, path, commit)
    except UnusableFileError as error:
        return [report(repository, commit, path, [Problem(1, 1, path, error.problem)])]
    # Somebody's file may take seconds to read; the other deliveries shall not wait for it.
    return [report(repository, commit, path, await asyncio.to_thread(problems_of, path, text))]


def may_begin_to_wait(event: Event, section: StaleSection) -> bool:
    """Tell whether a thread may wait on its author from an event on."""
    payload = event.payload
    about = payload.pull_request or payload.issue
    waiting = _folded(section.waiting_labels)
    if event.name == "pull_request_review":
        asked = payload.review is not None and payload.review.state == "changes_requested"
        return asked and section.requested_changes
    if event.action == "labeled":
        return payload.label is not None and payload.label.name.casefold() in waiting
    if about is not None and _has_label(about, section.waiting_labels):
        return True
    # The bot's own labels come without an event it hears, and this comment may be what asks for one.
    words = payload.comment.body.casefold() if payload.comment else ""
    return any(label in words for label in waiting)


def first_look(section: StaleSection) -> float:
    """Give the days until a thread is looked at: another bot's file may say fewer than the section."""
    return float(section.days_until_stale if section.settings is None else min(7, section.days_until_stale))


def standing_of(issue: Issue, pull: PullRequest | None) -> Standing:
    """Describe a thread as the rules see it."""
    return Standing(
        is_pull=pull is not None,
        draft=bool(pull and pull.draft),
        labels=frozenset(label.name for label in issue.labels),
        milestone=issue.milestone.title if issue.milestone else "",
        assignees=frozenset(person.login for person in issue.assignees),
        created=issue.created_at.timestamp() if issue.created_at else 0.0,
    )


async def _open_issue(thread: Thread, reads: Reads) -> Issue | None:
    """Read a thread as it is now, if it is open, and still where it was."""
    try:
        issue = await reads.issue(thread.repository, thread.number)
    except GoneError:
        return None
    there = issue.state == "open" and issue.number == thread.number
    return issue if there and issue.user is not None and not issue.user.is_bot else None


async def _all_rules(section: StaleSection, thread: Thread, reads: Reads) -> tuple[StaleRules, ...]:
    """Give the rules that count; a file that cannot be read means none, for nobody knows what it exempts."""
    if section.settings is None:
        return (section.rules,)
    try:
        text = await reads.text_file(thread.repository, section.settings, DEFAULT_BRANCH)
        if text is None:
            return (section.rules,)
        return await asyncio.to_thread(read_settings, section.settings, text)
    except (UnusableFileError, DocumentError) as error:
        logger.warning("%s: %s cannot be read: %s", thread.repository, section.settings, error)
        return ()


async def _wait(
    thread: Thread,
    issue: Issue,
    pull: PullRequest | None,
    section: StaleSection,
    answered: float,
    reads: Reads,
) -> Wait | None:
    """Find out whether a thread waits on its author, with as few requests as that takes."""
    author, thread_now = _author(issue), standing_of(issue, pull)
    by_label = _has_label(issue, section.waiting_labels)
    reviews: tuple[PullReview, ...] = ()
    if pull is not None and section.requested_changes:
        reviews = await reads.reviews(thread.repository, thread.number)
    if not by_label and not reviews:
        return None
    events = await reads.timeline_events(thread.repository, thread.number)
    acts = [Act(one.event, one.actor, one.at.timestamp(), one.label) for one in events if one.at]
    acts += [Act("reviewed", one.author, one.submitted_at.timestamp()) for one in reviews if one.submitted_at]
    found = waits_by_label(author, thread_now, section.waiting_labels, acts, answered)
    if found is None and pull is not None:
        verdicts = [
            Verdict(one.author, one.state, one.commit, one.submitted_at.timestamp())
            for one in reviews
            if one.submitted_at
        ]
        found = waits_by_review(author, pull.head.sha, verdicts, acts, answered)
    return found


def _mark(thread: Thread, issue: Issue, wait: Wait, rules: ThreadRules, now: float) -> list[Action]:
    """Mark a thread, and name the reason, the day it began, and the day it is closed if it ever is."""
    closes = due(rules, wait, now)
    why = f"it waits on its author since {day(wait.since)}"
    reason = why + (f"; closes on {day(closes)}" if closes is not None else "")
    body = render(
        "comments/stale.md.j2", author=_author(issue), wait=wait, closes=closes, pull=_is_pull(issue)
    )
    label = rules.stale_label
    value = {"at": now, "label": label}
    actions: list[Action] = [
        Remember(thread=thread, key=MARKED, value=value, reason=reason),
        SetSection(thread=thread, section=feature.name, body=body, reason=reason),
        *_come_back(thread, closes),
    ]
    if label:
        actions.append(AddLabels(thread=thread, labels=(label,), reason=reason))
    return actions


def _close(
    thread: Thread, issue: Issue, wait: Wait, rules: ThreadRules, mark: dict[str, Any]
) -> list[Action]:
    """Close what was marked and nobody touched since."""
    reason = f"it waits on its author since {day(wait.since)}, and was marked on {day(mark['at'])}"
    body = render("comments/stale_closed.md.j2", author=_author(issue), wait=wait)
    why: Literal["completed", "not_planned"] | None = None
    if not _is_pull(issue):
        why = "completed" if rules.close_reason == "completed" else "not_planned"
    actions: list[Action] = [
        SetState(thread=thread, state="closed", why=why, reason=reason),
        Remember(thread=thread, key=MARKED, value={**mark, CLOSED: rules.close_label or True}, reason=reason),
        SetSection(thread=thread, section=feature.name, body=body, reason=reason),
    ]
    if rules.close_label:
        actions.append(AddLabels(thread=thread, labels=(rules.close_label,), reason=reason))
    return actions


def _unmark(thread: Thread, mark: dict[str, Any], reason: str) -> list[Action]:
    """Take the mark away: the words, the bot's own label, and the clock."""
    actions: list[Action] = [
        Remember(thread=thread, key=MARKED, value=None, reason=reason),
        SetTimer(thread=thread, name=LOOK, due=None, reason=reason),
        SetSection(thread=thread, section=feature.name, body="", reason=reason),
    ]
    labels = tuple(label for label in (mark["label"], mark.get(CLOSED)) if isinstance(label, str) and label)
    if labels:
        actions.append(RemoveLabels(thread=thread, labels=labels, reason=reason))
    return actions


def _come_back(thread: Thread, moment: float | None) -> list[Action]:
    if moment is None:
        return []
    return [SetTimer(thread=thread, name=LOOK, due=moment, reason="it waits on its author")]


def _has_label(issue: Issue, names: Iterable[str]) -> bool:
    return any(label.name.casefold() in _folded(names) for label in issue.labels)


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _author(issue: Issue) -> str:
    return issue.user.login if issue.user else ""


def _is_pull(issue: Issue) -> bool:
    return issue.pull_request is not None
