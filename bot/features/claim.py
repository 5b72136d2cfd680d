"""Let people claim issues they work on, and free an issue again when nothing is heard of its claim."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import Field

from bot.actions import Action, Assign, Remember, SetSection, SetTimer
from bot.commands import ANYONE, Command, Permission, ThreadKind, Topic
from bot.config import Section
from bot.errors import GoneError, UserError
from bot.events import Account, Event, Issue, Thread
from bot.feature import Call, Feature
from bot.reads import TimelineEvent
from bot.rendering import code, listed, plain, render
from bot.triage.claims import Claim, Clock, Step, claim_in, names_issue

PULLS_LOOKED_AT = 5
"""Pull requests that name an issue and are looked at, latest first, before its claim is ended."""

CLAIM, SIGN, QUIET = "claim", "sign", "quiet"
"""What is kept: the claim, and the last sign of it on another thread; and the timer that watches it."""


class ClaimSection(Section):
    """Let people claim issues, remind them when nothing is heard, and free what they left behind."""

    limit: int = Field(default=3, ge=1, description="Issues one person can hold at the same time.")
    labels: tuple[str, ...] = Field(
        default=(), description="Only issues with one of these labels can be claimed; empty for all."
    )
    remind_after_days: int = Field(
        default=14, ge=1, le=365, description="Days without a sign of work until the claimer is asked."
    )
    free_after_days: int = Field(
        default=7, ge=1, le=365, description="Days after that until the issue is free again."
    )

    @property
    def clock(self) -> Clock:
        """Give how long silence may last."""
        return Clock(self.remind_after_days, self.free_after_days)


class Reads(Protocol):
    """What this feature reads."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def recall_everywhere(self, thread: Thread, feature: str, key: str) -> dict[int, dict[str, Any]]:
        """Return what a feature keeps under one key on every thread of the repository, by number."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue as it is now."""

    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        """List what happened to a thread, oldest first."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""


feature = Feature[ClaimSection, Reads]("claim", ClaimSection)


@feature.command(
    Command(
        name="claim",
        usage="/claim",
        description="Says that you work on this issue, so that nobody else starts it too.",
        who=ANYONE,
        example="/claim",
        topic=Topic.WORK,
        threads=ThreadKind.ISSUE,
    )
)
async def claim_asked(call: Call, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """Give the issue to the caller, unless it is somebody's already."""
    thread, now = call.thread, time.time()
    standing = await _standing(thread, reads)
    if standing is not None and standing.is_of(call.caller, call.caller_account):
        return []  # writing it again is a sign of work, and is taken as one already
    issue = await reads.issue(thread.repository, thread.number)
    refusal = why_not(issue, standing, section, call.caller)
    if refusal:
        raise UserError(refusal)
    held, over = await _held(call, section, reads)
    if len(held) >= section.limit:
        raise UserError(render("comments/claim_limit.md.j2", held=held, limit=section.limit))
    claim = Claim(
        login=call.caller,
        account=call.caller_account,
        since=now,
        heard=now,
        assigned_before=is_assigned(issue, call.caller),
    )
    reason = f"{call.caller} claimed the issue"
    return [
        *(_forget(Thread(thread.repository, number, thread.repository_id), CLAIM) for number in over),
        *_watch(thread, claim, section, reason),
        Assign(
            thread=thread,
            add=(call.caller,),
            section=feature.name,
            told=words(claim, section, assigned=True),
            told_otherwise=words(claim, section, assigned=False),
            reason=reason,
        ),
    ]


