"""Close, reopen, lock and unlock threads when somebody asks."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, cast

from bot.actions import Action, Remember, SetLock, SetState
from bot.commands import AUTHOR, TRIAGE, WRITE, Command, Parameter, Permission, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import Issue, PullRequest, Thread
from bot.feature import Call, Feature
from bot.reads import TimelineEvent
from bot.rendering import plain

CLOSED = "closed"
"""Who asked the bot to close a thread, and when, is kept under this key."""

SOON = 3_600.0
"""Seconds within which the bot closes what it is asked to close; what it closed later is another story."""

CLOSE_REASONS = ("completed", "not-planned", "duplicate")
LOCK_REASONS = ("off-topic", "too-heated", "resolved", "spam")
"""GitHub's, as one word each."""


class ClosingSection(Section):
    """Let people close, reopen and lock threads with commands."""


class Reads(Protocol):
    """What this feature reads."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue, or the issue side of a pull request, as it is now."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        """List what happened to a thread, oldest first."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""


feature = Feature[ClosingSection, Reads]("closing", ClosingSection)


@feature.command(
    Command(
        name="close",
        usage="/close [REASON]",
        description="Closes this thread; an issue with the reason completed, not-planned or duplicate.",
        who=AUTHOR | TRIAGE,
        example="/close not-planned",
        parameters=(Parameter("reason", "Why the issue is closed.", choices=CLOSE_REASONS),),
        topic=Topic.PLACE,
    )
)
async def close_asked(call: Call, section: ClosingSection, reads: Reads) -> Sequence[Action]:
    """Close the thread, and keep in mind who wanted that."""
    thread = call.thread
    issue = await reads.issue(thread.repository, thread.number)
    given = next(iter(call.invocation.arguments), None)
    if given is not None and issue.pull_request is not None:
        raise UserError(
            "GitHub keeps no reason for closed pull requests. To close this one, comment `/close`."
        )
    why = cast(Literal["completed", "not_planned", "duplicate"] | None, given and given.replace("-", "_"))
    if issue.state == "closed" and why in (None, issue.state_reason):
        return []
    reason = f"{call.caller} asked for it"
    by = {"login": call.caller, "at": time.time()}
    return [
        SetState(thread=thread, state="closed", why=why, reason=reason),
        Remember(thread=thread, key=CLOSED, value=by, reason=reason),
    ]


@feature.command(
    Command(
        name="reopen",
        usage="/reopen",
        description="Opens this thread again; authors cannot if somebody else closed it.",
        who=AUTHOR | TRIAGE,
        example="/reopen",
        topic=Topic.PLACE,
    )
)
async def reopen_asked(call: Call, section: ClosingSection, reads: Reads) -> Sequence[Action]:
    """Open the thread again, unless that would go over the head of whoever closed it."""
    thread = call.thread
    issue = await reads.issue(thread.repository, thread.number)
    if issue.state == "open":
        return []
    if issue.pull_request is not None:
        pull = await reads.pull_request(thread.repository, thread.number)
        if pull.merged:
            raise UserError("This is merged, so it cannot be opened again. Open a new pull request instead.")
        if pull.head.repo is None:
            raise UserError(
                "The fork it came from is gone, so it cannot be opened again. Open a new pull request."
            )
    if await reads.permission(thread.repository, call.caller) < Permission.TRIAGE:
        events = await reads.timeline_events(thread.repository, thread.number)
        kept = await reads.recall(thread, feature.name)
        closer = closed_by(events, f"{call.slug}[bot]", kept.get(CLOSED))
        if closer is not None and closer.casefold() != call.caller.casefold():
            raise UserError(
                f"{plain(closer)} closed this, so it takes somebody with triage permission to open it "
                "again. Say here what has changed since, and ask them."
            )
    reason = f"{call.caller} asked for it"
    return [
        SetState(thread=thread, state="open", reason=reason),
        Remember(thread=thread, key=CLOSED, value=None, reason=reason),
    ]


@feature.command(
    Command(
        name="lock",
        usage="/lock [REASON]",
        description="Lets only people with write permission comment, because of "
        "off-topic, too-heated, resolved or spam.",
        who=WRITE,
        example="/lock too-heated",
        parameters=(Parameter("reason", "Why the conversation is locked.", choices=LOCK_REASONS),),
        topic=Topic.PLACE,
    )
)
async def lock_asked(call: Call, section: ClosingSection, reads: Reads) -> Sequence[Action]:
    """Lock the conversation."""
    given = next(iter(call.invocation.arguments), None)
    words = "too heated" if given == "too-heated" else given
    why = cast(Literal["off-topic", "too heated", "resolved", "spam"] | None, words)
    return [SetLock(thread=call.thread, locked=True, why=why, reason=f"{call.caller} asked for it")]


@feature.command(
    Command(
        name="unlock",
        usage="/unlock",
        description="Lets everybody comment again.",
        who=WRITE,
        example="/unlock",
        topic=Topic.PLACE,
    )
)
async def unlock_asked(call: Call, section: ClosingSection, reads: Reads) -> Sequence[Action]:
    """Unlock the conversation."""
    return [SetLock(thread=call.thread, locked=False, reason=f"{call.caller} asked for it")]


def closed_by(events: Sequence[TimelineEvent], bot: str, asked: Mapping[str, Any] | None) -> str | None:
    """Say who closed a thread last; ``None`` when that was the bot of its own accord, or nobody knows.

    ``asked`` is what was kept when somebody asked the bot to close it.
    """
    closed = [event for event in events if event.event == "closed"]
    if not closed or not closed[-1].actor:
        return None
    last = closed[-1]
    if last.actor != bot:
        return last.actor
    if asked is None or (last.at is not None and abs(last.at.timestamp() - asked["at"]) > SOON):
        return None
    return str(asked["login"])
