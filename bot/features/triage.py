"""Sort a new issue, and ask once for exactly what a bug report is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from ruamel.yaml import YAML

from bot.actions import Action, AddLabels, RemoveLabels, SetSection
from bot.config import Section
from bot.events import Event, Issue, Thread
from bot.feature import Feature
from bot.rendering import render

KEEP_READING = 100_000
"""Characters of an issue that are looked at; GitHub allows 65,536."""

_HEADING = re.compile(r"^#{2,6}[ \t]+(?P<title>\S[^\n]{0,199})$", re.MULTILINE)
_NO_RESPONSE = re.compile(r"(?:_no response_|n/?a|none|-|\.+|todo|\?+)?", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class TriageSection(Section):
    """Label new issues by their kind, and ask for what is missing from a bug report."""

    needs_info_label: str = Field(default="needs-info", description="Label while something is missing.")
    ask: bool = Field(default=True, description="Whether to ask for what is missing.")


class _Kind(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    words: tuple[str, ...]


class _Evidence(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: str
    found_by: tuple[str, ...]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[_Kind, ...]
    bug_report_needs: tuple[_Evidence, ...]


@dataclass(frozen=True)
class Triage:
    """What an issue is, why it is thought so, and what it lacks."""

    label: str | None
    because: str
    unanswered: tuple[str, ...] = ()
    """Headings of its form without an answer, in the words of whoever wrote them."""
    lacks: tuple[str, ...] = ()
    """What the house asks of a bug report and did not find."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Give everything to ask for."""
        return (*self.unanswered, *self.lacks)


class Reads(Protocol):
    """What this feature reads."""

    async def has_section(self, thread: Thread, section: str) -> bool:
        """Tell whether a feature has words in a thread's status comment now."""


feature = Feature[TriageSection, Reads]("triage", TriageSection)


@feature.on("issues", "opened")
async def issue_opened(event: Event, section: TriageSection, reads: Reads) -> Sequence[Action]:
    """Label the issue and ask for what it lacks."""
    issue = _open_issue_of_a_person(event)
    if issue is None:
        return []
    triage = assess(issue)
    actions: list[Action] = []
    if triage.label:
        actions.append(AddLabels(thread=event.thread, labels=(triage.label,), reason=triage.because))
    if section.ask and triage.missing:
        reason = _reason(triage)
        actions.append(AddLabels(thread=event.thread, labels=(section.needs_info_label,), reason=reason))
        actions.append(_asked(event, issue, triage, reason))
    return actions


@feature.on("issues", "edited")
async def issue_edited(event: Event, section: TriageSection, reads: Reads) -> Sequence[Action]:
    """Bring a question that stands there up to date, or take it back; an edit never starts one."""
    issue = _open_issue_of_a_person(event)
    if issue is None or not await reads.has_section(event.thread, feature.name):
        return []
    triage = assess(issue)
    if section.ask and triage.missing:
        return [_asked(event, issue, triage, _reason(triage))]
    reason = "nothing is missing any more" if section.ask else "questions are switched off"
    return [
        RemoveLabels(thread=event.thread, labels=(section.needs_info_label,), reason=reason),
        SetSection(thread=event.thread, section=feature.name, body="", reason=reason),
    ]


def _open_issue_of_a_person(event: Event) -> Issue | None:
    issue = event.payload.issue
    if issue is None or issue.state != "open" or issue.user is None or issue.user.is_bot:
        return None
    return issue


def _asked(event: Event, issue: Issue, triage: Triage, reason: str) -> SetSection:
    author = issue.user.login if issue.user else ""
    words = render("comments/triage.md.j2", author=author, triage=triage)
    return SetSection(thread=event.thread, section=feature.name, body=words, reason=reason)


def _reason(triage: Triage) -> str:
    return f"the report lacks {len(triage.missing)} of what is needed to reproduce it"


def assess(issue: Issue) -> Triage:
    """Decide what an issue is and what it lacks, from its words alone."""
    body = _COMMENT.sub("", issue.body[:KEEP_READING].replace("\r\n", "\n"))
    unanswered = _unanswered(body)
    text = f"{issue.title}\n{body}".casefold()
    for kind in _rules().kinds:
        word = next((word for word in kind.words if re.search(word, text)), None)
        if word is not None:
            lacks: tuple[str, ...] = ()
            if kind.label == "bug" and not unanswered:
                lacks = tuple(
                    evidence.ask
                    for evidence in _rules().bug_report_needs
                    if not any(re.search(pattern, text) for pattern in evidence.found_by)
                )
            return Triage(kind.label, f"its words read like a {kind.label}", unanswered, lacks)
    return Triage(None, "", unanswered)


def _unanswered(body: str) -> tuple[str, ...]:
    """List the headings of an issue form that were left without an answer.

    GitHub writes ``_No response_`` below a field of an issue form that was left empty.
    """
    headings = list(_HEADING.finditer(body))
    answers = _HEADING.split(body)[2::2]
    return tuple(
        heading["title"].strip()
        for heading, answer in zip(headings, answers, strict=True)
        if _NO_RESPONSE.fullmatch(answer.strip())
    )


@cache
def _rules() -> _Rules:
    text = Path(__file__).with_name("triage.yml").read_text(encoding="utf-8")
    return TypeAdapter(_Rules).validate_python(YAML(typ="safe").load(text))
