from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.label_names import label_for
from bot.triage.tracebacks import standard_rules


@pytest.mark.parametrize(
    "label",
    [
        "tokenizer", "Tokenizer", "tokenizers", "component: tokenizer", "component:tokenizer",
        "area/tokenizer",
        "Area / Tokenizers", "module: tokenizer", "comp: tokenization", "Core: Tokenization",
    ],
)  # fmt: skip
def test_a_label_is_found_in_any_case_and_behind_a_prefix_of_its_group(label: str) -> None:
    expected = None if label == "Core: Tokenization" else label
    assert label_for("component", "tokenizer", [label, "bug"]) == expected


@pytest.mark.parametrize(
    "label", ["status: tokenizer", "tokenizer cleanup", "good first issue", "", "needs/tokenizer", "token"]
)
def test_another_label_is_not_taken_for_it(label: str) -> None:
    assert label_for("component", "tokenizer", [label]) is None


def test_the_name_itself_goes_before_another_word_and_a_prefix_before_none() -> None:
    known = ["tokenization", "tokenizer", "area: tokenizer"]
    assert label_for("component", "tokenizer", known) == "area: tokenizer"
    assert label_for("component", "tokenizer", known[:2]) == "tokenizer"


def test_a_plain_word_counts_only_behind_a_prefix() -> None:
    assert label_for("component", "core", ["core", "training"]) is None
    assert label_for("component", "core", ["core", "area: core"]) == "area: core"


def test_a_prefix_counts_in_its_own_group_alone() -> None:
    assert label_for("framework", "pytorch", ["backend: torch"]) == "backend: torch"
    assert label_for("hardware", "rocm", ["platform/ROCm"]) == "platform/ROCm"
    assert label_for("component", "tokenizer", ["hardware: tokenizer"]) is None


def test_what_the_repository_says_goes_before_everything() -> None:
    known = ["tokenizer", "Area: Text"]
    assert label_for("component", "tokenizer", known, {"Tokenizer": "area: text"}) == "Area: Text"
    assert label_for("component", "tokenizer", known, {"tokenizer": None}) is None
    assert label_for("component", "tokenizer", known, {"tokenizer": "not there"}) is None


def test_every_name_of_the_taxonomy_is_found_behind_a_prefix() -> None:
    for part in standard_rules().parts:
        for group, name in (("component", part.component), ("framework", part.framework)):
            assert not name or label_for(group, name, [f"area: {name}"]) == f"area: {name}"


@given(label=st.text(max_size=80))
def test_any_label_is_read(label: str) -> None:
    assert label_for("component", "tokenizer", [label]) in (label, None)
