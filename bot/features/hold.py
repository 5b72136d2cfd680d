"""Hold a pull request back until somebody lets it go."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.actions import Action, AddLabels, Remember, RemoveLabels, ReportPart, SetSection
from bot.commands import AUTHOR, TRIAGE, Command, Parameter, Permission, ThreadKind, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import Event, PullRequest, Thread
from bot.feature import Call, Feature
from bot.rendering import code, plain, render

HOLD = "hold"
PART = "Not on hold"
"""What stands in the check run, worded as what is in order when it passes."""


class HoldSection(Section):
    """Hold pull requests back with a label, a part of the check run, and words that say who and why."""

    label: str = Field(default="hold", description="Label while it is on hold, if the repository has it.")
    check: bool = Field(default=True, description="Whether the check run `giveback` fails meanwhile.")


class Held(BaseModel):
    """Who holds a thread, since when (seconds since the epoch) and why; no name when it was by label."""

    model_config = ConfigDict(frozen=True)

    login: str
    account: int
    since: float
    why: str = ""


class Reads(Protocol):
    """What this feature reads."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def label_names(self, repository: str) -> frozenset[str]:
        """List the repository's labels."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""


feature = Feature[HoldSection, Reads]("hold", HoldSection)


@feature.command(
    Command(
        name="hold",
        usage="/hold [WHY...]",
        description="Holds this back until `/unhold`.",
        who=AUTHOR | TRIAGE,
        example="/hold the paper is not out yet",
        parameters=(Parameter("why", "What it waits for, in your words.", repeated=True),),
        topic=Topic.MERGING,
    )
)
async def hold_asked(call: Call, section: HoldSection, reads: Reads) -> Sequence[Action]:
    """Put the hold on: the label, the check, and the words."""
    thread = call.thread
    is_pull = call.kind is ThreadKind.PULL_REQUEST
    known = {name.casefold() for name in await reads.label_names(thread.repository)}
    if section.label.casefold() not in known and not (is_pull and section.check):
        raise UserError(
            f"There is no label {code(section.label)} here to hold this with. Ask a maintainer to make one, "
            "or to name another in the configuration."
        )
    standing = await _held(thread, reads)
    if standing is not None and not _is_own(standing, call):
        raise UserError(f"{plain(standing.login)} holds this already. `/unhold` lets it go.")
    held = Held(
        login=call.caller,
        account=call.caller_account,
        since=time.time(),
        why=" ".join(call.invocation.arguments),
    )
    reason = f"{call.caller} asked for it"
    head = (await reads.pull_request(thread.repository, thread.number)).head.sha if is_pull else None
    return [
        AddLabels(thread=thread, labels=(section.label,), reason=reason),
        *_put_on(thread, held, section, head, reason),
    ]


@feature.command(
    Command(
        name="unhold",
        usage="/unhold",
        description="Lets this go again; authors only what they held themselves.",
        who=AUTHOR | TRIAGE,
        example="/unhold",
        topic=Topic.MERGING,
    )
)
async def unhold_asked(call: Call, section: HoldSection, reads: Reads) -> Sequence[Action]:
    """Take the hold off, unless it is somebody else's and the caller does not look after the thread."""
    thread = call.thread
    held = await _held(thread, reads)
    if held is None and not _has(call.issue.labels, section.label):
        raise UserError("This is not on hold.")
    if (
        not (held and _is_own(held, call))
        and await reads.permission(thread.repository, call.caller) < Permission.TRIAGE
    ):
        by = f" by {plain(held.login)}" if held is not None and held.login else ""
        raise UserError(f"This was put on hold{by}. They or people with triage permission can let it go.")
    is_pull = call.kind is ThreadKind.PULL_REQUEST
    head = (await reads.pull_request(thread.repository, thread.number)).head.sha if is_pull else None
    reason = f"{call.caller} asked for it"
    return [
        RemoveLabels(thread=thread, labels=(section.label,), reason=reason),
        *_take_off(thread, section, head, reason),
    ]


@feature.on("pull_request", "synchronize", "reopened")
async def new_commit(event: Event, section: HoldSection, reads: Reads) -> Sequence[Action]:
    """Hold the new head, too: a check run is about one commit."""
    held, pull = await _held(event.thread, reads), event.payload.pull_request
    if held is None or pull is None:
        return []
    return _checked(event.thread, held, section, pull.head.sha, "it is still on hold")


@feature.on("pull_request", "labeled", "unlabeled")
async def label_changed(event: Event, section: HoldSection, reads: Reads) -> Sequence[Action]:
    """Follow a person who puts the label there or takes it away by hand, as it is now."""
    pull, label = event.payload.pull_request, event.payload.label
    if pull is None or label is None or label.name.casefold() != section.label.casefold():
        return []
    held = await _held(event.thread, reads)
    pull = await reads.pull_request(event.thread.repository, event.thread.number)
    labelled = _has(pull.labels, section.label)
    who = event.payload.sender
    if labelled and held is None and who is not None:
        held = Held(login=who.login, account=who.id, since=time.time())
        return _put_on(event.thread, held, section, pull.head.sha, f"{who.login} added the label")
    if not labelled and held is not None:
        return _take_off(event.thread, section, pull.head.sha, "the label was taken away")
    return []


def _is_own(held: Held, call: Call) -> bool:
    """Tell whether whoever wrote a command holds the thread themselves."""
    return (held.login, held.account) == (call.caller, call.caller_account)


async def _held(thread: Thread, reads: Reads) -> Held | None:
    kept = (await reads.recall(thread, feature.name)).get(HOLD)
    return Held.model_validate(kept) if kept is not None else None


def _has(labels: Sequence[Any], name: str) -> bool:
    return any(label.name.casefold() == name.casefold() for label in labels)


def _put_on(thread: Thread, held: Held, section: HoldSection, head: str | None, reason: str) -> list[Action]:
    body = render("comments/hold.md.j2", held=held, checked=section.check and head is not None)
    return [
        Remember(thread=thread, key=HOLD, value=held.model_dump(), reason=reason),
        *_checked(thread, held, section, head, reason),
        SetSection(thread=thread, section=feature.name, body=body, reason=reason),
    ]


def _take_off(thread: Thread, section: HoldSection, head: str | None, reason: str) -> list[Action]:
    return [
        Remember(thread=thread, key=HOLD, value=None, reason=reason),
        *_checked(thread, None, section, head, reason),
        SetSection(thread=thread, section=feature.name, body="", reason=reason),
    ]


def _checked(
    thread: Thread, held: Held | None, section: HoldSection, head: str | None, reason: str
) -> list[Action]:
    """Report the hold on a commit, where there is one and the repository wants that."""
    if head is None or not section.check:
        return []
    summary = (
        "Nobody holds it." if held is None else f"{plain(held.login)} holds it. {plain(held.why)}".strip()
    )
    return [
        ReportPart(
            repository=thread.repository,
            commit=head,
            part=PART,
            passed=held is None,
            required=True,
            summary=summary,
            reason=reason,
        )
    ]
