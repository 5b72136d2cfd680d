"""Pick the held-out results out of what a trainer measured."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.cards.facts import Fact, Reading

_PREFIXES = ("test_", "eval_")
"""What a Trainer's ``predict`` and ``evaluate`` put before a metric; the first that is there counts."""
_NO_METRIC = re.compile(r"_(runtime|samples|per_second|preparation_time)$")


@dataclass(frozen=True)
class Evaluation:
    """Hold the results the model is known by, and the others, which were measured on other data.

    ``samples`` counts what the first were measured on.
    """

    headline: tuple[Fact, ...] = ()
    further: tuple[Fact, ...] = ()
    samples: Fact | None = None


def evaluation(reading: Reading) -> Evaluation:
    """Pick the results: those on the test data where there are any, else those of the evaluation."""
    by_prefix = {prefix: _metrics(reading, prefix) for prefix in _PREFIXES}
    headline = next((prefix for prefix in _PREFIXES if by_prefix[prefix]), None)
    if headline is None:
        return Evaluation()
    further = [fact for prefix in _PREFIXES if prefix != headline for fact in by_prefix[prefix]]
    samples = min(reading.all(f"{headline}samples"), key=_distance, default=None)
    return Evaluation(by_prefix[headline], tuple(further), samples)


def metric_type(fact: Fact) -> str:
    """Name a metric the way the Hub does, without what a Trainer puts before it."""
    return next((fact.name.removeprefix(one) for one in _PREFIXES if fact.name.startswith(one)), fact.name)


def _metrics(reading: Reading, prefix: str) -> tuple[Fact, ...]:
    found: dict[str, list[Fact]] = {}
    for fact in reading.facts:
        if fact.name.startswith(prefix) and not _NO_METRIC.search(fact.name):
            found.setdefault(fact.name, []).append(fact)
    return tuple(min(found[name], key=_distance) for name in sorted(found))


def _distance(fact: Fact) -> tuple[int, str]:
    """Say how far a file is from being the number's own; ``all_results.json`` only repeats the others."""
    own = f"{fact.name.partition('_')[0]}_results.json"
    return (0 if fact.file == own else 2 if fact.file == "all_results.json" else 1), fact.file
