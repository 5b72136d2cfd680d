"""Measure how often an issue's type is told rightly, in five folds, beside a plain baseline.

Where ``GIVEBACK_SENTENCE_MODEL`` names a folder, the model in it is measured too.
"""

from __future__ import annotations

import csv
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import FileSystemLoader
from numpy.typing import NDArray
from sklearn.feature_extraction.text import (  # type: ignore[import-untyped]  # scikit-learn ships no types
    TfidfVectorizer,
)
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # as above
from sklearn.metrics import f1_score  # type: ignore[import-untyped]  # as above
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]  # as above

from bot.rendering import environment
from bot.triage.embedding import IssueVectors, Vector
from bot.triage.history import PastIssue
from bot.triage.learning.learn import learn
from bot.triage.learning.model import Model, predict
from bot.triage.learning.prediction import Prediction
from bot.triage.similar.sentence_model import SentenceModel

FOLDS = 5
SHARES = (0.3, 0.5, 0.7, 1.0)
"""Shares of the issues, the surest first, whose answers are looked at alone."""

Places = NDArray[np.intp]


class Set(NamedTuple):
    """Issues of several repositories, each with one type as its label."""

    issues: list[PastIssue]
    repositories: list[str]

    @property
    def types(self) -> list[str]:
        """Give what people said of each issue."""
        return [issue.labels[0] for issue in self.issues]


class Said(NamedTuple):
    """What a model makes of one issue, and how long that took."""

    prediction: Prediction
    milliseconds: float
    with_model: tuple[Prediction, float] | None = None
    """The same of the same model and a sentence model, where there is one."""


class Answer(NamedTuple):
    """What was said of one issue."""

    type: str
    score: float
    applied: str | None = None
    milliseconds: float = 0.0


def run(data_folder: Path) -> dict[str, Any]:
    """Measure on ``issue-types/nlbse24_train.csv``; the answer is plain JSON.

    Raises:
        FileNotFoundError: it is not there.
    """
    given = read(data_folder)
    said = held_out(data_folder)
    ours = {place: _answer(one.prediction, one.milliseconds) for place, one in said.items()}
    meant = {place: _answer(*one.with_model) for place, one in said.items() if one.with_model}
    plain: dict[int, Answer] = {}
    for older, newer in _folds(given):
        plain |= _plain(given, older, newer)
    return {
        "issues": len(given.issues),
        "repositories": {
            name: {
                "plain": _f1(given, plain, name),
                "ours": _f1(given, ours, name),
                **_applied(given, ours, name),
                "with_model": {"f1": _f1(given, meant, name), **_applied(given, meant, name)}
                if meant
                else None,
            }
            for name in sorted(set(given.repositories))
        },
        "plain": _summary(given, plain),
        "ours": _summary(given, ours) | _applied(given, ours, None),
        "with_model": _summary(given, meant) | _applied(given, meant, None) if meant else None,
        "p95_milliseconds": _p95(ours),
        "p95_with_model": _p95(meant) if meant else None,
    }


@cache
def read(data_folder: Path) -> Set:
    """Read the issues of the competition's CSV file; raises FileNotFoundError."""
    file = data_folder / "issue-types" / "nlbse24_train.csv"
    if not file.is_file():
        raise FileNotFoundError(f"There is no {file}.")
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    issues = [
        PastIssue(
            number=number,
            title=row["title"],
            body=row["body"],
            labels=(row["label"],),
            created_at=datetime.fromisoformat(row["created_at"]),
        )
        for number, row in enumerate(rows, start=1)
    ]
    return Set(issues, [row["repo"] for row in rows])


@cache
def held_out(data_folder: Path) -> dict[int, Said]:
    """Say of every issue what a model makes of it that has not seen it; raises FileNotFoundError."""
    given, folder = read(data_folder), os.environ.get("GIVEBACK_SENTENCE_MODEL")
    embedding = IssueVectors.by(SentenceModel.open(Path(folder))) if folder else None
    kept = embedding and IssueVectors(embedding.name, _kept(embedding))
    said: dict[int, Said] = {}
    for older, newer in _folds(given):
        said |= _ours(given, older, newer, kept, embedding)
    return said


