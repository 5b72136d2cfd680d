"""Point to issues like a new one and, where known, to what fixed them; learn from what people say of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.actions import Action, Remember, SetSection, SetState
from bot.commands import AUTHOR, TRIAGE, Command, Parameter, Permission, ThreadKind, Topic
from bot.config import Section
from bot.errors import GoneError, UserError
from bot.events import Changes, Event, Issue, Thread
from bot.feature import Call, Feature
from bot.reads import LinkedIssue
from bot.rendering import code, plain, render
from bot.triage.disclosure import is_hidden
from bot.triage.history import PastIssue, past_issue
from bot.triage.similar.remembered import FIX, Fix, key_of
from bot.triage.similar.score import Match

VERDICT = "duplicate-of"
"""What is kept on an issue that somebody called a duplicate, beside its :data:`FIX`."""

FRESH = timedelta(days=7)
"""How long after it was opened an edit of an issue may bring the first words about others like it."""

_REFERENCE = re.compile(r"(?:(?P<place>[\w.-]{1,100}/[\w.-]{1,100})?#)?(?P<number>[1-9][0-9]{0,8})", re.ASCII)
_ADDRESS = re.compile(
    r"https?://[^\s/]{1,255}/(?P<place>[\w.-]{1,100}/[\w.-]{1,100})/issues/(?P<number>[1-9][0-9]{0,8})"
    r"(?:[?#/]\S*)?",
    re.ASCII,
)
_WORD = re.compile(r"\w+")


class DuplicatesSection(Section):
    """Point to issues like a new one, when it is sure enough; close nothing by itself."""

    quiet: bool = Field(
        default=False, description="Whether to show no issues like a new one; the commands work all the same."
    )
    limit: int = Field(default=3, ge=1, le=5, description="Issues shown at most.")
    close: bool = Field(
        default=False, description="Whether `/duplicate` also closes the issue, as a duplicate."
    )


class Verdict(BaseModel):
    """That somebody called an issue a duplicate, as it is kept on that issue."""

    model_config = ConfigDict(frozen=True)

    number: int
    """The issue it repeats."""
    by: str
    """Login of who said so."""
    closed: bool = False
    """Whether the bot closed it for that."""


class MatchReads(Protocol):
    """What finding issues like another takes."""

    async def similar_issues(self, thread: Thread, issue: PastIssue, limit: int = 5) -> tuple[Match, ...]:
        """Find the issues most like one that were opened before it in its repository."""


class Reads(MatchReads, Protocol):
    """What this feature reads."""

    async def has_section(self, thread: Thread, section: str) -> bool:
        """Tell whether a feature has words in a thread's status comment now."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def recall_everywhere(self, thread: Thread, feature: str, key: str) -> dict[int, dict[str, Any]]:
        """Return what a feature keeps under one key on every thread of the repository, by number."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue as it is now."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def closing_issues(self, repository: str, number: int) -> tuple[LinkedIssue, ...]:
        """List the issues a pull request closes."""

    async def previous_release(self, repository: str, tag: str) -> str | None:
        """Give the tag of the release before one."""

    async def commits_between(self, repository: str, base: str, head: str) -> frozenset[str]:
        """List the commits that are in one and not in the other."""


feature = Feature[DuplicatesSection, Reads]("duplicates", DuplicatesSection)


@feature.on("issues", "opened")
async def issue_opened(event: Event, section: DuplicatesSection, reads: Reads) -> Sequence[Action]:
    """Point to earlier issues like this one."""
    issue = event.payload.issue
    matches = [] if issue is None else await pointed_to(event, issue, section, reads)
    return [_suggested(event.thread, matches)] if matches else []


@feature.on("issues", "edited")
async def issue_edited(event: Event, section: DuplicatesSection, reads: Reads) -> Sequence[Action]:
    """Look again when an issue says something else now, unless a person has spoken."""
    issue = event.payload.issue
    if issue is None or section.quiet or not is_worth_a_look(issue):
        return []
    if not says_something_else(issue, event.payload.changes):
        return []
    if VERDICT in await reads.recall(event.thread, feature.name):
        return []
    stands = await reads.has_section(event.thread, feature.name)
    if not stands and not is_fresh(issue):
        return []
    matches = await _shown(event, issue, section, reads)
    return [_suggested(event.thread, matches)] if matches or stands else []


@feature.command(
    Command(
        name="duplicate",
        usage="/duplicate #NUMBER",
        description="Says that this issue repeats another one; the bot remembers it.",
        who=TRIAGE,
        example="/duplicate #12",
        parameters=(Parameter("number", "The issue that this one repeats.", required=True),),
        topic=Topic.SORTING,
        threads=ThreadKind.ISSUE,
    )
)
async def duplicate_said(call: Call, section: DuplicatesSection, reads: Reads) -> Sequence[Action]:
    """Remember that two issues are the same, say so, and offer what may follow."""
    issue = call.issue
    original = await _the_other(call, reads)
    elsewhere = Thread(call.thread.repository, original.number, call.thread.repository_id)
    kept = (await reads.recall(elsewhere, feature.name)).get(FIX)
    fix = Fix.model_validate(kept) if kept is not None else None
    closing = section.close and issue.state == "open"
    verdict = Verdict(number=original.number, by=call.caller, closed=closing)
    reason = f"{call.caller} called it a duplicate of #{original.number}"
    words = render(
        "comments/duplicate.md.j2", verdict=verdict, fix=fix, open=issue.state == "open" and not closing
    )
    actions: list[Action] = [
        *_taught(call, original.number, same=True, reason=reason),
        Remember(thread=call.thread, key=VERDICT, value=verdict.model_dump(), reason=reason),
        SetSection(thread=call.thread, section=feature.name, body=words, reason=reason),
    ]
    if closing:
        actions.append(SetState(thread=call.thread, state="closed", why="duplicate", reason=reason))
    return actions


@feature.command(
    Command(
        name="not-duplicate",
        usage="/not-duplicate #NUMBER",
        description="Says that this issue is not the same as another one, which is then not shown any more.",
        who=AUTHOR | TRIAGE,
        example="/not-duplicate #12",
        parameters=(Parameter("number", "The issue that this one does not repeat.", required=True),),
        topic=Topic.SORTING,
        threads=ThreadKind.ISSUE,
    )
)
async def difference_said(call: Call, section: DuplicatesSection, reads: Reads) -> Sequence[Action]:
    """Remember that two issues differ, and take back what was said or done about them."""
    issue = call.issue
    number = (await _the_other(call, reads)).number
    kept = (await reads.recall(call.thread, feature.name)).get(VERDICT)
    verdict = Verdict.model_validate(kept) if kept is not None else None
    reason = f"{call.caller} said it is not the same as #{number}"
    actions: list[Action] = _taught(call, number, same=False, reason=reason)
    if verdict is not None and verdict.number != number:
        return actions
    if verdict is not None:
        await _may_take_back(call, verdict, reads)
        actions.append(Remember(thread=call.thread, key=VERDICT, value=None, reason=reason))
        if verdict.closed and issue.state == "closed" and issue.state_reason == "duplicate":
            actions.append(SetState(thread=call.thread, state="open", reason=reason))
    if verdict is not None or await reads.has_section(call.thread, feature.name):
        left = [] if section.quiet else await _shown(call.event, issue, section, reads)
        still = [match for match in left if match.number != number]
        actions.append(_suggested(call.thread, still, reason))
    return actions


@feature.on("pull_request", "closed")
async def pull_request_merged(event: Event, section: DuplicatesSection, reads: Reads) -> Sequence[Action]:
    """Remember what a merged pull request fixed."""
    pull = event.payload.pull_request
    if pull is None or not pull.merged:
        return []
    here = event.repository
    fix = Fix(by=pull.number, commit=pull.merge_commit_sha or "")
    return [
        Remember(
            thread=Thread(here.full_name, linked.number, here.id),
            key=FIX,
            value=fix.model_dump(),
            reason=f"#{pull.number} was merged and closes it",
        )
        for linked in await reads.closing_issues(here.full_name, pull.number)
        if linked.repository.casefold() == here.full_name.casefold()
    ]


@feature.on("release", "published")
async def release_published(event: Event, section: DuplicatesSection, reads: Reads) -> Sequence[Action]:
    """Remember which fixes a release ships; nothing is asked when none waits for one."""
    here, release = event.repository, event.payload.release
    kept = await reads.recall_everywhere(event.place, feature.name, FIX)
    fixes = {number: Fix.model_validate(value) for number, value in kept.items()}
    waiting = {number: fix for number, fix in fixes.items() if fix.commit and fix.released_in is None}
    if release is None or not release.tag_name or not waiting:
        return []
    before = await reads.previous_release(here.full_name, release.tag_name)
    if before is None:
        return []
    try:
        commits = await reads.commits_between(here.full_name, before, release.tag_name)
    except GoneError:  # the tag is gone again, or the two have no history in common
        return []
    return [
        Remember(
            thread=Thread(here.full_name, number, here.id),
            key=FIX,
            value=fix.model_copy(update={"released_in": release.tag_name}).model_dump(),
            reason=f"its fix is in {release.tag_name}",
        )
        for number, fix in waiting.items()
        if fix.commit in commits
    ]


async def pointed_to(
    event: Event, issue: Issue, section: DuplicatesSection, reads: MatchReads
) -> list[Match]:
    """Find the issues that may be shown to people who did not ask, for a new issue of a person's."""
    if not section.enabled or section.quiet or not is_worth_a_look(issue):
        return []
    return await _shown(event, issue, section, reads)


