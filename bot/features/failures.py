"""Read what failed in an issue: label it, name who saw the same, and repeat what maintainers know of it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.actions import Action, AddLabels, Remember, Reply, SetSection
from bot.commands import TRIAGE, Command, Parameter, ThreadKind, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import Event, Issue, Thread
from bot.feature import Call, Feature
from bot.features import duplicates
from bot.reads import PostedComment, SectionReads
from bot.rendering import code, listed, plain, render
from bot.triage.diagnosis import Diagnosis, diagnose, labels_from

THREADS = 50
"""Issues remembered for one failure; of more, the oldest are forgotten."""
SHOWN = 5
"""Issues with the same failure that are named, the latest ones."""
LONGEST = 500
"""Characters of an answer to a known issue; more belongs on a page of its own."""
READ = 200_000
"""Characters of an issue and its author's replies that are read."""
FORGET = "forget"

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_LIVE = re.compile(
    r"(https://[A-Za-z0-9.-]{1,100}(?:/[\w.~/?#=&%+,;-]{0,300})?|(?<![\w/#])#\d{1,9}\b)", re.ASCII
)


class FailuresSection(Section):
    """Read the failures that issues show: label them, name others with the same, and give hints."""

    labels: dict[str, str | None] = Field(
        default={},
        description="What the label of a component, framework or accelerator is called here; null for none.",
    )
    hints: bool = Field(default=True, description="Whether hints about memory and versions are given.")


class Answer(BaseModel):
    """What a maintainer said about a failure; ``at`` is in seconds since the epoch."""

    model_config = ConfigDict(frozen=True)

    text: str
    by: str
    at: float


@dataclass(frozen=True)
class Seen:
    """A failure of an issue, the other issues that show it, and what is known about it."""

    name: str
    others: tuple[int, ...] = ()
    answer: Answer | None = None

    def without(self, numbers: Collection[int]) -> Seen:
        """Give the same with fewer others."""
        return replace(self, others=tuple(number for number in self.others if number not in numbers))


class AnswerReads(SectionReads, Protocol):
    """What knowing the answers of maintainers takes."""

    async def recall_everywhere(self, thread: Thread, feature: str, key: str) -> dict[int, dict[str, Any]]:
        """Return what a feature keeps under one key on every thread of the repository, by number."""


class Reads(duplicates.MatchReads, AnswerReads, Protocol):
    """What this feature reads."""

    async def label_names(self, repository: str) -> frozenset[str]:
        """List the repository's labels."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def has_section(self, thread: Thread, section: str) -> bool:
        """Tell whether a feature has words in a thread's status comment now."""

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        """List a thread's comments, oldest first."""


feature = Feature[FailuresSection, Reads]("failures", FailuresSection)


@feature.on("issues", "opened")
async def opened(event: Event, section: FailuresSection, reads: Reads) -> Sequence[Action]:
    """Read the failures of a new issue."""
    issue = _issue_of_a_person(event)
    if issue is None:
        return []
    found = await asyncio.to_thread(diagnose, issue.body[:READ])
    if found.is_empty:
        return []
    seen = await _seen(event.thread, found, reads)
    return [
        *await _labelled(event.thread, issue, found, section, reads),
        *_remembered(event.thread, found, {}, seen),
        *_told(event.thread, section, found, await _said_once(event, issue, seen, reads), was_told=False),
    ]


@feature.on("issues", "edited")
async def edited(event: Event, section: FailuresSection, reads: Reads) -> Sequence[Action]:
    """Read the issue again, with what its author showed in replies."""
    issue = _issue_of_a_person(event)
    if issue is None:
        return []
    kept = await reads.recall(event.thread, feature.name)
    text = issue.body
    if any(value.get("in_reply") for value in kept.values()):
        author = issue.user.login if issue.user else ""
        said = await reads.comments(event.thread.repository, event.thread.number)
        text = "\n\n".join([text, *(one.body for one in said if one.author == author)])
    found = await asyncio.to_thread(diagnose, text[:READ])
    was_told = await reads.has_section(event.thread, feature.name)
    if found.is_empty and not kept and not was_told:
        return []
    seen = await _seen(event.thread, found, reads)
    gone = [
        Remember(thread=event.thread, key=key, value=None, reason="the issue does not show it any more")
        for key in kept
        if key not in found.failures
    ]
    return [
        *await _labelled(event.thread, issue, found, section, reads),
        *gone,
        *_remembered(event.thread, found, kept, seen),
        *_told(event.thread, section, found, await _said_once(event, issue, seen, reads), was_told=was_told),
    ]


