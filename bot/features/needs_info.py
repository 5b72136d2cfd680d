"""Ask the author of an issue once for exactly what it lacks, and notice when it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import Field

from bot.actions import Action, AddLabels, Remember, RemoveLabels, SetSection, SetState, SetTimer
from bot.commands import Permission
from bot.config import Section
from bot.errors import GoneError
from bot.events import ASSOCIATIONS_OF_THE_HOUSE, Account, Event, Issue, Thread
from bot.feature import Feature
from bot.features import failures
from bot.reads import PostedComment
from bot.rendering import render
from bot.triage.asking import Lack, Words, has_words, is_bug, lack_of, still_missing
from bot.triage.forms import Forms, Missing
from bot.triage.history import PastIssue
from bot.triage.learning.prediction import Prediction
from bot.triage.waiting import Patience, Question, Step, question_in

QUESTION, SILENCE = "question", "silence"
"""What is kept about an issue, and the timer that watches over it."""

CONTRIBUTOR = "CONTRIBUTOR"
"""``author_association`` of whoever contributed before, and of members who do not show that they are."""


class NeedsInfoSection(Section):
    """Ask authors of issues for what is missing, remind them once, and notice when it comes."""

    label: str = Field(default="needs-info", description="Label while something is missing.")
    assume_ai: bool = Field(
        default=True,
        description="Whether a bug report without a form is about AI software even if it does not say so.",
    )
    ask_members: bool = Field(
        default=False, description="Whether members and collaborators are asked about their own issues."
    )
    remind_after_days: int | None = Field(
        default=14, ge=1, le=365, description="Days without an answer until the one reminder; null for none."
    )
    close_after_days: int | None = Field(
        default=None,
        ge=1,
        le=365,
        description="Days after the reminder until the issue is closed; null for never.",
    )

    @property
    def patience(self) -> Patience:
        """Give how long to wait."""
        return Patience(self.remind_after_days, self.close_after_days)


class Reads(failures.AnswerReads, Protocol):
    """What this feature reads."""

    async def own_slug(self) -> str:
        """Give the name the App is addressed by."""

    async def issue_forms(self, repository: str) -> Forms:
        """Give what the repository asks of those who open issues."""

    async def predicted_labels(self, thread: Thread, issue: PastIssue) -> Prediction:
        """Say what the repository's own history lets expect of an issue."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def own_labels(self, thread: Thread) -> frozenset[str]:
        """List the labels the bot has added to a thread and not taken away itself."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue as it is now."""

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        """List a thread's comments, oldest first."""


feature = Feature[NeedsInfoSection, Reads]("needs-info", NeedsInfoSection)


@feature.on("issues", "opened")
async def opened(event: Event, section: NeedsInfoSection, reads: Reads) -> Sequence[Action]:
    """Ask for what the issue lacks."""
    issue = event.payload.issue
    if issue is None or issue.user is None or issue.user.is_bot or issue.state != "open" or issue.locked:
        return []
    if event.is_transferred:
        return []  # what is missing was said where it comes from
    lack = await _lack(event.thread, issue, section, reads)
    if not lack.missing or not (lack.by_form or await _is_bug(event, issue, reads)):
        return []
    if await failures.is_answered(event.thread, issue.body, reads):
        return []  # what is known of it may be all its author needs
    if not section.ask_members and await _is_of_the_house(event.thread, issue, issue.user, reads):
        return []
    labels = [one.label for one in lack.missing]
    question = section.patience.asks(issue.user.login, issue.user.id, labels, time.time())
    reason = f"the issue lacks {len(lack.missing)} of what is needed to look into it"
    return [
        AddLabels(thread=event.thread, labels=(section.label,), reason=reason),
        *_wait(event.thread, question, section, reason),
        _tell(event.thread, question, lack.missing, lack, reason),
    ]


@feature.on("issues", "edited")
async def edited(event: Event, section: NeedsInfoSection, reads: Reads) -> Sequence[Action]:
    """Bring a question that stands there up to date, or take it back; an edit never starts one."""
    issue, question = event.payload.issue, await _question(event.thread, reads)
    if issue is None or question is None or (issue.state != "open" and not question.closed):
        return []
    lack = await _lack(event.thread, issue, section, reads)
    left = still_missing(lack, question.asked)
    if not left:
        return _cleared(event.thread, question, section, "an edit brought what was missing")
    labels = tuple(one.label for one in left)
    actions: list[Action] = []
    reason = "the description was edited"
    if len(labels) < len(question.asked) and not question.closed:
        question = section.patience.partly_answered(question, labels, time.time())
        actions = _wait(event.thread, question, section, "an edit brought a part of what was missing")
    return [*actions, _tell(event.thread, question, left, lack, reason)]