@feature.command(
    Command(
        name="unclaim",
        usage="/unclaim",
        description="Frees an issue you claimed; people with triage permission can free anybody's.",
        who=ANYONE,
        example="/unclaim",
        topic=Topic.WORK,
        threads=ThreadKind.ISSUE,
    )
)
async def unclaim_asked(call: Call, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """Free the issue for whoever claimed it, or for those who look after the issues."""
    claim = await _standing(call.thread, reads)
    if claim is None:
        raise UserError("Nobody has claimed this, so it is free. To work on it, comment `/claim`.")
    if not claim.is_of(call.caller, call.caller_account):
        held = await reads.permission(call.thread.repository, call.caller)
        if held < Permission.TRIAGE:
            raise UserError(
                f"This is claimed by {plain(claim.login)}. They can free it with `/unclaim`, and so can "
                "people with triage permission."
            )
    reason = f"{call.caller} freed the issue"
    return [*_end(call.thread, reason), Assign(thread=call.thread, remove=(claim.login,), reason=reason)]


@feature.on("issue_comment", "created")
async def commented(event: Event, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """Take a comment of the claimer as a sign of work, also one on a pull request that names the issue."""
    comment, issue = event.payload.comment, event.payload.issue
    if comment is None or issue is None or comment.user is None or comment.user.is_bot:
        return []
    if issue.pull_request is not None:
        return await _signs_elsewhere(event, f"{issue.title}\n{issue.body}", comment.user, reads)
    claim = await _standing(event.thread, reads)
    if claim is None or not _is_of(claim, comment.user):
        return []
    reason = f"{claim.login} commented"
    heard = claim.heard_at(time.time())
    actions = _watch(event.thread, heard, section, reason)
    if claim.reminded is not None:
        actions.append(_tell(event.thread, heard, section, is_assigned(issue, claim.login), reason))
    return actions


@feature.on("pull_request", "opened", "edited", "reopened", "synchronize", "ready_for_review")
async def pull_request_moved(event: Event, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """Take what the claimer does on a pull request that names the issue as a sign of work."""
    pull = event.payload.pull_request
    if pull is None or event.payload.sender is None or event.sender_is_bot:
        return []
    return await _signs_elsewhere(event, f"{pull.title}\n{pull.body}", event.payload.sender, reads)


@feature.on("issues", "assigned")
async def assigned(event: Event, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """Say that the claimer is assigned once somebody has seen to that."""
    claim = await _standing(event.thread, reads)
    if claim is None or event.payload.issue is None or not _is_of(claim, event.payload.assignee):
        return []
    there = is_assigned(event.payload.issue, claim.login)
    return [_tell(event.thread, claim, section, there, "somebody assigned the claimer")]


@feature.on("issues", "unassigned", "closed")
async def perhaps_over(event: Event, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """End the claim when its issue is closed, or the claimer was taken off it."""
    thread = event.thread
    claim = await _standing(thread, reads)
    if claim is None or (event.action == "unassigned" and not _is_of(claim, event.payload.assignee)):
        return []
    issue = await reads.issue(thread.repository, thread.number)  # it may have changed back since
    if event.action == "closed":
        return _end(thread, "the issue was closed") if issue.state == "closed" else []
    if is_assigned(issue, claim.login):
        return []
    return _end(thread, f"{claim.login} was taken off the issue")


@feature.on("issues", "deleted", "transferred")
async def gone(event: Event, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """Forget the claim of an issue that is not here any more."""
    if await _standing(event.thread, reads) is None:
        return []
    return _let_go(event.thread, "the issue is not here any more")


@feature.on_timer(QUIET)
async def quiet(event: Event, section: ClaimSection, reads: Reads) -> Sequence[Action]:
    """Look whether there was a sign of work; if not, ask the claimer, and later free the issue."""
    thread, now = event.thread, time.time()
    kept = await reads.recall(thread, feature.name)
    claim = claim_in(kept.get(CLAIM))
    if claim is None:
        return []
    try:
        issue = await reads.issue(thread.repository, thread.number)
    except GoneError:
        return _let_go(thread, "the issue is not here any more")
    if issue.number != thread.number:
        return _let_go(thread, "the issue was moved")
    if issue.state == "closed":
        return _end(thread, "the issue was closed")
    sign = kept.get(SIGN)
    current = claim.heard_by([(sign["login"], sign["at"])] if sign else [])
    if section.clock.step(current, now) is not Step.KEEP:
        # Webhooks can be lost: before anybody is bothered, GitHub itself is asked for a sign.
        events = await reads.timeline_events(thread.repository, thread.number)
        current = current.heard_by((one.actor, one.at.timestamp()) for one in events if one.at)
        if await _has_open_pull(current, thread, events, reads):
            current = current.heard_at(now)
    there = is_assigned(issue, claim.login)
    match section.clock.step(current, now):
        case Step.FREE:
            return _freed(thread, current, there)
        case Step.REMIND:
            reason = f"nothing was heard of {claim.login}'s work for {section.remind_after_days} days"
            current = current.model_copy(update={"reminded": now})
            return [
                *_watch(thread, current, section, reason),
                _tell(thread, current, section, there, reason),
            ]
        case Step.KEEP:
            actions = _watch(thread, current, section, f"{claim.login} was heard of")
            if claim.reminded is not None and current.reminded is None:
                reason = f"{claim.login} was heard of"
                actions.append(_tell(thread, current, section, there, reason))
            return actions


def why_not(issue: Issue, standing: Claim | None, section: ClaimSection, caller: str) -> str:
    """Say why somebody cannot claim an issue; empty when they can, as far as the issue is concerned."""
    if issue.state == "closed":
        return "This issue is closed, so there is nothing left to claim."
    if standing is not None:
        return render("comments/claim_taken.md.j2", claim=standing)
    others = [person.login for person in issue.assignees if person.login.casefold() != caller.casefold()]
    if others and not is_assigned(issue, caller):
        who = listed(plain(login) for login in others)
        return (
            f"{who} {'is' if len(others) == 1 else 'are'} assigned to this already. Ask here whether help "
            "is welcome."
        )
    there = {label.name.casefold() for label in issue.labels}
    if section.labels and not there & {label.casefold() for label in section.labels}:
        wanted = listed([code(label) for label in section.labels], "or")
        return f"Here only issues labelled {wanted} can be claimed. Ask a maintainer about this one."
    return ""


def is_assigned(issue: Issue, login: str) -> bool:
    """Tell whether somebody is assigned, as far as is known about the issue."""
    return login.casefold() in {person.login.casefold() for person in issue.assignees}


def words(claim: Claim, section: ClaimSection, *, assigned: bool) -> str:
    """Write the section of the status comment."""
    return render(
        "comments/claim.md.j2", claim=claim, section=section, assigned=assigned, due=section.clock.due(claim)
    )


async def _standing(thread: Thread, reads: Reads) -> Claim | None:
    """Find the claim of an issue, if there is one."""
    return claim_in((await reads.recall(thread, feature.name)).get(CLAIM))


def _is_of(claim: Claim, person: Account | None) -> bool:
    return person is not None and claim.is_of(person.login, person.id)


async def _held(call: Call, section: ClaimSection, reads: Reads) -> tuple[list[int], list[int]]:
    """List the other issues the caller holds, and those whose claim is over though nobody said so.

    Only somebody who is about to be refused is looked after so closely.
    """
    thread = call.thread
    claims = await reads.recall_everywhere(thread, feature.name, CLAIM)
    held = [
        number
        for number, value in sorted(claims.items())
        if number != thread.number and Claim.model_validate(value).is_of(call.caller, call.caller_account)
    ]
    over: list[int] = []
    if len(held) < section.limit:
        return held, over
    for number in list(held):
        try:
            issue = await reads.issue(thread.repository, number)
        except GoneError:
            issue = None
        if issue is None or issue.state == "closed" or issue.number != number:
            held.remove(number)
            over.append(number)
    return held, over


async def _has_open_pull(claim: Claim, thread: Thread, events: Sequence[TimelineEvent], reads: Reads) -> bool:
    """Tell whether a pull request of the claimer's that names the issue is open."""
    sources = [event.source for event in reversed(events) if event.event == "cross-referenced"]
    here = [source.rpartition("#")[2] for source in sources if source.startswith(f"{thread.repository}#")]
    for number in list(dict.fromkeys(here))[:PULLS_LOOKED_AT]:
        try:
            other = await reads.issue(thread.repository, int(number))
        except GoneError:
            continue
        if other.pull_request is not None and other.state == "open" and _is_of(claim, other.user):
            return True
    return False


async def _signs_elsewhere(event: Event, text: str, person: Account, reads: Reads) -> list[Action]:
    """Note a sign of work for each issue that somebody holds and a pull request names.

    The issue's own turn decides what follows from it: a claim that ended meanwhile is not brought back.
    """
    claims = await reads.recall_everywhere(event.place, feature.name, CLAIM)
    actions: list[Action] = []
    for number, value in sorted(claims.items()):
        claim = Claim.model_validate(value)
        if not _is_of(claim, person) or not names_issue(text, event.repository.full_name, number):
            continue
        issue = Thread(event.repository.full_name, number, event.repository.id)
        reason, now = f"{claim.login} worked on it in {event.thread}", time.time()
        sign = {"login": claim.login, "at": now}
        actions.append(Remember(thread=issue, key=SIGN, value=sign, reason=reason))
        if claim.reminded is not None:
            actions.append(SetTimer(thread=issue, name=QUIET, due=now, reason=reason))
    return actions


def _watch(thread: Thread, claim: Claim, section: ClaimSection, reason: str) -> list[Action]:
    """Keep a claim as it is now, and come back when it is due."""
    return [
        Remember(thread=thread, key=CLAIM, value=claim.model_dump(), reason=reason),
        SetTimer(thread=thread, name=QUIET, due=section.clock.due(claim), reason=reason),
    ]


def _tell(thread: Thread, claim: Claim, section: ClaimSection, assigned: bool, reason: str) -> Action:
    body = words(claim, section, assigned=assigned)
    return SetSection(thread=thread, section=feature.name, body=body, reason=reason)


def _freed(thread: Thread, claim: Claim, assigned: bool) -> list[Action]:
    """Free an issue on silence; whom a person assigned stays assigned."""
    reason = f"nothing was heard of {claim.login} since they were asked"
    stays = assigned and claim.assigned_before
    body = render("comments/claim_freed.md.j2", claim=claim, stays=stays)
    actions = [
        *_let_go(thread, reason),
        SetSection(thread=thread, section=feature.name, body=body, reason=reason),
    ]
    if assigned and not stays:
        actions.append(Assign(thread=thread, remove=(claim.login,), reason=reason))
    return actions


def _end(thread: Thread, reason: str) -> list[Action]:
    """Let go of a claim, and take what was said about it away."""
    return [
        *_let_go(thread, reason),
        SetSection(thread=thread, section=feature.name, body="", reason=reason),
    ]


def _let_go(thread: Thread, reason: str) -> list[Action]:
    return [
        _forget(thread, CLAIM, reason),
        _forget(thread, SIGN, reason),
        SetTimer(thread=thread, name=QUIET, due=None, reason=reason),
    ]


def _forget(thread: Thread, key: str, reason: str = "the issue is closed or gone") -> Action:
    return Remember(thread=thread, key=key, value=None, reason=reason)
