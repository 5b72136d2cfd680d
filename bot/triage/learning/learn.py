"""Learn a repository's labels from its own history, and where its answers can be relied on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]  # scipy ships no types

from bot.triage.embedding import IssueVectors
from bot.triage.history import PastIssue
from bot.triage.learning import PRECISION
from bot.triage.learning.calibration import (
    lower_bound,
    probability,
    sigmoid,
    temperatures,
    threshold,
    together,
)
from bot.triage.learning.examples import UNKNOWN, Examples, examples, labelled
from bot.triage.learning.features import choose_columns, weigh
from bot.triage.learning.linear import line, of_repository, with_copies
from bot.triage.learning.meaning import known, planes
from bot.triage.learning.model import (
    HeldOut,
    LearnedLabel,
    LeftOut,
    Meaning,
    Model,
    Rule,
    Threshold,
    no_model,
)
from bot.triage.learning.names import TYPES, IssueType, is_process, type_of_name

MIN_EXAMPLES = 20
"""Issues that must have a label for it to be learned."""
MIN_OF_TYPE = 10
MIN_TO_JUDGE = 50
"""Labelled issues needed to find thresholds; with fewer nothing is applied."""
MAX_LABELS = 50
"""Labels learned at most: those with the most examples."""
NEWEST_FROM = 2_000
"""Labelled issues from which on the newest alone are enough to find thresholds."""
NEWEST = 0.2
FOLDS = 5

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class _Task:
    """A line to learn: which rows have the label, and which rows say anything about it."""

    positive: Bools
    counted: Bools


def learn(
    history: Iterable[PastIssue],
    also: Iterable[Iterable[PastIssue]] = (),
    precision: float = PRECISION,
    vectors: IssueVectors | None = None,
) -> Model:
    """Learn the labels of ``history``'s repository.

    ``also`` are histories of other repositories of the same owner; they help where this one has few
    examples, and bring no labels of their own. ``precision`` is the share of applied labels that must be
    right. With ``vectors`` types are learned from the meaning of issues too; the model can still be used
    without. The same histories give the same model.
    """
    own, counts = examples(labelled(history), vectors)
    everything = [own]
    for other in also:
        theirs, more = examples(labelled(other), vectors)
        if len(theirs):
            everything.append(theirs)
            counts += more
    rule = _rule(own, precision)
    names, left_out = _choose_labels(own)
    types = _choose_types(everything)
    if not types and not names:
        return replace(no_model(), left_out=left_out, rule=rule, issues=len(own), asked=precision)

    columns = choose_columns(counts)
    rows = sparse.vstack([weigh(part, columns) for part in counts], format="csr")
    counts.clear()  # as large as the rows, and not needed while learning
    by_type = _labels_of_types(names, types)
    lines = [name for name in names if name not in by_type]
    tasks = _tasks(everything, types, lines)
    learner = _Learner(rows, [len(one) for one in everything], tasks)
    weights, offsets = learner.learn(np.ones(rows.shape[0], dtype=bool))

    scores, judged, held_out = _held_out(learner, own, rows)
    by_words = scores[:, : len(types)]
    (factor,), type_threshold, of_types = _judge_types(own, types, (by_words,), judged, rule, precision)
    labels = []
    for name in names:
        examples_of = sum(name in given for given in own.labels)
        if kind := by_type.get(name):
            labels.append(LearnedLabel(name, examples_of, of_types[kind], kind))
            continue
        at = len(types) + lines.index(name)
        labels.append(_judge_label(name, examples_of, own, scores[:, at], judged, precision))
    return Model(
        columns=columns,
        weights=weights,
        offsets=offsets,
        types=types,
        factor=factor,
        type_threshold=type_threshold,
        labels=tuple(labels),
        left_out=left_out,
        rule=rule,
        issues=len(own),
        asked=precision,
        held_out=held_out,
        meaning=_learn_meaning(everything, types, tasks, by_words, judged, rule, precision, vectors),
    )


class _Learner:
    """Learn the same tasks on different rows; the first repository's rows come first."""

    def __init__(self, rows: sparse.csr_matrix, sizes: list[int], tasks: list[_Task]) -> None:
        self.columns = rows.shape[1]
        self.tasks = tasks
        self.alone = len(sizes) == 1
        self.rows = rows if self.alone else with_copies(rows, np.repeat(np.arange(len(sizes)), sizes))

    def learn(self, seen: Bools) -> tuple[Floats, Floats]:
        """Learn from the rows that are seen; give weights of shape (columns, tasks), and offsets."""
        weights = np.zeros((self.columns, len(self.tasks)), dtype=np.float32)
        offsets = np.zeros(len(self.tasks), dtype=np.float32)
        for at, task in enumerate(self.tasks):
            counted = task.counted & seen
            if len(np.unique(task.positive[counted])) < 2:
                offsets[at] = -20.0
                continue
            found, offsets[at] = line(self.rows, task.positive, counted)
            weights[:, at] = found if self.alone else of_repository(found, self.columns, 0)
        # what a model file keeps is what is judged here
        return weights.astype(np.float16).astype(np.float32), offsets