@feature.on("issue_comment", "created", "edited")
async def commented(event: Event, section: NeedsInfoSection, reads: Reads) -> Sequence[Action]:
    """Stop waiting when the author replies, and see what the reply brings."""
    issue, comment = event.payload.issue, event.payload.comment
    if issue is None or issue.pull_request is not None or comment is None or comment.user is None:
        return []
    question = await _question(event.thread, reads)
    if question is None or not _is_of(question, comment.user):
        return []
    if not await asyncio.to_thread(has_words, comment.body, await reads.own_slug()):
        return []
    if issue.state != "open" and not question.closed:
        return []
    return await _replied(event.thread, issue, comment.body, question, section, reads)


@feature.on("issues", "unlabeled", "closed", "reopened")
async def decided(event: Event, section: NeedsInfoSection, reads: Reads) -> Sequence[Action]:
    """Let go of the question once a person has closed the issue, reopened it, or taken the label off."""
    question = await _question(event.thread, reads)
    if question is None:
        return []
    label = event.payload.label.name.casefold() if event.payload.label else ""
    if event.action == "unlabeled" and (label != section.label.casefold() or question.replied is not None):
        return []
    said = {"unlabeled": "took the label off", "closed": "closed the issue", "reopened": "reopened the issue"}
    who = event.payload.sender.login if event.payload.sender else "somebody"
    gone = question.model_copy(update={"closed": False})  # it is not the bot's to open any more
    return _cleared(event.thread, gone, section, f"{who} {said[event.action or '']}")


@feature.on("issues", "deleted", "transferred")
async def gone(event: Event, section: NeedsInfoSection, reads: Reads) -> Sequence[Action]:
    """Forget what was asked on an issue that is not here any more."""
    if await _question(event.thread, reads) is None:
        return []
    return _forgotten(event.thread, "the issue is not here any more")


@feature.on_timer(SILENCE)
async def silent(event: Event, section: NeedsInfoSection, reads: Reads) -> Sequence[Action]:
    """Look whether anything came; if not, remind the author once, and later close if that was asked for."""
    thread, now = event.thread, time.time()
    question = await _question(thread, reads)
    if question is None:
        return []
    try:
        issue = await reads.issue(thread.repository, thread.number)
    except GoneError:
        return _forgotten(thread, "the issue is not here any more")
    if issue.number != thread.number:
        return _forgotten(thread, "the issue was moved")
    if issue.state != "open" or issue.locked or await _was_unlabelled(thread, issue, section, reads):
        return _cleared(thread, question, section, "nobody waits for the author any more")
    step = section.patience.step(question, now)
    if step is Step.KEEP:
        return _watch(thread, question, section, "it is not time yet")
    # Webhooks can be lost: before anybody is bothered, GitHub itself is asked.
    replies = await _replies(thread, question, reads)
    if replies:
        return await _replied(thread, issue, replies, question, section, reads)
    if await failures.is_answered(thread, issue.body, reads):
        return _cleared(thread, question, section, "what fails here is known by now")
    lack = await _lack(thread, issue, section, reads)
    left = still_missing(lack, question.asked)
    if not left:
        return _cleared(thread, question, section, "an edit brought what was missing")
    if step is Step.REMIND:
        question = section.patience.reminded(question, now)
        reason = f"nothing came for {section.remind_after_days} days"
        return [
            *_wait(thread, question, section, reason),
            _tell(thread, question, left, lack, reason),
        ]
    question = question.model_copy(update={"closed": True})
    reason = "nothing came by the day that was named"
    return [
        *_wait(thread, question, section, reason),
        SetState(thread=thread, state="closed", why="not_planned", reason=reason),
        _tell(thread, question, left, lack, reason),
    ]


def words_for(question: Question, missing: Sequence[Missing], lack: Lack) -> str:
    """Write the section of the status comment."""
    return render("comments/needs_info.md.j2", question=question, missing=missing, by_form=lack.by_form)


async def _lack(
    thread: Thread, issue: Issue, section: NeedsInfoSection, reads: Reads, reply: str = ""
) -> Lack:
    forms = await reads.issue_forms(thread.repository)
    words = _words(issue, reply)
    return await asyncio.to_thread(lack_of, words, forms, repository_is_ai=section.assume_ai)


def _words(issue: Issue, reply: str = "") -> Words:
    return Words(issue.title, issue.body, reply, tuple(label.name for label in issue.labels))