def is_worth_a_look(issue: Issue) -> bool:
    """Tell whether an issue is an open one of a person's own words."""
    return (
        issue.state == "open"
        and issue.user is not None
        and not issue.user.is_bot
        and not is_hidden(issue.body)
    )


def says_something_else(issue: Issue, changes: Changes | None) -> bool:
    """Tell whether an edit changed an issue's words, and not only its spaces, marks and order."""
    if changes is None:
        return False
    title = issue.title if changes.title is None else changes.title.source
    body = issue.body if changes.body is None else changes.body.source
    return _words(issue.title, issue.body) != _words(title, body)


def is_fresh(issue: Issue) -> bool:
    """Tell whether an issue that was changed just now had been opened not long before."""
    if issue.created_at is None or issue.updated_at is None:
        return False
    return issue.updated_at - issue.created_at <= FRESH


def number_in(text: str, repository: str) -> int | None:
    """Read the number of an issue of a repository: `12`, `#12`, `owner/repo#12` or its address."""
    found = _REFERENCE.fullmatch(text) or _ADDRESS.fullmatch(text)
    if found is None or (found["place"] or repository).casefold() != repository.casefold():
        return None
    return int(found["number"])


def without_named(matches: Iterable[Match], issue: Issue) -> list[Match]:
    """Leave out the issues that this one's own words name: its author knows them."""
    named = set(re.findall(r"(?:#|/issues/)([1-9][0-9]{0,8})\b", f"{issue.title}\n{issue.body}", re.ASCII))
    return [match for match in matches if str(match.number) not in named]


