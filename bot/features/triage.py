"""Give a new issue the labels that people here gave to issues like it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, Protocol

from pydantic import Field

from bot.actions import Action, AddLabels
from bot.config import Section
from bot.events import Event, Thread
from bot.feature import Feature
from bot.triage.history import PastIssue
from bot.triage.learning.prediction import Prediction
from bot.triage.sorting import labels_for

PEOPLES_BUSINESS = ("*priority*", "*severity*", "sev*", "p[0-9]", "*security*", "good first*", "help wanted*")
"""Labels by which people run a project; a program that guesses them does harm."""


class TriageSection(Section):
    """Label new issues as people here labelled issues like them."""

    labels: dict[Literal["bug", "feature", "question", "docs"], str] = Field(
        default={}, description="What this repository calls a type, where its label does not say so itself."
    )
    never: tuple[str, ...] = Field(
        default=PEOPLES_BUSINESS, description="Labels that only people give, written with * and ?."
    )


class Reads(Protocol):
    """What this feature reads."""

    async def predicted_labels(self, thread: Thread, issue: PastIssue) -> Prediction:
        """Say what the repository's own history lets expect of an issue's labels and type."""

    async def label_names(self, repository: str) -> Collection[str]:
        """List the repository's labels."""


feature = Feature[TriageSection, Reads]("triage", TriageSection)


@feature.on("issues", "opened")
async def issue_opened(event: Event, section: TriageSection, reads: Reads) -> Sequence[Action]:
    """Label the issue by what it calls itself, and by what was learned here."""
    issue = event.payload.issue
    if issue is None or issue.state != "open" or issue.user is None or issue.user.is_bot:
        return []
    about = PastIssue(number=issue.number, title=issue.title, body=issue.body)
    prediction = await reads.predicted_labels(event.place, about)
    if not prediction.type and not prediction.labels:
        return []
    wishes = labels_for(
        prediction,
        known=await reads.label_names(event.thread.repository),
        present=[label.name for label in issue.labels],
        names=dict(section.labels),
        never=section.never,
    )
    return [AddLabels(thread=event.thread, labels=(wish.label,), reason=wish.reason) for wish in wishes]
