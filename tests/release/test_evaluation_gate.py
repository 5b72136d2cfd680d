import json
from pathlib import Path
from typing import Any

import pytest

from bot.documents import DocumentError
from bot.release.gates import evaluation
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
