from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.learning import learn as learning
from bot.triage.learning.examples import labelled
from bot.triage.learning.learn import learn
from bot.triage.learning.model import Model, no_model, predict, predict_all
from bot.triage.learning.prediction import Prediction
from tests.triage.learning.histories import NAMES, history, issue

KINDS = {"bug": "bug", "enhancement": "feature", "question": "question"}


BUG = "It fails with a ValueError since the last version. Steps to reproduce: run it."


def applied(prediction: Prediction) -> list[str]:
    return [label.name for label in prediction.labels if label.applied]


def test_labels_are_learned_under_the_names_people_use(model: Model) -> None:
    assert {label.name for label in model.labels} == {*NAMES, "area: tokenizer"}
    assert model.types == ("bug", "feature", "question")


def test_what_is_like_the_past_is_labelled_like_it(model: Model) -> None:
    new = history(60, seed=1, start=1_000)
    for said, asked in zip(predict_all(model, new), new, strict=True):
        assert said.type == KINDS[asked.labels[0]]
        assert asked.labels[0] in applied(said)


def test_an_issue_can_get_several_labels(model: Model) -> None:
    said = predict(model, issue(1, "The tokenizer crashes", BUG))
    assert set(applied(said)) == {"bug", "area: tokenizer"}


def test_the_likeliest_label_comes_first(model: Model) -> None:
    scores = [label.score for label in predict(model, issue(1, "The cache crashes", "It fails.")).labels]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_only_one_label_of_a_type_is_applied(model: Model) -> None:
    for asked in history(60, seed=2, noise=0.5):
        assert len(set(applied(predict(model, asked))) & set(NAMES)) <= 1


def test_the_same_history_gives_the_same_model(model: Model) -> None:
    again = learn(history(300))
    np.testing.assert_array_equal(model.weights, again.weights)
    assert model.labels == again.labels


def test_the_order_of_the_lines_does_not_matter(model: Model) -> None:
    again = learn(reversed(history(300)))
    np.testing.assert_array_equal(model.weights, again.weights)


def test_labels_given_by_chance_are_shown_and_not_applied() -> None:
    chaos = learn(history(200, noise=1.0))
    assert all(label.threshold.score is None for label in chaos.labels if label.name in NAMES)
    said = predict(chaos, issue(1, "The cache crashes"))
    assert {label.name for label in said.labels} >= set(NAMES)
    assert not set(applied(said)) & set(NAMES)


def test_a_label_with_few_examples_is_left_out_and_named() -> None:
    rare = [*history(100), issue(500, "Odd", labels=["rare"])]
    found = learn(rare)
    assert "rare" not in {label.name for label in found.labels}
    assert [one.reason for one in found.left_out if one.name == "rare"] == ["1 examples, 20 are needed"]


def test_labels_that_run_the_project_are_left_out() -> None:
    busy = [
        one.model_copy(update={"labels": (*one.labels, "P0")} if one.number % 2 else {})
        for one in history(100)
    ]
    assert "P0" in {one.name for one in learn(busy).left_out}
    assert "P0" not in {label.name for label in learn(busy).labels}


def test_a_short_history_tells_and_does_not_apply() -> None:
    short = learn(history(45))
    said = predict(short, issue(1, "The cache crashes", "It fails with a ValueError since the last version."))
    assert (short.held_out, said.type, applied(said)) == ("nothing", "bug", [])


def test_a_long_history_is_judged_on_its_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "NEWEST_FROM", 300)
    assert learn(history(300)).held_out == "newest"
    assert learn(history(299)).held_out == "folds"


def test_other_repositories_help_one_without_types() -> None:
    own = [issue(number, f"Thing {number}", labels=["area: data"]) for number in range(30)]
    found = learn(own, also=[history(150)])
    said = predict(found, issue(1, "The cache crashes", "It fails with a ValueError since the last version."))
    assert said.type == "bug"
    assert {label.name for label in said.labels}.isdisjoint(NAMES)
    assert applied(said) == []


def test_other_repositories_bring_no_labels() -> None:
    foreign = [one.model_copy(update={"labels": ("theirs",)}) for one in history(100)]
    assert "theirs" not in {label.name for label in learn(history(100), also=[foreign]).labels}


@pytest.mark.parametrize("own", [[], [issue(1, "A title", "A body")]])
def test_without_history_an_issues_own_word_decides(own: list[object]) -> None:
    found = learn([])
    assert predict(found, issue(1, "[Bug] it crashes")) == Prediction((), "bug", 1.0, by_rule=True)
    assert predict(found, issue(1, "it crashes")) == Prediction((), None)
    assert predict(no_model(), issue(1, "[Feature] a flag")).type == "feature"


def test_prefixes_that_were_always_right_decide() -> None:
    marked = [one.model_copy(update={"title": f"[{one.labels[0]}] {one.title}"}) for one in history(120)]
    found = learn(marked)
    said = predict(found, issue(1, "[Enhancement] The cache crashes"))
    assert found.rule.trusted
    assert (said.type, said.by_rule, applied(said)) == ("feature", True, ["enhancement"])


def test_prefixes_that_were_often_wrong_do_not_decide() -> None:
    marked = [one.model_copy(update={"title": f"[Bug] {one.title}"}) for one in history(120)]
    found = learn(marked)
    assert not found.rule.trusted
    assert predict(found, marked[0]).by_rule is False


def test_pull_requests_and_unlabelled_issues_are_passed_over() -> None:
    pull = issue(1, "A change", labels=["bug"]).model_copy(update={"pull_request": {}})
    assert labelled([pull, issue(2, "Nobody looked at it")]) == []


def test_issues_are_taken_in_the_order_they_were_opened() -> None:
    shuffled = [issue(number, "x", labels=["bug"]) for number in (3, 1, 2)]
    assert [one.number for one in labelled(shuffled)] == [1, 2, 3]


WORDS = [
    "crash",
    "how",
    "```",
    "\n### Issue type\n",
    "Bug",
    "\x00",
    "\ud800",
    "é",
    "?" * 50,
    "<!--",
    "a" * 999,
]


@given(st.lists(st.sampled_from(WORDS)).map(" ".join), st.text())
def test_any_issue_is_answered(title: str, body: str) -> None:
    said = predict(HOSTILE, issue(1, title, body))
    assert said.type is not None
    assert all(np.isfinite(label.score) for label in said.labels)


def test_a_history_of_hostile_texts_is_learned_from() -> None:
    texts = itertools.cycle(WORDS)
    odd = [issue(number, next(texts), next(texts) * 50, [NAMES[number % 3]]) for number in range(60)]
    predict(learn(odd), odd[0])


HOSTILE = learn(history(90))
