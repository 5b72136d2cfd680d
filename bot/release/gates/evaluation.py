"""Gate: the results in the files are as good as the manifest asks, and were measured on all the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.cards.evaluation import Measured, evaluation
from bot.cards.facts import Reading
from bot.cards.reading import read_facts
from bot.release.gates.earlier_results import Before, lost, number, results_before, worse_unasked
from bot.release.gates.results import Candidate, GateResult, Outcome, need_manifest
from bot.release.manifest import Threshold

NAME = "evaluation"


@dataclass
class _Seen:
    """Sort what was seen: what is met, what is against a release, what is missing, what to know besides."""

    met: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


def check(candidate: Candidate) -> GateResult:
    """Fail on a result that misses its threshold, or was measured on a part of the data only.

    A threshold without a result, here or of the version before, leaves the gate without an answer.
    """
    declared = need_manifest(candidate)
    reading = read_facts(candidate.folder)
    found = evaluation(reading)
    results = (*found.headline, *found.tasks, *found.evaluators)
    before = results_before(candidate)
    seen = _Seen(against=list(_measured_in_part(reading, found.tasks)))
    for threshold in declared.thresholds:
        meant = [one for one in results if _is_meant(one, threshold)]
        if not meant:
            seen.missing.append(f"no file has a result for {_named(threshold)}")
        for one in meant:
            _hold(one, threshold, before, seen)
    bound = [one for one in results if any(_is_meant(one, threshold) for threshold in declared.thresholds)]
    seen.beside += worse_unasked((one for one in results if one not in bound), before)
    return _judged(seen, before)


def _hold(one: Measured, threshold: Threshold, before: Before, seen: _Seen) -> None:
    """Hold one result against its bounds, and against that of the version before."""
    if threshold.at_least is not None or threshold.at_most is not None:
        (seen.met if _is_met(one.fact.value, threshold) else seen.against).append(_told(one, threshold))
    now, then = number(one), before.value_of(one)
    if threshold.worse_by_at_most is None or not before.version:
        return
    if before.why_unknown:
        seen.missing.append(before.why_unknown)
    elif then is None or now is None:
        seen.missing.append(f"{before.version} has no result for {one.label} to compare with")
    else:
        told = f"{one.label} is {now:g}, and was {then:g} in {before.version}"
        if lost(now, then, lower_is_better=threshold.lower_is_better) <= threshold.worse_by_at_most:
            seen.met.append(told)
        else:
            seen.against.append(f"{told}: worse by more than {threshold.worse_by_at_most:g}")


def _judged(seen: _Seen, before: Before) -> GateResult:
    if seen.against:
        remedy = "Train or measure again, on all the data; what the model is for decides whether to waive it."
        evidence = (*seen.against, *seen.missing, *seen.beside, *seen.met)
        return GateResult(NAME, Outcome.FAIL, evidence, remedy, waivable=True)
    if seen.missing:
        remedy = "Add the file with the result to the model's folder, or take the threshold out."
        evidence = (*dict.fromkeys(seen.missing), *seen.beside, *seen.met)
        return GateResult(NAME, Outcome.COULD_NOT_RUN, evidence, remedy, waivable=True)
    outcome = Outcome.WARN if seen.beside else Outcome.PASS
    return GateResult(
        NAME, outcome, (*seen.beside, *(seen.met or ["the manifest sets no thresholds"]), *before.said)
    )


def _measured_in_part(reading: Reading, tasks: tuple[Measured, ...]) -> Iterator[str]:
    """Yield the runs of lm-evaluation-harness that took fewer samples than there are."""
    for fact in reading.all("limit"):
        yield f"{fact.file}: it was measured with limit {fact.value}, so on a part of the data"
    whole = {
        (fact.file, fact.name.removeprefix("lm_eval_all_samples.")): fact.value
        for fact in reading.facts
        if fact.name.startswith("lm_eval_all_samples.")
    }
    counted = {(one.fact.file, one.task): one.samples for one in tasks if one.task and one.samples}
    for (file, task), samples in counted.items():
        there = whole.get((file, task))
        if there is not None and samples.value != there:
            yield f"{file}: {task} was measured on {samples.value} of {there} samples"


def _is_meant(one: Measured, threshold: Threshold) -> bool:
    return one.metric == threshold.metric and (threshold.task is None or one.task == threshold.task)


def _is_met(value: object, threshold: Threshold) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low, high = threshold.at_least, threshold.at_most
    return (low is None or value >= low) and (high is None or value <= high)


def _told(one: Measured, threshold: Threshold) -> str:
    bounds = (("at least", threshold.at_least), ("at most", threshold.at_most))
    asked = " and ".join(f"{words} {bound}" for words, bound in bounds if bound is not None)
    return f"{one.fact.file}: {one.label} is {one.fact.value}, and has to be {asked}"


def _named(threshold: Threshold) -> str:
    return f"{threshold.metric} of {threshold.task}" if threshold.task else threshold.metric
