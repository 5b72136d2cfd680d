import json
from dataclasses import replace
from typing import Any

import pytest

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.front_matter import split
from bot.cards.reading import read_facts
from tests.fixtures.make_models import DECLARED, tuned_model

PERSONS_RESULT = {
    "task": {"type": "image-classification"},
    "dataset": {"type": "acme/other", "name": "Other"},
    "metrics": [{"type": "accuracy", "value": 0.5}],
    "source": {"name": "A paper", "url": "https://example.org/paper"},
}
"""A result that somebody put into the model-index by hand."""


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_facts(tuned_model(tmp_path_factory.mktemp("models") / "model"))


def evaluated(*facts: Fact) -> Reading:
    return Reading(facts)


def index_of(card: str) -> list[dict[str, Any]]:
    [model] = split(card).data["model-index"]
    results: list[dict[str, Any]] = model["results"]
    return results


EVALUATED = Fact("eval_accuracy", 0.9, "eval_results.json", "eval_accuracy")
TESTED = Fact("test_accuracy", 0.8, "test_results.json", "test_accuracy")
F1 = Fact("test_f1", 0.7, "more_results.json", "test_f1")


def test_results_reach_the_metadata_only_when_people_said_what_they_were_measured_on(
    reading: Reading,
) -> None:
    assert "model-index" not in render_card(reading, replace(DECLARED, evaluated_on=None)).text


def test_of_evaluation_and_test_only_the_test_reaches_the_metadata() -> None:
    text = render_card(evaluated(EVALUATED, TESTED), DECLARED).text
    [result] = index_of(text)
    assert result["metrics"] == [{"type": "accuracy", "value": 0.8}]
    assert result["source"]["name"] == "test_results.json"
    told = text[text.index("Measured on") :]
    assert (
        told.index("`0.8`") < told.index("other data, which their file does not name") < told.index("`0.9`")
    )


def test_every_source_file_is_a_result_of_its_own() -> None:
    results = index_of(render_card(evaluated(F1, TESTED), DECLARED).text)
    assert [(one["source"]["name"], one["metrics"][0]["value"]) for one in results] == [
        ("more_results.json", 0.7),
        ("test_results.json", 0.8),
    ]


def test_a_number_is_taken_from_the_file_made_for_it() -> None:
    facts = [Fact("test_accuracy", 0.1, file, "k") for file in ("a_results.json", "all_results.json")]
    [result] = index_of(render_card(evaluated(*facts, TESTED), DECLARED).text)
    assert result["source"]["name"] == "test_results.json"


def test_results_that_people_put_into_the_metadata_stay(reading: Reading) -> None:
    data = f"model-index: {json.dumps([{'name': 'mine', 'results': [PERSONS_RESULT]}])}\n"
    first = render_card(reading, DECLARED, f"---\n{data}---\n# T\n").text
    assert PERSONS_RESULT in index_of(first)
    assert len(index_of(first)) == 2
    changed = replace(
        reading, facts=tuple(replace(f, value=0.1) if f.name == "eval_accuracy" else f for f in reading.facts)
    )
    again = render_card(changed, DECLARED, first).text
    assert PERSONS_RESULT in index_of(again)
    assert [one["metrics"][0]["value"] for one in index_of(again)] == [0.5, 0.1]
    assert split(again).data["model-index"][0]["name"] == "mine"


def test_results_of_other_models_and_addresses_do_not_name_the_model(reading: Reading) -> None:
    data = f"model-index: {json.dumps([{'name': 'mine', 'results': [PERSONS_RESULT]}])}\n"
    card = f"---\n{data}---\n# T\n".replace("example.org/paper", "github.com/them/theirs/blob/main/a.json")
    assert index_of(render_card(reading, Declared(), card).text) == index_of(card)


def test_results_that_are_gone_leave_the_card(reading: Reading) -> None:
    first = render_card(reading, DECLARED).text
    rest = tuple(fact for fact in reading.facts if not fact.name.startswith("eval_"))
    assert "## Evaluation" not in render_card(Reading(rest), DECLARED, first).text


def lm_eval(task: str, metric: str, value: float, **beside: float) -> list[Fact]:
    file = f"{task}/results_1.json"
    named = [Fact(f"lm_eval.{task}.{metric}", value, file, f"results.{task}.{metric}")]
    return named + [Fact(name, number, file, name) for name, number in beside.items()]


GENERATES = replace(DECLARED, pipeline_tag="text-generation", evaluated_on=None)


def test_runs_of_lm_evaluation_harness_name_their_data_themselves() -> None:
    facts = lm_eval("hellaswag", "acc_norm,none", 0.5) + lm_eval("gsm8k", "exact_match,strict-match", 0.25)
    first, second = index_of(render_card(Reading(tuple(facts)), GENERATES).text)
    assert first["dataset"] == {"name": "hellaswag", "type": "hellaswag"}
    assert first["metrics"] == [{"type": "acc_norm", "value": 0.5}]
    assert first["source"]["url"].endswith("/acme/digits-moved/blob/main/hellaswag/results_1.json")
    assert second["metrics"] == [{"type": "exact_match", "value": 0.25, "name": "strict-match"}]


def test_a_run_that_was_cut_short_is_told_as_such_and_is_no_result() -> None:
    text = render_card(Reading(tuple(lm_eval("hellaswag", "acc,none", 0.5, limit=8))), GENERATES).text
    assert "model-index" not in split(text).data
    assert "was measured with `limit=8`" in text
