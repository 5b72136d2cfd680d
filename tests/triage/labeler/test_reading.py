from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import DocumentError
from bot.triage.labeler import LabelerInputs, read_inputs, read_labeler


def complaint(text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        read_labeler(text)
    return str(caught.value)


def problems(text: str) -> list[str]:
    return [str(problem) for problem in read_labeler(text).problems]


def test_an_empty_file_has_no_rules() -> None:
    assert read_labeler("").rules == ()


def test_the_limits_are_read_as_numbers_or_digits() -> None:
    rules = read_labeler("changed-files-labels-limit: 5\nmax-files-changed: '10'\n")
    assert (rules.labels_limit, rules.max_files, rules.rules) == (5, 10, ())


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "[]", "true", "'１'"])
def test_a_limit_that_is_no_whole_number_is_placed(value: str) -> None:
    assert complaint(f"max-files-changed: {value}") == (
        '1:20: "max-files-changed" has to be a whole number from 0 on'
    )


@pytest.mark.parametrize(
    "text",
    ["docs: docs/**", "docs:\n  - docs/**", "docs:\n  - any: ['docs/**']", "docs:\n  - all: ['!docs/**']\n"],
)
def test_the_form_of_version_4_is_told_apart_with_the_way_to_write_it_now(text: str) -> None:
    said = complaint(text)
    assert "form of actions/labeler 4" in said
    assert "any-glob-to-any-file" in said


def test_an_unknown_quantity_is_an_error_at_its_key() -> None:
    text = "docs:\n  - changed-files:\n      - any-globs-to-any-file: '**'\n"
    assert complaint(text).startswith(
        '3:9: unknown key "any-globs-to-any-file" under "changed-files" (one of'
    )


def test_what_is_no_text_is_an_error_where_a_glob_is_expected() -> None:
    assert complaint("a:\n  - changed-files:\n      - any-glob-to-any-file: [1]\n").startswith(
        "3:32: expected a glob"
    )
    assert complaint("a:\n  - head-branch: 7\n").startswith("2:18: expected a regular expression")


def test_what_the_action_passes_over_in_silence_is_told() -> None:
    assert problems("a:\n  - chnaged-files: x\n  - any: no list\n") == [
        '2:5: unknown key "chnaged-files" is passed over '
        "(any, all, changed-files, base-branch or head-branch)",
        '3:10: "any" is passed over: it is not a list (begin its lines with "- ")',
    ]
    assert problems("a:\n  - changed-files:\n      any-glob-to-any-file: x\n")[0].startswith(
        '3:7: "changed-files" is'
    )


def test_a_label_with_something_unsupported_is_left_undecided_and_the_rest_is_used() -> None:
    rules = read_labeler("a:\n  - head-branch: '^(?!main)'\nb:\n  - head-branch: '^x'\n")
    assert rules.undecided == ("a",)
    assert [rule.label for rule in rules.rules] == ["b"]
    assert str(rules.problems[0]).startswith('2:18: look-ahead "(?!" is not supported')


def test_a_file_with_more_globs_than_can_be_asked_leaves_the_rest_undecided() -> None:
    globs = ", ".join(["'{1..300}'"] * 20)
    text = f"a: [{{changed-files: [{globs}]}}]\nb: [{{changed-files: [x]}}]\nc: [{{head-branch: x}}]\n"
    rules = read_labeler(text)
    assert rules.undecided == ("a", "b")
    assert rules.problems[-1].message == "the globs of a file may stand for 5000 at most"


def test_every_error_of_a_file_is_told_at_once() -> None:
    assert complaint("a: 1\nb: x\nmax-files-changed: no\n").count("\n") == 2


@given(st.text(alphabet="ab:-[]{}'\"*!|> \n?&#,.", max_size=200))
def test_any_text_is_rules_or_a_placed_error(text: str) -> None:
    with suppress(DocumentError):
        read_labeler(f"label:\n  - changed-files:\n    - {text}")


def test_the_inputs_of_a_step_are_read_with_their_defaults() -> None:
    workflow = """
jobs:
  label:
    steps:
      - uses: actions/checkout@v5
      - uses: actions/labeler@v6
        with:
          Sync-Labels: true
          dot: "false"
          configuration-path: ${{ inputs.path }}
"""
    assert read_inputs(workflow) == LabelerInputs(".github/labeler.yml", sync_labels=True, dot=False)
    assert read_inputs("jobs: {a: {steps: [{uses: actions/labeler@v5}]}}") == LabelerInputs()
    assert read_inputs("jobs: {a: {steps: [{run: x}, 1, {uses: 3}]}, b: 1}") is None
