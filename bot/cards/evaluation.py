"""Pick the held-out results out of what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.cards.facts import Fact, Reading
from bot.cards.shown_facts import ALL_RESULTS

_PREFIXES = ("test_", "eval_")
"""What a Trainer's ``predict`` and ``evaluate`` put before a metric; the first that is there counts."""
_NO_METRIC = re.compile(r"_(runtime|samples|per_second|preparation_time)$")
_TASK = "lm_eval."
_EVALUATOR = "evaluator."


@dataclass(frozen=True)
class Measured:
    """One result: the metric as the Hub names it, and of lm-evaluation-harness what goes with it.

    ``note`` is how answers were taken out of what the model wrote (lm-evaluation-harness calls it filter).
    """

    fact: Fact
    metric: str
    task: str | None = None
    note: str | None = None
    error: Fact | None = None
    samples: Fact | None = None
    limit: Fact | None = None

    @property
    def label(self) -> str:
        """Name it for people, in one line."""
        return " ".join(part for part in (self.task, self.metric, self.note and f"({self.note})") if part)


@dataclass(frozen=True)
class Evaluation:
    """Hold the results the model is known by, and the others, which were measured on other data.

    ``samples`` counts what the first were measured on. ``tasks`` of lm-evaluation-harness and
    ``evaluators`` of sentence-transformers name their data themselves.
    """

    headline: tuple[Measured, ...] = ()
    further: tuple[Measured, ...] = ()
    samples: Fact | None = None
    tasks: tuple[Measured, ...] = ()
    evaluators: tuple[Measured, ...] = ()


def evaluation(reading: Reading) -> Evaluation:
    """Pick the results: those on the test data where there are any, else those of the evaluation."""
    by_prefix = {prefix: _metrics(reading, prefix) for prefix in _PREFIXES}
    tasks, evaluators = tuple(_tasks(reading)), tuple(_evaluators(reading))
    headline = next((prefix for prefix in _PREFIXES if by_prefix[prefix]), None)
    if headline is None:
        return Evaluation(tasks=tasks, evaluators=evaluators)
    further = [one for prefix in _PREFIXES if prefix != headline for one in by_prefix[prefix]]
    samples = min(reading.all(f"{headline}samples"), key=_distance, default=None)
    return Evaluation(by_prefix[headline], tuple(further), samples, tasks, evaluators)


def metric_type(fact: Fact) -> str:
    """Name a metric the way the Hub does, without what was put before or behind it."""
    if fact.name.startswith(_TASK):
        return fact.name.rpartition(".")[2].partition(",")[0]
    if fact.name.startswith(_EVALUATOR):
        return fact.name.rpartition(".")[2]
    return next((fact.name.removeprefix(one) for one in _PREFIXES if fact.name.startswith(one)), fact.name)


def _metrics(reading: Reading, prefix: str) -> tuple[Measured, ...]:
    found: dict[str, list[Fact]] = {}
    for fact in reading.facts:
        if fact.name.startswith(prefix) and not _NO_METRIC.search(fact.name):
            found.setdefault(fact.name, []).append(fact)
    best = (min(found[name], key=_distance) for name in sorted(found))
    return tuple(Measured(fact, metric_type(fact)) for fact in best)


def _tasks(reading: Reading) -> Iterator[Measured]:
    """Yield the results of lm-evaluation-harness, each with what its own file says about it."""
    beside = {
        (fact.file, fact.name): fact for fact in reading.facts if fact.name.startswith(("lm_eval_", "limit"))
    }
    for fact in reading.facts:
        if fact.name.startswith(_TASK):
            named = fact.name.removeprefix(_TASK)
            task, _, _ = named.rpartition(".")
            note = named.partition(",")[2]
            yield Measured(
                fact,
                metric_type(fact),
                task,
                note if note != "none" else None,
                beside.get((fact.file, f"lm_eval_stderr.{named}")),
                beside.get((fact.file, f"lm_eval_samples.{task}")),
                beside.get((fact.file, "limit")),
            )


def _evaluators(reading: Reading) -> Iterator[Measured]:
    for fact in reading.facts:
        if fact.name.startswith(_EVALUATOR):
            name, _, metric = fact.name.removeprefix(_EVALUATOR).rpartition(".")
            yield Measured(fact, metric, name)


def _distance(fact: Fact) -> tuple[int, str]:
    """Say how far a file is from being the number's own; ``all_results.json`` only repeats the others."""
    own = f"{fact.name.partition('_')[0]}_results.json"
    return (0 if fact.file == own else 2 if fact.file == ALL_RESULTS else 1), fact.file