def _choose_types(everything: list[Examples]) -> tuple[IssueType, ...]:
    """Choose the types that people used; when this repository uses some, those alone."""
    for used in (everything[0].types, np.concatenate([one.types for one in everything])):
        found = Counter(used[used != UNKNOWN].tolist())
        types = tuple(kind for at, kind in enumerate(TYPES) if found[at] >= MIN_OF_TYPE)
        if len(types) > 1:
            return types
    return ()


def _choose_labels(own: Examples) -> tuple[list[str], tuple[LeftOut, ...]]:
    found = Counter(label for labels in own.labels for label in labels)
    chosen: list[str] = []
    left_out: list[LeftOut] = []
    for name, times in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        if is_process(name):
            left_out.append(LeftOut(name, "people set it to run the project"))
        elif times < MIN_EXAMPLES:
            left_out.append(LeftOut(name, f"{times} examples, {MIN_EXAMPLES} are needed"))
        elif times == len(own):
            left_out.append(LeftOut(name, "every labelled issue has it"))
        elif len(chosen) == MAX_LABELS:
            left_out.append(LeftOut(name, f"{MAX_LABELS} labels have more examples"))
        else:
            chosen.append(name)
    return chosen, tuple(left_out)


def _labels_of_types(names: list[str], types: tuple[IssueType, ...]) -> dict[str, IssueType]:
    """Find the labels that are the only one for their type: the type's probability is theirs."""
    named: dict[IssueType, list[str]] = {}
    for name in names:
        kind = type_of_name(name)
        if kind in types:
            named.setdefault(kind, []).append(name)
    return {only[0]: kind for kind, only in named.items() if len(only) == 1}


def _tasks(everything: list[Examples], types: tuple[IssueType, ...], lines: list[str]) -> list[_Task]:
    typed = np.concatenate([one.types for one in everything])
    known = np.isin(typed, [TYPES.index(kind) for kind in types])
    tasks = [_Task(typed == TYPES.index(kind), known) for kind in types]
    for name in lines:
        having = [np.array([_has(labels, name) for labels in one.labels]) for one in everything]
        counted = [np.full(len(one), at == 0 or one.any()) for at, one in enumerate(having)]
        tasks.append(_Task(np.concatenate(having), np.concatenate(counted)))
    return tasks


def _has(labels: frozenset[str], name: str) -> bool:
    return any(label.casefold() == name.casefold() for label in labels)


def _held_out(learner: _Learner, own: Examples, rows: sparse.csr_matrix) -> tuple[Numbers, Bools, HeldOut]:
    """Score the repository's issues by models that have not seen them; tell which were scored."""
    scores = np.zeros((len(own), len(learner.tasks)))
    judged = np.zeros(len(own), dtype=bool)
    parts = _parts(own)
    for part in parts:
        seen = np.ones(rows.shape[0], dtype=bool)
        seen[: len(own)] = ~part
        weights, offsets = learner.learn(seen)
        scores[part] = rows[: len(own)][part] @ weights + offsets
        judged |= part
    return scores, judged, "nothing" if not parts else "newest" if len(parts) == 1 else "folds"


def _parts(own: Examples) -> list[Bools]:
    """Choose the issues that are held out together: the newest, or each fifth of a short history."""
    if len(own) < MIN_TO_JUDGE:
        return []
    if len(own) >= NEWEST_FROM:
        return [np.arange(len(own)) >= len(own) * (1 - NEWEST)]
    fold = np.random.default_rng(0).permutation(len(own)) % FOLDS
    return [fold == one for one in range(FOLDS)]


