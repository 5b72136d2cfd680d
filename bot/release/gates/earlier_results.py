"""Compare a model's results with those of the version before it, as they stand on the Hub."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.cards.evaluation import Measured, evaluation
from bot.cards.reading import read_facts
from bot.release.gates.results import Candidate

RESULT_FILES = (
    "config.json",
    "modules.json",
    "*_results.json",
    *(f"{folders}results_*.json" for folders in ("", "*/", "*/*/")),
    "eval/*_results.csv",
)
"""Files that results are read from, and those by which their kind is known."""

LOWER_IS_BETTER = frozenset(
    {"brier", "cer", "error", "fid", "loss", "mae", "mse", "perplexity", "rmse", "ter", "wer", "byte"}
)
"""Words in the names of metrics of which less is better; such as those of bits per byte too."""

Key = tuple[str | None, str, str | None]
"""The task, the metric, and how answers were taken out of what the model wrote."""


@dataclass(frozen=True)
class Before:
    """Hold the results of the version before: none without one (``version`` is empty then).

    ``why_unknown`` says why they could not be looked at; it is empty when they were.
    """

    version: str = ""
    values: Mapping[Key, float] = field(default_factory=dict)
    why_unknown: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """Say what it was compared with."""
        if self.why_unknown:
            return (self.why_unknown,)
        return (f"compared with {self.version}",) if self.version else ("there is no version before it",)

    def value_of(self, one: Measured) -> float | None:
        """Give what the same thing was measured as."""
        return self.values.get(_key(one))


def results_before(candidate: Candidate) -> Before:
    """Read the results that were fetched of the version before."""
    earlier = candidate.earlier
    if earlier is None:
        return Before("?", why_unknown="the Hub was not asked for the results of the version before")
    if not earlier.before or candidate.results is None:
        return Before()
    found = evaluation(read_facts(candidate.results)) if candidate.results.is_dir() else None
    measured = (*found.headline, *found.tasks, *found.evaluators) if found else ()
    values = {_key(one): value for one in measured if (value := number(one)) is not None}
    why = f"results of {earlier.before} are too large to read: {earlier.unread[0]}" if earlier.unread else ""
    return Before(earlier.before, values, why)


def lost(now: float, then: float, *, lower_is_better: bool) -> float:
    """Give by how much a result got worse; below zero when it got better."""
    return now - then if lower_is_better else then - now


def worse_unasked(results: Iterable[Measured], before: Before) -> Iterator[str]:
    """Yield which results that no threshold is about are worse than they were."""
    for one in results:
        then, now = before.value_of(one), number(one)
        if then is None or now is None:
            continue
        if lost(now, then, lower_is_better=is_lower_better(one.metric)) > 0:
            yield f"{one.label} is {now:g}, and was {then:g} in {before.version}"


def is_lower_better(metric: str) -> bool:
    """Tell by its name whether less of a metric is better."""
    return not LOWER_IS_BETTER.isdisjoint(metric.lower().replace("-", "_").split("_"))


def number(one: Measured) -> float | None:
    """Give a result as a number; None for what is none."""
    value = one.fact.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _key(one: Measured) -> Key:
    return one.task, one.metric, one.note
