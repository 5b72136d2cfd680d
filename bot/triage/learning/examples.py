"""Make a repository's labelled history into examples to learn from."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.triage.embedding import IssueVectors, Vector
from bot.triage.history import PastIssue
from bot.triage.learning.features import Counts, count
from bot.triage.learning.meaning import Halves, stacked
from bot.triage.learning.names import TYPES, type_by_rule, type_of_name
from bot.triage.learning.text import MAX_BODY, take_apart

MAX_ISSUES = 20_000
"""Issues of one repository learned from at most: the newest."""
BATCH = 500
UNKNOWN = -1


@dataclass(frozen=True)
class Examples:
    """Labelled issues in the order they were opened; every sequence has one entry for each."""

    labels: tuple[frozenset[str], ...]
    types: NDArray[np.intp]
    """Places in ``TYPES``; ``UNKNOWN`` where people's labels name no type, or several."""
    rules: NDArray[np.intp]
    """The same for what the issue says itself."""
    vectors: Halves | None = None
    """What each means, as :func:`stacked` has it; None without a sentence model."""

    def __len__(self) -> int:
        return len(self.labels)


def labelled(history: Iterable[PastIssue]) -> list[PastIssue]:
    """Give the newest labelled issues, oldest first; pull requests and unlabelled issues say nothing.

    An issue without labels may be one that nobody looked at, so it is no example of what a label is not.
    """
    useful = (_shortened(issue) for issue in history if issue.labels and not issue.is_pull_request)
    return sorted(heapq.nlargest(MAX_ISSUES, useful, key=_opened), key=_opened)


def examples(
    issues: Iterable[PastIssue], vectors: IssueVectors | None = None
) -> tuple[Examples, list[Counts]]:
    """Make labelled issues into examples and their features, ``BATCH`` issues in each of the counts."""
    counts: list[Counts] = []
    labels: list[frozenset[str]] = []
    types: list[int] = []
    rules: list[int] = []
    meant: list[Vector | None] = []
    remaining = iter(issues)
    while batch := list(islice(remaining, BATCH)):
        texts = [take_apart(issue.title, issue.body) for issue in batch]
        counts.append(count(texts))
        labels += [frozenset(issue.labels) for issue in batch]
        types += [type_of(issue.labels) for issue in batch]
        rules += [TYPES.index(said) if (said := type_by_rule(text)) else UNKNOWN for text in texts]
        if vectors is not None:
            meant += map(vectors.of, batch)
    made = Examples(
        tuple(labels), np.array(types, dtype=np.intp), np.array(rules, dtype=np.intp), stacked(meant)
    )
    return made, counts


def type_of(labels: Iterable[str]) -> int:
    """Give the place in ``TYPES`` of the one type that labels name; ``UNKNOWN`` for none or several."""
    named = {kind for label in labels if (kind := type_of_name(label))}
    return TYPES.index(named.pop()) if len(named) == 1 else UNKNOWN


def _shortened(issue: PastIssue) -> PastIssue:
    return issue.model_copy(update={"body": issue.body[:MAX_BODY]}) if len(issue.body) > MAX_BODY else issue


def _opened(issue: PastIssue) -> tuple[float, int]:
    return issue.created_at.timestamp() if issue.created_at else 0.0, issue.number
