"""A learned model, and what it says of an issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.triage.embedding import IssueVectors
from bot.triage.history import PastIssue
from bot.triage.learning.calibration import probability, together
from bot.triage.learning.features import Columns, count, weigh
from bot.triage.learning.names import IssueType, type_by_rule
from bot.triage.learning.prediction import LabelScore, Prediction
from bot.triage.learning.text import IssueText, take_apart

BATCH = 500
HeldOut = Literal["newest", "folds", "nothing"]


@dataclass(frozen=True)
class Threshold:
    """The score from which on a label is applied, and what that would have done on held-out history."""

    score: float | None
    """None when no score gave the precision asked for: the label is shown, and never applied."""
    precision: float
    """Share of the applied that were right; 0 when none would have been."""
    coverage: float
    """Share of those that people labelled that would have been labelled rightly."""


@dataclass(frozen=True)
class LearnedLabel:
    """One label of the repository, and how its score comes about."""

    name: str
    examples: int
    threshold: Threshold
    type: IssueType | None = None
    """The type whose probability is the label's score; None when the label has a line of its own."""
    slope: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class LeftOut:
    """A label that is not learned, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Rule:
    """How often an issue that names its own type was right, in the repository's history."""

    agreed: int = 0
    said: int = 0
    trusted: bool = True


@dataclass(frozen=True)
class Meaning:
    """What was learned beside the words, for where the same sentence model reads new issues too."""

    sentence_model: str
    """:attr:`IssueVectors.name`."""
    weights: NDArray[np.float32]
    """Of shape (numbers of a vector, types)."""
    offsets: NDArray[np.float32]
    factors: tuple[float, float]
    """Calibrate the types' scores by words and by meaning, whose sum then decides."""
    type_threshold: Threshold
    thresholds: tuple[Threshold, ...]
    """Those of each type's label, in place of the ones for words alone."""

    def scores(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give the types' scores of vectors of length one, of shape (issues, types)."""
        found: NDArray[np.float64] = (vectors @ self.weights).astype(np.float64)
        return found + self.offsets


@dataclass(frozen=True)
class Model:
    """What was learned of one repository. The empty model goes by the rules alone."""

    columns: Columns
    weights: NDArray[np.float32]
    """Of shape (columns, types + labels with a line of their own), types first."""
    offsets: NDArray[np.float32]
    types: tuple[IssueType, ...] = ()
    factor: float = 1.0
    """Calibrates the types' scores."""
    type_threshold: Threshold = Threshold(None, 0.0, 0.0)
    labels: tuple[LearnedLabel, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    rule: Rule = Rule()
    issues: int = 0
    """Labelled issues of the repository that were learned from."""
    asked: float = 0.95
    """The precision asked for."""
    held_out: HeldOut = "nothing"
    """What the thresholds were found on: ``newest`` issues, ``folds`` of all issues, or ``nothing``."""
    meaning: Meaning | None = None
    """None where it was learned without a sentence model; words alone decide without it too."""

    def reads(self, vectors: IssueVectors) -> bool:
        """Tell whether these are vectors of the sentence model that was learned with."""
        return self.meaning is not None and vectors.name == self.meaning.sentence_model

    def with_meaning(self) -> Model:
        """Give the model with the thresholds that hold where its sentence model reads along."""
        if self.meaning is None:
            return self
        of_types = dict(zip(self.types, self.meaning.thresholds, strict=True))
        labels = (
            replace(label, threshold=of_types[label.type]) if label.type else label for label in self.labels
        )
        return replace(self, type_threshold=self.meaning.type_threshold, labels=tuple(labels))


def no_model() -> Model:
    """Give the model that has learned nothing and goes by the rules alone."""
    nothing = np.zeros(0, dtype=np.float32)
    return Model(Columns(nothing.astype(np.int32), nothing), np.zeros((0, 0), dtype=np.float32), nothing)


def predict(model: Model, issue: PastIssue, vectors: IssueVectors | None = None) -> Prediction:
    """Say which labels and which type an issue has."""
    return next(predict_all(model, [issue], vectors))


def predict_all(
    model: Model, issues: Sequence[PastIssue], vectors: IssueVectors | None = None
) -> Iterator[Prediction]:
    """Say of many issues which labels and which type they have, in their order.

    Meaning counts where the ``vectors`` are of the sentence model that was learned with; else words alone do.
    """
    read = vectors.of if vectors is not None and model.reads(vectors) else None
    with_meaning = model.with_meaning()
    for start in range(0, len(issues), BATCH):
        some = issues[start : start + BATCH]
        texts = [take_apart(issue.title, issue.body) for issue in some]
        scores = _scores(model, texts)
        for issue, text, row in zip(some, texts, scores, strict=True):
            by_words, of_labels = row[: len(model.types)], row[len(model.types) :]
            vector = read(issue) if read else None
            if model.meaning and vector is not None and len(vector) == len(model.meaning.weights):
                types = together((by_words, model.meaning.scores(vector)), model.meaning.factors)
                yield _prediction(with_meaning, text, types, of_labels)
            else:
                yield _prediction(model, text, together((by_words,), (model.factor,)), of_labels)


def _scores(model: Model, texts: Sequence[IssueText]) -> NDArray[np.float64]:
    if not model.weights.size:
        return np.zeros((len(texts), 0))
    scores: NDArray[np.float64] = (weigh(count(texts), model.columns) @ model.weights).astype(np.float64)
    return scores + model.offsets


def _prediction(
    model: Model, text: IssueText, types: NDArray[np.float64], own: NDArray[np.float64]
) -> Prediction:
    kind, score, sure = _type(model, types)
    said = type_by_rule(text) if model.rule.trusted else None
    if said:
        rate = model.rule.agreed / model.rule.said if model.rule.said else 1.0
        kind, score, sure = said, rate, model.rule.said > 0
    lines = iter(own)
    labels = []
    for label in model.labels:
        if label.type is None:
            chance = float(probability(next(lines), label.slope, label.offset))
            applied = _reaches(label, chance)
        elif said:
            chance = score if label.type == said else 0.0
            applied = sure and label.type == said
        else:
            chance = float(types[model.types.index(label.type)])
            applied = sure and label.type == kind and _reaches(label, chance)
        labels.append(LabelScore(label.name, round(chance, 6), applied))
    labels.sort(key=lambda label: (-label.score, label.name))
    return Prediction(tuple(labels), kind, round(score, 6), said is not None, sure)


def _type(model: Model, types: NDArray[np.float64]) -> tuple[IssueType | None, float, bool]:
    if not len(types):
        return None, 0.0, False
    best = int(np.argmax(types))
    score, needed = float(types[best]), model.type_threshold.score
    return model.types[best], score, needed is not None and score >= needed


def _reaches(label: LearnedLabel, chance: float) -> bool:
    return label.threshold.score is not None and chance >= label.threshold.score
