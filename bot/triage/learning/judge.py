"""Say what a model would have done: learn from the older issues, judge on the newest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.triage.embedding import IssueVectors
from bot.triage.history import PastIssue
from bot.triage.learning import PRECISION
from bot.triage.learning.examples import UNKNOWN, labelled, type_of
from bot.triage.learning.learn import NEWEST, learn
from bot.triage.learning.model import LeftOut, Model, predict_all
from bot.triage.learning.names import TYPES
from bot.triage.learning.prediction import Prediction

MAX_JUDGED = 1_000
"""Newest issues judged, unless a number is asked for."""
NONE = "none"
"""Stands in a confusion table for "no type"."""
LISTED = 50
"""Newest issues that are listed one by one."""


@dataclass(frozen=True)
class LabelReport:
    """What would have become of one label on the judged issues."""

    name: str
    people: int
    """Issues that people gave the label."""
    applied: int
    right: int
    instead: dict[str, int]
    """For the wrongly applied: what people gave those issues instead, by label."""

    @property
    def precision(self) -> float | None:
        """Give the share of the applied that was right; None when none was applied."""
        return self.right / self.applied if self.applied else None

    @property
    def coverage(self) -> float | None:
        """Give the share of people's labels that would have been given; None when people gave none."""
        return self.right / self.people if self.people else None


@dataclass(frozen=True)
class JudgedIssue:
    """One issue, the labels that people gave it, and those that it would have got."""

    number: int
    title: str
    people: tuple[str, ...]
    applied: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """What would have happened on the newest issues."""

    learned_from: int
    judged: int
    asked: float
    applied: int
    """Labels that would have been applied."""
    right: int
    """Those of them that people gave too."""
    issues_with_labels: int
    """Judged issues that would have got at least one label."""
    labels: tuple[LabelReport, ...]
    left_out: tuple[LeftOut, ...]
    types: dict[str, dict[str, int]]
    """How often people's type (the outer key) was told as the inner one, sure or not."""
    newest: tuple[JudgedIssue, ...] = ()
    """The newest judged issues, the very newest first."""

    @property
    def precision(self) -> float | None:
        """Give the share of the applied labels that was right; None when none was applied."""
        return self.right / self.applied if self.applied else None

    @property
    def coverage(self) -> float:
        """Give the share of the judged issues that would have got a label."""
        return self.issues_with_labels / self.judged if self.judged else 0.0

    @property
    def type_f1(self) -> float | None:
        """Give the mean F1 of the types that people gave; None when they gave none."""
        told = Counter[str]()
        for row in self.types.values():
            told.update(row)
        scores = [2 * row.get(kind, 0) / (sum(row.values()) + told[kind]) for kind, row in self.types.items()]
        return sum(scores) / len(scores) if scores else None

    def as_dict(self) -> dict[str, Any]:
        """Give everything as plain JSON."""
        return {
            **{
                name: value
                for name, value in asdict(self).items()
                if name not in ("labels", "left_out", "newest")
            },
            "precision": self.precision,
            "coverage": self.coverage,
            "type_f1": self.type_f1,
            "labels": [
                {**asdict(label), "precision": label.precision, "coverage": label.coverage}
                for label in self.labels
            ],
            "left_out": [asdict(one) for one in self.left_out],
            "newest": [asdict(one) for one in self.newest],
        }


def evaluate(
    history: Iterable[PastIssue],
    also: Iterable[Iterable[PastIssue]] = (),
    newest: int | None = None,
    precision: float = PRECISION,
    vectors: IssueVectors | None = None,
) -> Evaluation:
    """Learn from the older labelled issues of a history and judge on the ``newest`` ones.

    Without a number, the newest fifth is judged, at most ``MAX_JUDGED``. ``vectors`` are learned from and
    asked too.
    """
    issues = labelled(history)
    judged = min(int(len(issues) * NEWEST), MAX_JUDGED) if newest is None else min(newest, len(issues))
    older, later = issues[: len(issues) - judged], issues[len(issues) - judged :]
    model = learn(older, also, precision, vectors)
    return compare(model, later, list(predict_all(model, later, vectors)))


def compare(model: Model, issues: Sequence[PastIssue], said: Sequence[Prediction]) -> Evaluation:
    """Compare what a model says of issues with the labels that people gave them."""
    people, applied, right = Counter[str](), Counter[str](), Counter[str]()
    instead: dict[str, Counter[str]] = {label.name: Counter() for label in model.labels}
    types: dict[str, Counter[str]] = {}
    reached = 0
    newest: list[JudgedIssue] = []
    for issue, prediction in zip(issues, said, strict=True):
        given = set(issue.labels)
        people.update(given)
        sure = [label.name for label in prediction.labels if label.applied]
        reached += bool(sure)
        for name in sure:
            applied[name] += 1
            right[name] += name in given
            if name not in given:
                instead[name].update(given)
        newest.append(JudgedIssue(issue.number, issue.title, issue.labels, tuple(sure)))
        if (kind := type_of(issue.labels)) != UNKNOWN:
            types.setdefault(TYPES[kind], Counter())[prediction.type or NONE] += 1
    return Evaluation(
        learned_from=model.issues,
        judged=len(issues),
        asked=model.asked,
        applied=applied.total(),
        right=right.total(),
        issues_with_labels=reached,
        labels=tuple(
            LabelReport(name, people[name], applied[name], right[name], dict(instead[name].most_common(5)))
            for name in (label.name for label in model.labels)
        ),
        left_out=model.left_out,
        types={kind: dict(types[kind]) for kind in TYPES if kind in types},
        newest=tuple(newest[: -LISTED - 1 : -1]),
    )