@feature.on("issue_comment", "created", "edited")
async def commented(event: Event, section: FailuresSection, reads: Reads) -> Sequence[Action]:
    """Read the failure that the author of an issue shows in a reply."""
    issue, comment = _issue_of_a_person(event), event.payload.comment
    if issue is None or issue.user is None or issue.pull_request is not None:
        return []
    if comment is None or comment.user is None or comment.user.login != issue.user.login:
        return []
    reply = await asyncio.to_thread(diagnose, comment.body[:READ])
    if not (reply.failures or reply.hints):
        return []
    found = await asyncio.to_thread(diagnose, f"{issue.body}\n\n{comment.body}"[:READ])
    kept = await reads.recall(event.thread, feature.name)
    seen = await _seen(event.thread, found, reads)
    return [
        *await _labelled(event.thread, issue, found, section, reads),
        *_remembered(event.thread, found, kept, seen, in_reply=tuple(reply.failures)),
        *_told(event.thread, section, found, await _said_once(event, issue, seen, reads), was_told=True),
    ]


@feature.on("issues", "deleted", "transferred")
async def gone(event: Event, section: FailuresSection, reads: Reads) -> Sequence[Action]:
    """Forget the failures of an issue that is not here any more."""
    return [
        Remember(thread=event.thread, key=key, value=None, reason="the issue is not here any more")
        for key in await reads.recall(event.thread, feature.name)
    ]


@feature.command(
    Command(
        name="known-issue",
        usage="/known-issue [FINGERPRINT] TEXT",
        description="Says what is known about the failure shown here; later issues with it are told. "
        f"`/known-issue {FORGET}` takes it back.",
        who=TRIAGE,
        example="/known-issue Fixed in 4.50, see https://example.org/notes",
        parameters=(Parameter("text", "What to tell, or a link to it.", required=True, repeated=True),),
        topic=Topic.SORTING,
    )
)
async def known_issue(call: Call, section: FailuresSection, reads: Reads) -> Sequence[Action]:
    """Attach an answer to a failure, or take it back."""
    issue = call.issue
    wanted, text = _asked(call.invocation.arguments)
    found = await asyncio.to_thread(diagnose, issue.body[:READ])
    kept = await reads.recall(call.thread, feature.name)
    here = {**found.failures, **{mark: str(value.get("name", "")) for mark, value in kept.items()}}
    if not wanted:
        wanted = _only(here, found)
    known = await reads.recall_everywhere(call.thread, feature.name, wanted)
    if wanted not in here and not known:
        raise UserError(f"No issue here shows a failure with the fingerprint {code(wanted)}.")
    place = call.event.place
    if text == FORGET:
        if 0 not in known:
            raise UserError("Nothing is kept about this failure, so there is nothing to forget.")
        reason = f"{call.caller} took the answer back"
        actions: list[Action] = [Remember(thread=place, key=wanted, value=None, reason=reason)]
        answer = None
    else:
        if len(text) > LONGEST:
            raise UserError(f"Please say it in {LONGEST} characters, or give a link to where it is said.")
        answer = Answer(text=text, by=call.caller, at=time.time())
        reason = f"{call.caller} said what is known about this failure"
        actions = [Remember(thread=place, key=wanted, value=answer.model_dump(), reason=reason)]
    if wanted not in here or call.kind is not ThreadKind.ISSUE:
        told = f"Issues with the failure {code(wanted)} are told from now on."
        if answer is None:
            told = f"Issues with the failure {code(wanted)} are told no more."
        return [*actions, Reply(thread=call.thread, key=call.key, body=told, reason=reason)]
    seen = await _seen(call.thread, Diagnosis(failures=here), reads, {wanted: answer})
    shown = Diagnosis(here, found.proposals, found.hints, found.contradictions)
    return [
        *actions,
        *_remembered(call.thread, Diagnosis(failures={wanted: here[wanted]}), kept, []),
        *_told(call.thread, section, shown, seen, was_told=True),
    ]


async def is_answered(thread: Thread, text: str, reads: AnswerReads) -> bool:
    """Tell whether the status comment says what maintainers know of a failure that a text shows."""
    if not (await reads.section_of(feature.name)).enabled:
        return False
    for mark in (await asyncio.to_thread(diagnose, text[:READ])).failures:
        if 0 in await reads.recall_everywhere(thread, feature.name, mark):
            return True
    return False


def words_for(section: FailuresSection, found: Diagnosis, seen: Sequence[Seen]) -> str:
    """Write the section of the status comment; empty where there is nothing to say."""
    hints = found.hints if section.hints else ()
    told = [one for one in seen if one.others or one.answer]
    if not (told or hints or found.contradictions):
        return ""
    return render(
        "comments/failures.md.j2",
        seen=[
            {
                "name": one.name if len(seen) > 1 else "",
                "others": [f"#{number}" for number in one.others[-SHOWN:]],
                "more": max(0, len(one.others) - SHOWN),
                "answer": one.answer,
                "text": repeated(one.answer.text) if one.answer else "",
            }
            for one in told
        ],
        hints=hints,
        contradictions=found.contradictions,
    )


