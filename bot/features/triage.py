"""Sort a new issue by its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter
from ruamel.yaml import YAML

from bot.actions import Action, AddLabels
from bot.config import Section
from bot.events import Event, Issue
from bot.feature import Feature

KEEP_READING = 100_000
"""Characters of an issue that are looked at; GitHub allows 65,536."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class TriageSection(Section):
    """Label new issues by their kind."""


class _Kind(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    words: tuple[str, ...]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[_Kind, ...]


@dataclass(frozen=True)
class Triage:
    """What an issue is, and why it is thought so."""

    label: str | None
    because: str


feature = Feature[TriageSection, object]("triage", TriageSection)


@feature.on("issues", "opened")
async def issue_opened(event: Event, section: TriageSection, reads: object) -> Sequence[Action]:
    """Label the issue."""
    issue = event.payload.issue
    if issue is None or issue.state != "open" or issue.user is None or issue.user.is_bot:
        return []
    triage = assess(issue)
    if triage.label is None:
        return []
    return [AddLabels(thread=event.thread, labels=(triage.label,), reason=triage.because)]


def assess(issue: Issue) -> Triage:
    """Decide what an issue is, from its words alone."""
    body = _COMMENT.sub("", issue.body[:KEEP_READING].replace("\r\n", "\n"))
    text = f"{issue.title}\n{body}".casefold()
    for kind in _rules().kinds:
        if any(re.search(word, text) for word in kind.words):
            return Triage(kind.label, f"its words read like a {kind.label}")
    return Triage(None, "")


@cache
def _rules() -> _Rules:
    text = Path(__file__).with_name("triage.yml").read_text(encoding="utf-8")
    return TypeAdapter(_Rules).validate_python(YAML(typ="safe").load(text))
