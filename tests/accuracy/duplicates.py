"""Measure how well duplicates are found among the issues that were there before, beside plain BM25.

``python -m tests.accuracy.duplicates DATA`` prints the section, and each pair shown, to be read. Where
``GIVEBACK_SENTENCE_MODEL`` names a folder, the model in it is measured too.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import FileSystemLoader
from ruamel.yaml import YAML
from scipy import sparse  # type: ignore[import-untyped]  # scipy ships no types
from sklearn.feature_extraction.text import (  # type: ignore[import-untyped]  # nor does scikit-learn
    CountVectorizer,
)

from bot.rendering import environment
from bot.triage.history import PastIssue, read_history
from bot.triage.similar.command import failure_of
from bot.triage.similar.index import SHOWN, Match, SimilarIndex
from bot.triage.similar.sentence_model import SentenceModel

HERE = Path(__file__).parent
JUDGED = HERE / "duplicates_judged.yml"
PLACES = (1, 5, 10)

Answer = Sequence[int]
"""Numbers of issues, most alike first."""


def run(data_folder: Path) -> dict[str, Any]:
    """Measure every history in the folder ``duplicates``; the answer is plain JSON.

    Raises:
        FileNotFoundError: there is none.
    """
    histories = sorted((data_folder / "duplicates").glob("*.jsonl"))
    if not histories:
        raise FileNotFoundError(f"There are no histories (*.jsonl) in {data_folder / 'duplicates'}.")
    return {
        "sets": {history.stem: measure(list(read_history(history)), history.stem) for history in histories}
    }


def measure(issues: Sequence[PastIssue], name: str) -> dict[str, Any]:
    """Go through a history in its order, asking about each issue before it is added; and ask BM25."""
    issues = sorted(issues, key=lambda issue: issue.number)
    earlier = {
        issue.number: set(issue.duplicate_of) for issue in issues if min(issue.duplicate_of, default=0) > 0
    }
    folder = os.environ.get("GIVEBACK_SENTENCE_MODEL")
    model = SentenceModel.open(Path(folder)) if folder else None
    return {
        "issues": len(issues),
        "duplicates": len(earlier),
        "plain": _recall(_plain_bm25(issues, earlier), earlier),
        "threshold": SHOWN,
        **_summary(issues, earlier, _ask_in_order(issues), name),
        "with_model": model and _summary(issues, earlier, _ask_in_order(issues, model), name),
    }


def _summary(
    issues: Sequence[PastIssue],
    earlier: Mapping[int, set[int]],
    ours: Mapping[int, tuple[Match, ...]],
    name: str,
) -> dict[str, Any]:
    """Hold the answers against what people marked, and against what somebody read."""
    shown = [(number, match.number) for number, matches in ours.items() for match in matches if match.shown]
    flagged = {number for number, _ in shown}
    first = dict(reversed(shown))
    right, judged = _judged(name, list(first.items()))
    without = [issue.number for issue in issues if issue.number not in earlier]
    return {
        "recall": _recall({number: [match.number for match in ours[number]] for number in earlier}, earlier),
        "shown_issues": len(flagged),
        "alarms": sum(number in flagged for number in without) / len(without),
        "shown_recall": sum(any((number, one) in shown for one in earlier[number]) for number in earlier)
        / max(len(earlier), 1),
        "shown": shown,
        "judged": judged,
        "right": right,
    }


def _ask_in_order(
    issues: Iterable[PastIssue], model: SentenceModel | None = None
) -> dict[int, tuple[Match, ...]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        SimilarIndex.open(Path(folder) / "index.sqlite", model) as index,
    ):
        answers = {}
        for issue in issues:
            # Marks are the answers asked for: the index sees none, not even those of earlier issues.
            unmarked = issue.model_copy(update={"duplicate_of": ()})
            failure = failure_of(issue)
            answers[issue.number] = index.similar(
                unmarked, max(PLACES), earlier_than=issue.number, fingerprint=failure
            )
            index.add(unmarked, failure)
        return answers


def _plain_bm25(issues: Sequence[PastIssue], asked: Iterable[int]) -> dict[int, Answer]:
    """Rank by BM25 over the lower-cased words of title and body, with all of the history's word counts."""
    counts = CountVectorizer(token_pattern=r"\w+").fit_transform(f"{one.title} {one.body}" for one in issues)
    counts = sparse.coo_matrix(counts)
    total, length = len(issues), np.asarray(counts.sum(axis=1)).ravel()
    having = np.bincount(counts.col, minlength=counts.shape[1])
    rarity = np.log1p((total - having + 0.5) / (having + 0.5))
    damping = 1.2 * (0.25 + 0.75 * length / length.mean())
    gains = rarity[counts.col] * counts.data * 2.2 / (counts.data + damping[counts.row])
    gain = sparse.csr_matrix((gains, (counts.row, counts.col)), shape=counts.shape)
    has = sparse.csr_matrix((np.ones_like(gains), (counts.row, counts.col)), shape=counts.shape)
    place = {issue.number: at for at, issue in enumerate(issues)}
    answers: dict[int, Answer] = {}
    for number in asked:
        at = place[number]
        scores = np.asarray((gain[:at] @ has[at].T).todense()).ravel()
        answers[number] = [issues[best].number for best in np.argsort(-scores, kind="stable")[: max(PLACES)]]
    return answers


def _recall(answers: Mapping[int, Answer], duplicates: Mapping[int, set[int]]) -> dict[str, float]:
    """Give the share of duplicates that have one of their originals among the first so many."""
    return {
        str(places): sum(bool(duplicates[number] & set(answers[number][:places])) for number in duplicates)
        / max(len(duplicates), 1)
        for places in PLACES
    }


def _judged(name: str, shown: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Count the pairs shown that somebody read and found right, and those somebody read."""
    read: dict[str, dict[str, list[list[int]]]] = YAML(typ="safe").load(JUDGED)
    verdicts = {
        (issue, match): verdict == "same"
        for verdict, pairs in read.get(name, {}).items()
        for issue, match in pairs
    }
    known = [verdicts[pair] for pair in shown if pair in verdicts]
    return sum(known), len(known)


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/accuracy.md."""
    return environment(FileSystemLoader(HERE)).get_template("duplicates.md.j2").render(**result)


def main() -> None:
    """Print the section and the pairs that would be shown."""
    folder = Path(sys.argv[1])
    result = run(folder)
    print(section(result))
    for name, one in result["sets"].items():
        titles = {
            issue.number: issue.title for issue in read_history(folder / "duplicates" / f"{name}.jsonl")
        }
        for number, match in sorted({*one["shown"], *(one["with_model"] or {"shown": ()})["shown"]}):
            print(f"{name} [{number}, {match}]  {titles[number]}  |  {titles[match]}")


if __name__ == "__main__":
    main()