def repeated(text: str) -> str:
    """Write a maintainer's words so that they hold no markup and no mention, but links and issues that work.

    A link shows its whole address.
    """
    pieces = []
    for place, piece in enumerate(_LIVE.split(text)):
        if not place % 2:
            before, after = (" " if piece[:1].isspace() else ""), (" " if piece[-1:].isspace() else "")
            said = plain(piece, LONGEST)
            pieces.append(f"{before}{said}{after}" if said else " " * bool(piece))
        elif piece.startswith("#"):
            pieces.append(piece)
        else:
            bare = piece.rstrip(".,;")
            pieces.append(f"<{bare}>{piece[len(bare) :]}")
    return "".join(pieces).strip()


def _issue_of_a_person(event: Event) -> Issue | None:
    issue = event.payload.issue
    if issue is None or issue.user is None or issue.user.is_bot or issue.state != "open":
        return None
    return issue


def _asked(words: Sequence[str]) -> tuple[str, str]:
    """Split what follows the command into a fingerprint, if one is named, and a text."""
    rest = list(words)
    named = [word.casefold() for word in rest if _FINGERPRINT.fullmatch(word.casefold())]
    if named and rest[0].casefold() == named[0]:
        rest = rest[1:]
    elif len(rest) == 2 and rest[0] == FORGET and named:
        rest = [FORGET]
    else:
        named = []
    if not rest:
        raise UserError("Say what is known about this failure, or give a link to where it is said.")
    return (named[0] if named else ""), " ".join(rest).strip()


def _only(here: Mapping[str, str], found: Diagnosis) -> str:
    """Give the one failure of a thread."""
    if len(here) == 1:
        return next(iter(here))
    if here:
        each = listed(f"{code(mark)} ({plain(name, 120)})" for mark, name in here.items())
        raise UserError(f"This issue shows several failures, so please name the one you mean: {each}.")
    why = f": {plain(found.unknown)}" if found.unknown else ""
    raise UserError(
        f"This thread shows no failure that could be told from others{why}. "
        "Name a fingerprint, or use it on an issue with a traceback."
    )


async def _seen(
    thread: Thread, found: Diagnosis, reads: Reads, answers: Mapping[str, Answer | None] | None = None
) -> list[Seen]:
    """Look up who else saw each failure, and what is known about it; ``answers`` are newer than that."""
    seen = []
    for mark, name in found.failures.items():
        everywhere = await reads.recall_everywhere(thread, feature.name, mark)
        others = tuple(sorted(number for number in everywhere if number not in (0, thread.number)))
        kept = Answer.model_validate(everywhere[0]) if 0 in everywhere else None
        seen.append(Seen(name, others, answers.get(mark, kept) if answers else kept))
    return seen


async def _said_once(event: Event, issue: Issue, seen: Sequence[Seen], reads: Reads) -> list[Seen]:
    """Leave out the issues that the status comment points to as like this one, with more about them."""
    here = duplicates.feature.name
    if not any(one.others for one in seen):
        return list(seen)
    if event.action != "opened" and not await reads.has_section(event.thread, here):
        return list(seen)
    named = await duplicates.pointed_to(event, issue, await reads.section_of(here), reads)
    return [one.without({match.number for match in named}) for one in seen]


def _remembered(
    thread: Thread,
    found: Diagnosis,
    kept: Mapping[str, object],
    seen: Sequence[Seen],
    in_reply: Sequence[str] = (),
) -> list[Action]:
    """Remember what is new of an issue's failures, and forget the oldest issues of a very common one."""
    actions: list[Action] = []
    reason = "to know the same failure again"
    others = dict(zip(found.failures, (one.others for one in seen), strict=False))
    for mark, name in found.failures.items():
        if mark in kept:
            continue
        value = {"name": name, "in_reply": mark in in_reply}
        actions.append(Remember(thread=thread, key=mark, value=value, reason=reason))
        for number in others.get(mark, ())[: max(0, len(others.get(mark, ())) + 1 - THREADS)]:
            old = Thread(thread.repository, number, thread.repository_id)
            actions.append(Remember(thread=old, key=mark, value=None, reason="many later issues show it"))
    return actions


async def _labelled(
    thread: Thread, issue: Issue, found: Diagnosis, section: FailuresSection, reads: Reads
) -> list[Action]:
    if not found.proposals:
        return []
    known = await reads.label_names(thread.repository)
    labels = labels_from(found.proposals, known, section.labels)
    there = {label.name for label in issue.labels}
    return [
        AddLabels(thread=thread, labels=(label,), reason=reason)
        for label, reason in labels.items()
        if label not in there
    ]


def _told(
    thread: Thread, section: FailuresSection, found: Diagnosis, seen: Sequence[Seen], *, was_told: bool
) -> list[Action]:
    body = words_for(section, found, seen)
    if not body and not was_told:
        return []
    reason = "what the report shows"
    return [SetSection(thread=thread, section=feature.name, body=body, reason=reason)]
