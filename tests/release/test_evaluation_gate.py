import json
from pathlib import Path
from typing import Any

import pytest

from bot.documents import DocumentError
from bot.hub.jobs import Earlier
from bot.release.gates import evaluation
from bot.release.gates.earlier_results import is_lower_better
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.manifest import read_manifest
from tests.release.worlds import MANIFEST

HARNESS: dict[str, Any] = {
    "results": {"tiny": {"alias": "tiny", "acc,none": 0.6, "acc_stderr,none": 0.01}},
    "versions": {"tiny": 1},
    "n-samples": {"tiny": {"original": 100, "effective": 100}},
    "config": {"model": "hf", "limit": None},
}


def judge(folder: Path, thresholds: str = "") -> GateResult:
    text = MANIFEST + (f"thresholds: [{thresholds}]\n" if thresholds else "")
    return evaluation.check(Candidate(folder, read_manifest(text)))


def harness(folder: Path, **changes: Any) -> Path:
    (folder / "config.json").write_text('{"architectures": ["A"]}')
    (folder / "results_2026-11-21T10-00-00.000000.json").write_text(json.dumps({**HARNESS, **changes}))
    return folder


@pytest.mark.parametrize(
    ("threshold", "outcome", "words"),
    [
        ("{metric: accuracy, at_least: 0.5}", Outcome.PASS, "accuracy is 0.5, and has to be at least 0.5"),
        ("{metric: accuracy, at_least: 0.51}", Outcome.FAIL, "test_results.json: accuracy is 0.5"),
        ("{metric: loss, at_most: 0.2}", Outcome.PASS, "at most 0.2"),
        ("{metric: loss, at_most: 0.1}", Outcome.FAIL, "loss is 0.2"),
        ("{metric: loss, at_least: 0.1, at_most: 0.3}", Outcome.PASS, "at least 0.1 and at most 0.3"),
        ("{metric: f1, at_least: 0.1}", Outcome.COULD_NOT_RUN, "no file has a result for f1"),
        ("", Outcome.PASS, "sets no thresholds"),
    ],
)
def test_results_are_held_against_their_thresholds(
    tmp_path: Path, threshold: str, outcome: Outcome, words: str
) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["A"]}')
    (tmp_path / "test_results.json").write_text('{"test_accuracy": 0.5, "test_loss": 0.2}')
    answer = judge(tmp_path, threshold)
    assert answer.outcome is outcome
    assert words in answer.evidence[0]


def test_a_whole_run_of_the_harness_passes_and_a_task_can_be_named(tmp_path: Path) -> None:
    harness(tmp_path)
    assert judge(tmp_path, "{metric: acc, task: tiny, at_least: 0.6}").outcome is Outcome.PASS
    assert judge(tmp_path, "{metric: acc, task: other, at_least: 0}").outcome is Outcome.COULD_NOT_RUN


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"config": {"model": "hf", "limit": 10}}, "with limit 10"),
        (
            {"n-samples": {"tiny": {"original": 100, "effective": 10}}},
            "tiny was measured on 10 of 100 samples",
        ),
    ],
)
def test_a_run_on_a_part_of_the_data_fails_whatever_it_says(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    answer = judge(harness(tmp_path, **changes), "{metric: acc, at_least: 0.1}")
    assert answer.outcome is Outcome.FAIL
    assert words in answer.evidence[0]


@pytest.mark.parametrize("threshold", ["{metric: acc}", "{metric: acc, at_least: .nan}"])
def test_a_threshold_without_a_bound_is_refused(tmp_path: Path, threshold: str) -> None:
    with pytest.raises(DocumentError):
        judge(tmp_path, threshold)


def against_before(folder: Path, now: str, then: str | None, thresholds: str = "") -> GateResult:
    """Judge a model measured ``now`` that was measured ``then`` in the version before."""
    for place, results in ((folder, now), (folder / "before", then)):
        place.mkdir(exist_ok=True)
        (place / "config.json").write_text('{"architectures": ["A"]}')
        if results is not None:
            (place / "test_results.json").write_text(results)
    text = MANIFEST + (f"thresholds: [{thresholds}]\n" if thresholds else "")
    earlier = Earlier(("v0.9.0",), "v0.9.0")
    (folder / "model").mkdir(exist_ok=True)
    return evaluation.check(
        Candidate(folder, read_manifest(text), earlier=earlier, results=folder / "before")
    )


@pytest.mark.parametrize(
    ("now", "threshold", "outcome", "words"),
    [
        (0.94, "{metric: accuracy, worse_by_at_most: 0.02}", Outcome.PASS, "was 0.95 in v0.9.0"),
        (0.90, "{metric: accuracy, worse_by_at_most: 0.02}", Outcome.FAIL, "worse by more than 0.02"),
        (0.99, "{metric: accuracy, worse_by_at_most: 0}", Outcome.PASS, "is 0.99, and was 0.95"),
        (0.99, "{metric: accuracy, better: lower, worse_by_at_most: 0}", Outcome.FAIL, "worse by more"),
        (0.90, "{metric: accuracy, at_least: 0.8, worse_by_at_most: 0}", Outcome.FAIL, "worse by more"),
        (0.90, "", Outcome.WARN, "accuracy is 0.9, and was 0.95 in v0.9.0"),
        (0.96, "", Outcome.PASS, "sets no thresholds"),
    ],
)
def test_results_are_held_against_those_of_the_version_before(
    tmp_path: Path, now: float, threshold: str, outcome: Outcome, words: str
) -> None:
    answer = against_before(
        tmp_path, json.dumps({"test_accuracy": now}), '{"test_accuracy": 0.95}', threshold
    )
    assert answer.outcome is outcome, answer.evidence
    assert words in answer.evidence[0]


def test_a_version_before_without_the_result_leaves_the_gate_without_an_answer(tmp_path: Path) -> None:
    threshold = "{metric: accuracy, worse_by_at_most: 0}"
    answer = against_before(tmp_path, '{"test_accuracy": 0.9}', None, threshold)
    assert answer.outcome is Outcome.COULD_NOT_RUN
    assert answer.evidence[0] == "v0.9.0 has no result for accuracy to compare with"


def test_what_nobody_asked_the_hub_is_no_comparison_that_passed(tmp_path: Path) -> None:
    threshold = "{metric: accuracy, worse_by_at_most: 0}"
    (tmp_path / "test_results.json").write_text('{"test_accuracy": 0.5}')
    (tmp_path / "config.json").write_text('{"architectures": ["A"]}')
    assert judge(tmp_path, threshold).outcome is Outcome.COULD_NOT_RUN
    first = Candidate(tmp_path, read_manifest(MANIFEST + f"thresholds: [{threshold}]\n"), earlier=Earlier())
    answer = evaluation.check(first)
    assert answer.outcome is Outcome.PASS
    assert answer.evidence[-1] == "there is no version before it"


@pytest.mark.parametrize(
    ("metric", "is_lower"),
    [("loss", True), ("eval_loss", True), ("word_perplexity", True), ("accuracy", False), ("f1", False)],
)
def test_which_values_are_better_follows_from_the_name(metric: str, is_lower: bool) -> None:
    assert is_lower_better(metric) is is_lower