async def _shown(event: Event, issue: Issue, section: DuplicatesSection, reads: MatchReads) -> list[Match]:
    found = await reads.similar_issues(event.place, past_issue(issue))
    return without_named((match for match in found if match.shown), issue)[: section.limit]


def _suggested(thread: Thread, matches: Sequence[Match], reason: str = "") -> SetSection:
    numbers = ", ".join(f"#{match.number}" for match in matches)
    why = reason or (f"it is like {numbers}" if matches else "it is like no other any more")
    body = render("comments/duplicates.md.j2", matches=matches) if matches else ""
    return SetSection(thread=thread, section=feature.name, body=body, reason=why)


def _taught(call: Call, number: int, *, same: bool, reason: str) -> list[Action]:
    key = key_of(call.thread.number, number)
    return [Remember(thread=call.event.place, key=key, value={"same": same}, reason=reason)]


async def _the_other(call: Call, reads: Reads) -> Issue:
    """Read the issue that a command names.

    Raises:
        UserError: it names none, or none that can be compared with this one.
    """
    (written,) = call.invocation.arguments
    repository = call.thread.repository
    number = number_in(written, repository)
    if number is None:
        raise UserError(
            f"{code(written)} names no issue of this repository. Write its number, as in "
            f"`/{call.invocation.name} #12`."
        )
    if number == call.thread.number:
        raise UserError("That is this issue itself. Name the other one.")
    try:
        issue = await reads.issue(repository, number)
    except GoneError as error:
        raise UserError(f"There is no issue {code(written)} here, or not any more.") from error
    if issue.number != number:
        raise UserError(f"The issue {code(written)} was moved to another repository.")
    if issue.pull_request is not None:
        raise UserError(f"{code(written)} is a pull request. Name an issue.")
    return issue


async def _may_take_back(call: Call, verdict: Verdict, reads: Reads) -> None:
    """Leave a verdict to those who may give one.

    Raises:
        UserError: the caller is the author, and somebody else called the issue a duplicate.
    """
    if call.caller == verdict.by:
        return
    if await reads.permission(call.thread.repository, call.caller) < Permission.TRIAGE:
        raise UserError(
            f"{plain(verdict.by)} called this a duplicate. Say here what is different about it: "
            "people with triage permission can take that back."
        )


def _words(title: str, body: str) -> frozenset[str]:
    return frozenset(_WORD.findall(f"{title}\n{body}".casefold()))
