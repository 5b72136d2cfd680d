"""Gate: the results in the files are as good as the manifest asks, and were measured on all the data."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.evaluation import Measured, evaluation
from bot.cards.facts import Reading
from bot.cards.reading import read_facts
from bot.release.gates.results import Candidate, GateResult, Outcome, need_manifest
from bot.release.manifest import Threshold

NAME = "evaluation"


def check(candidate: Candidate) -> GateResult:
    """Fail on a result that misses its threshold or was measured on a part of the data only.

    A threshold for which there is no result leaves the gate without an answer.
    """
    declared = need_manifest(candidate)
    reading = read_facts(candidate.folder)
    found = evaluation(reading)
    results = (*found.headline, *found.tasks, *found.evaluators)
    against = list(_measured_in_part(reading, found.tasks))
    met: list[str] = []
    missing: list[str] = []
    for threshold in declared.thresholds:
        meant = [one for one in results if _is_meant(one, threshold)]
        if not meant:
            missing.append(f"no file has a result for {_named(threshold)}")
        for one in meant:
            (met if _is_met(one.fact.value, threshold) else against).append(_told(one, threshold))
    if against:
        remedy = "Train or measure again, on all the data; what the model is for decides whether to waive it."
        return GateResult(NAME, Outcome.FAIL, (*against, *missing, *met), remedy, waivable=True)
    if missing:
        remedy = "Put the file with the result into the model's folder, or take the threshold out."
        return GateResult(NAME, Outcome.COULD_NOT_RUN, (*missing, *met), remedy, waivable=True)
    return GateResult(NAME, Outcome.PASS, tuple(met) or ("the manifest sets no thresholds",))


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