async def _is_bug(event: Event, issue: Issue, reads: Reads) -> bool:
    asked = PastIssue(number=issue.number, title=issue.title, body=issue.body)
    expected = await reads.predicted_labels(event.place, asked)
    return await asyncio.to_thread(is_bug, _words(issue), expected)


async def _is_of_the_house(thread: Thread, issue: Issue, author: Account, reads: Reads) -> bool:
    """Tell whether the author knows what a report needs: a question would only be in their way."""
    if issue.author_association in ASSOCIATIONS_OF_THE_HOUSE:
        return True
    if issue.author_association != CONTRIBUTOR:
        return False
    return await reads.permission(thread.repository, author.login) >= Permission.TRIAGE


async def _question(thread: Thread, reads: Reads) -> Question | None:
    return question_in((await reads.recall(thread, feature.name)).get(QUESTION))


def _is_of(question: Question, person: Account) -> bool:
    return not person.is_bot and question.is_of(person.login, person.id)


async def _was_unlabelled(thread: Thread, issue: Issue, section: NeedsInfoSection, reads: Reads) -> bool:
    """Tell whether a person took away the label the bot had put there."""
    wanted = section.label.casefold()
    there = {label.name.casefold() for label in issue.labels}
    return wanted not in there and wanted in {own.casefold() for own in await reads.own_labels(thread)}


async def _replies(thread: Thread, question: Question, reads: Reads) -> str:
    """Give what the author wrote since they were asked."""
    slug = await reads.own_slug()
    said = [
        one.body
        for one in await reads.comments(thread.repository, thread.number)
        if one.created_at is not None
        and one.created_at.timestamp() > question.since
        and question.is_of(one.author, 0)
        and has_words(one.body, slug)
    ]
    return "\n\n".join(said)


async def _replied(
    thread: Thread, issue: Issue, reply: str, question: Question, section: NeedsInfoSection, reads: Reads
) -> list[Action]:
    """Stop waiting; what the reply does not bring stays written down, and nobody is asked for it again."""
    lack = await _lack(thread, issue, section, reads, reply)
    left = still_missing(lack, question.asked)
    reason = f"{question.login} replied"
    if not left:
        return _cleared(thread, question, section, reason)
    heard = question.model_copy(
        update={
            "asked": tuple(one.label for one in left),
            "replied": time.time(),
            "closes": None,
            "closed": False,
        }
    )
    return [
        *_let_go(thread, question, section, reason),
        Remember(thread=thread, key=QUESTION, value=heard.model_dump(), reason=reason),
        _tell(thread, heard, left, lack, reason),
    ]


def _wait(thread: Thread, question: Question, section: NeedsInfoSection, reason: str) -> list[Action]:
    """Keep a question as it is now, and come back when it is due."""
    return [
        Remember(thread=thread, key=QUESTION, value=question.model_dump(), reason=reason),
        *_watch(thread, question, section, reason),
    ]


def _watch(thread: Thread, question: Question, section: NeedsInfoSection, reason: str) -> list[Action]:
    due = section.patience.due(question)
    return [SetTimer(thread=thread, name=SILENCE, due=due, reason=reason)] if due is not None else []


def _tell(
    thread: Thread, question: Question, missing: Sequence[Missing], lack: Lack, reason: str
) -> SetSection:
    body = words_for(question, missing, lack)
    return SetSection(thread=thread, section=feature.name, body=body, reason=reason)


def _let_go(thread: Thread, question: Question, section: NeedsInfoSection, reason: str) -> list[Action]:
    """Wait no longer: take the label off, and open what was closed only for waiting."""
    actions: list[Action] = [
        RemoveLabels(thread=thread, labels=(section.label,), reason=reason),
        SetTimer(thread=thread, name=SILENCE, due=None, reason=reason),
    ]
    if question.closed:
        actions.append(SetState(thread=thread, state="open", reason=reason))
    return actions


def _cleared(thread: Thread, question: Question, section: NeedsInfoSection, reason: str) -> list[Action]:
    """Take the question back altogether."""
    return [
        *_let_go(thread, question, section, reason),
        Remember(thread=thread, key=QUESTION, value=None, reason=reason),
        SetSection(thread=thread, section=feature.name, body="", reason=reason),
    ]


def _forgotten(thread: Thread, reason: str) -> list[Action]:
    return [
        Remember(thread=thread, key=QUESTION, value=None, reason=reason),
        SetTimer(thread=thread, name=SILENCE, due=None, reason=reason),
    ]
