"""What is said of one issue: its labels, and the type it gives itself."""

from __future__ import annotations

from dataclasses import dataclass

from bot.triage.history import PastIssue
from bot.triage.learning.names import IssueType, type_by_rule
from bot.triage.learning.text import take_apart


@dataclass(frozen=True)
class LabelScore:
    """One label, the probability that people would give it, and whether it is sure enough to apply."""

    name: str
    score: float
    applied: bool


@dataclass(frozen=True)
class Prediction:
    """What is expected of one issue; the likeliest labels first."""

    labels: tuple[LabelScore, ...]
    type: IssueType | None
    """The likeliest type; None when nothing tells."""
    type_score: float = 0.0
    by_rule: bool = False
    """Whether the issue named its type itself."""
    type_sure: bool = False
    """Whether the type is as sure as a label has to be to be applied."""


def by_rules(issue: PastIssue) -> Prediction:
    """Say what an issue calls itself: all there is to say where nothing was learned."""
    kind = type_by_rule(take_apart(issue.title, issue.body))
    return Prediction((), kind, 1.0 if kind else 0.0, by_rule=kind is not None)