def _learn_meaning(
    everything: list[Examples],
    types: tuple[IssueType, ...],
    tasks: list[_Task],
    by_words: Numbers,
    judged: Bools,
    rule: Rule,
    asked: float,
    vectors: IssueVectors | None,
) -> Meaning | None:
    """Learn the types from vectors too, and how much each view counts, on issues neither has seen."""
    own = everything[0]
    typed = judged & np.isin(own.types, [TYPES.index(kind) for kind in types])
    if vectors is None or own.vectors is None or not (typed & known(own.vectors)).any():
        return None
    nothing = np.zeros((1, own.vectors.shape[1]), np.float16)
    rows = np.concatenate(
        [nothing.repeat(len(one), axis=0) if one.vectors is None else one.vectors for one in everything]
    )
    given = np.stack([task.positive for task in tasks[: len(types)]], axis=1)
    counted = tasks[0].counted & known(rows)
    ours = np.arange(len(rows)) < len(own)
    by_meaning = np.zeros_like(by_words)
    for part in _parts(own):
        seen = counted.copy()
        seen[: len(own)] &= ~part
        weights, offsets = planes(rows, ours, given, seen)
        by_meaning[part] = own.vectors[part] @ weights + offsets
    views = (by_words, by_meaning)
    factors, threshold_of_all, of_types = _judge_types(
        own, types, views, judged & known(own.vectors), rule, asked
    )
    weights, offsets = planes(rows, ours, given, counted)
    return Meaning(
        sentence_model=vectors.name,
        weights=weights,
        offsets=offsets,
        factors=(factors[0], factors[1]),
        type_threshold=threshold_of_all,
        thresholds=tuple(of_types[kind] for kind in types),
    )


def _rule(own: Examples, precision: float) -> Rule:
    both = (own.types != UNKNOWN) & (own.rules != UNKNOWN)
    agreed, said = int((own.types == own.rules)[both].sum()), int(both.sum())
    # with little said there is nothing to hold against it, and an issue knows best what it is
    return Rule(agreed, said, trusted=lower_bound(agreed, said) >= precision or not (own.types >= 0).any())


def _judge_types(
    own: Examples,
    types: tuple[IssueType, ...],
    views: Sequence[Numbers],
    judged: Bools,
    rule: Rule,
    asked: float,
) -> tuple[tuple[float, ...], Threshold, dict[IssueType, Threshold]]:
    """Find one threshold for all types, then raise it for a type that is less often right than asked.

    ``views`` are scores of held-out issues, of shape (issues, types); a factor for each comes first.
    """
    nothing = Threshold(None, 0.0, 0.0)
    places = [TYPES.index(kind) for kind in types]
    judged = judged & np.isin(own.types, places)
    truth = np.array([places.index(kind) for kind in own.types[judged]], dtype=np.intp)
    if not len(truth):
        return (1.0,) * len(views), nothing, dict.fromkeys(types, nothing)
    seen = [scores[judged] for scores in views]
    factors = temperatures(seen, truth)
    given = together(seen, factors)
    best, chance = given.argmax(axis=1), given.max(axis=1)
    free = own.rules[judged] == UNKNOWN if rule.trusted else np.ones(len(truth), dtype=bool)
    enough = threshold(chance[free], (best == truth)[free], asked)
    of_types = {}
    for at, kind in enumerate(types):
        its = free & (best == at)
        needed = threshold(chance[its], truth[its] == at, asked, caution=0.0)
        if enough is None or needed is None:
            of_types[kind] = nothing
        else:
            of_types[kind] = _measured(
                chance[its], truth[its] == at, max(enough, needed), (truth == at).sum()
            )
    return factors, _measured(chance[free], (best == truth)[free], enough, int(free.sum())), of_types


def _judge_label(
    name: str, examples_of: int, own: Examples, scores: Numbers, judged: Bools, asked: float
) -> LearnedLabel:
    has = np.array([_has(labels, name) for labels in own.labels], dtype=bool)[judged]
    if not has.any() or has.all():
        return LearnedLabel(name, examples_of, Threshold(None, 0.0, 0.0))
    slope, offset = sigmoid(scores[judged], has)
    chance = probability(scores[judged], slope, offset)
    needed = threshold(chance, has, asked)
    return LearnedLabel(
        name, examples_of, _measured(chance, has, needed, int(has.sum())), slope=slope, offset=offset
    )


def _measured(chance: Numbers, right: Bools, needed: float | None, of: int) -> Threshold:
    if needed is None:
        return Threshold(None, 0.0, 0.0)
    reached = chance >= needed
    correct = int(right[reached].sum())
    return Threshold(needed, correct / max(int(reached.sum()), 1), correct / max(int(of), 1))
