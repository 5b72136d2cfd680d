from __future__ import annotations

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from bot.triage.learning.prediction import LabelScore, Prediction
from bot.triage.sorting import label_of, labels_for

KNOWN = ("bug", "enhancement", "kind: docs", "component: tokenizer", "priority: high", "P0", "ask us")


def prediction(
    *labels: tuple[str, float, bool], type: str | None = None, by_rule: bool = False
) -> Prediction:
    scores = tuple(LabelScore(name, score, applied) for name, score, applied in labels)
    return Prediction(scores, type, 1.0, by_rule)  # type: ignore[arg-type]  # one of the types


def chosen(said: Prediction, *present: str, never: tuple[str, ...] = (), **names: str) -> list[str]:
    wishes = labels_for(said, known=KNOWN, present=present, names=cast(Any, names), never=never)
    return [wish.label for wish in wishes]


def test_a_type_the_issue_gives_itself_becomes_the_label_the_repository_has_for_it() -> None:
    assert chosen(prediction(type="feature", by_rule=True)) == ["enhancement"]
    assert chosen(prediction(type="docs", by_rule=True)) == ["kind: docs"]
    assert chosen(prediction(type="question", by_rule=True)) == []
    assert chosen(prediction(type="question", by_rule=True), question="ask us") == ["ask us"]


def test_a_type_that_was_only_guessed_is_not_a_label() -> None:
    assert chosen(prediction(type="bug")) == []


def test_learned_labels_are_given_when_they_are_sure_and_the_repository_has_them() -> None:
    said = prediction(("component: tokenizer", 0.97, True), ("bug", 0.6, False), ("gone", 0.99, True))
    assert chosen(said) == ["component: tokenizer"]


def test_a_type_that_stands_there_is_left_alone() -> None:
    said = prediction(("bug", 0.99, True), ("component: tokenizer", 0.99, True), type="bug", by_rule=True)
    assert chosen(said, "enhancement") == ["component: tokenizer"]
    assert chosen(said, "Bug") == ["component: tokenizer"]


def test_an_issue_gets_one_type() -> None:
    assert chosen(prediction(("bug", 0.99, True), ("enhancement", 0.98, True))) == ["bug"]


def test_what_is_peoples_business_is_never_given() -> None:
    said = prediction(("priority: high", 0.99, True), ("component: tokenizer", 0.99, True), ("P0", 1.0, True))
    assert chosen(said, never=("component:*", "p[0-9]")) == []


def test_of_several_names_the_shortest_is_meant() -> None:
    assert label_of("bug", ("kind/bug", "bug", "confirmed bug"), {}) == "bug"


@given(
    st.lists(st.tuples(st.text(max_size=9), st.floats(0, 1), st.booleans())),
    st.lists(st.text(max_size=9)),
    st.lists(st.text(max_size=9)),
    st.lists(st.text(max_size=9)),
)
def test_nothing_is_given_that_is_not_known_or_already_there(
    said: list[tuple[str, float, bool]], known: list[str], present: list[str], never: list[str]
) -> None:
    wishes = labels_for(prediction(*said), known=known, present=present, names={}, never=never)
    assert {wish.label for wish in wishes} <= set(known)
    assert not {wish.label.casefold() for wish in wishes} & {label.casefold() for label in present}