def _kept(embedding: IssueVectors) -> Callable[[PastIssue], Vector | None]:
    """Keep the vectors of the issues learned from, which are the same in each of the folds."""
    found: dict[int, Vector | None] = {}

    def of(issue: PastIssue) -> Vector | None:
        if issue.number not in found:
            found[issue.number] = embedding.of(issue)
        return found[issue.number]

    return of


def _folds(given: Set) -> Iterator[tuple[Places, Places]]:
    strata = [f"{name} {kind}" for name, kind in zip(given.repositories, given.types, strict=True)]
    yield from StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(strata, strata)


def _ours(
    given: Set, older: Places, newer: Places, kept: IssueVectors | None, embedding: IssueVectors | None
) -> dict[int, Said]:
    """Learn for each repository from its own issues, with the other repositories' as a help.

    What is asked about is embedded when it is asked, and that is part of the time it takes.
    """
    by_repository: dict[str, list[PastIssue]] = {}
    for place in older:
        by_repository.setdefault(given.repositories[place], []).append(given.issues[place])
    answers = {}
    for name, history in by_repository.items():
        others = [other for one, other in by_repository.items() if one != name]
        model = learn(history, others, vectors=kept)
        for place in newer:
            if given.repositories[place] == name:
                with_model = _timed(model, given.issues[place], embedding) if embedding else None
                answers[int(place)] = Said(*_timed(model, given.issues[place]), with_model)
    return answers


def _timed(model: Model, issue: PastIssue, vectors: IssueVectors | None = None) -> tuple[Prediction, float]:
    """Decide, and give the milliseconds of CPU: what others do on the machine is no part of the decision."""
    start = time.process_time()
    said = predict(model, issue, vectors)
    return said, (time.process_time() - start) * 1_000


def _answer(expected: Prediction, milliseconds: float) -> Answer:
    applied = next((label.name for label in expected.labels if label.applied), None)
    return Answer(expected.type or "", expected.type_score, applied, milliseconds)


def _p95(answers: Mapping[int, Answer]) -> float:
    return statistics.quantiles([one.milliseconds for one in answers.values()], n=20)[-1]


def _plain(given: Set, older: Places, newer: Places) -> dict[int, Answer]:
    """Learn from the words of all repositories' titles and bodies, as they are."""
    texts = [f"{issue.title}\n{issue.body}" for issue in given.issues]
    words = TfidfVectorizer(sublinear_tf=True, min_df=2)
    learned = LogisticRegression(C=3, max_iter=500)
    learned.fit(words.fit_transform([texts[place] for place in older]), [given.types[one] for one in older])
    chances = learned.predict_proba(words.transform([texts[place] for place in newer]))
    return {
        int(place): Answer(str(learned.classes_[row.argmax()]), float(row.max()))
        for place, row in zip(newer, chances, strict=True)
    }


def _f1(given: Set, answers: Mapping[int, Answer], name: str) -> float:
    places = [place for place in answers if given.repositories[place] == name]
    truth = [given.types[place] for place in places]
    return float(f1_score(truth, [answers[place].type for place in places], average="macro"))


def _summary(given: Set, answers: Mapping[int, Answer]) -> dict[str, Any]:
    types = given.types
    surest = sorted(answers, key=lambda place: -answers[place].score)
    kinds = sorted(set(types))
    f1 = f1_score(types, [answers[place].type for place in range(len(types))], average=None, labels=kinds)
    return {
        "mean_f1": statistics.fmean(_f1(given, answers, name) for name in sorted(set(given.repositories))),
        "f1": dict(zip(kinds, map(float, f1), strict=True)),
        "right_at": {
            str(share): _right(types, answers, surest[: round(share * len(surest))]) for share in SHARES
        },
    }


def _right(types: Sequence[str], answers: Mapping[int, Answer], places: Sequence[int]) -> float:
    return statistics.fmean(answers[place].type == types[place] for place in places)


def _applied(given: Set, answers: Mapping[int, Answer], name: str | None) -> dict[str, Any]:
    """Say what would have been applied in one repository, or in all."""
    places = [place for place in answers if name in (None, given.repositories[place])]
    applied = [place for place in places if answers[place].applied]
    right = sum(answers[place].applied == given.types[place] for place in applied)
    return {
        "coverage": len(applied) / len(places),
        "precision": right / len(applied) if applied else None,
    }


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/accuracy.md."""
    return environment(FileSystemLoader(Path(__file__).parent)).get_template("types.md.j2").render(**result)
