"""The queries the package ships, held to GitHub's GraphQL schema."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.github
from bot.actions import Annotation, ReportCheck
from bot.github.graphql import is_mutation, query_text
from bot.github.writer.together import check_input
from bot.sandbox.github.graphql import operation_of
from bot.sandbox.github.operations import OPERATIONS
from tests.sandbox.github import graphql

FILES = sorted((Path(bot.github.__file__).parent / "queries").glob("*.graphql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_query_is_one_github_understands(file: Path) -> None:
    assert graphql.violations(query_text(file.stem)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_query_is_called_as_its_file_and_says_whether_it_writes(file: Path) -> None:
    text = query_text(file.stem)
    assert operation_of(text) == file.stem
    assert is_mutation(text) == text.startswith("mutation ")


def test_the_sandbox_answers_these_queries_and_no_others() -> None:
    assert {file.stem for file in FILES} == set(OPERATIONS)


def test_the_check_run_that_goes_with_labels_is_one_github_takes() -> None:
    look = Annotation(path="a.py", line=3, column=2, level="warning", message="look")
    report = ReportCheck(
        repository="octo/models",
        commit="a" * 40,
        name="giveback",
        conclusion="neutral",
        title="One thing",
        summary="It is here.",
        annotations=(look, look.model_copy(update={"column": None, "level": "failure"})),
        reason="a test",
    )
    variables = {"thread": "PR_1", "taken": ["LA_1"], "added": ["LA_2"]}
    check = check_input(report, "R_1", "digest")
    text = query_text("SwapLabelsAndReport")
    assert graphql.wrong_variables(text, {**variables, "check": check}) == []
    assert graphql.wrong_variables(text, {**variables, "check": {**check, "conclusion": "fine"}})


def test_what_github_does_not_know_is_found_out() -> None:
    assert graphql.violations("query Q { viewer { shoeSize } }")
    assert graphql.wrong_in_answer("query Q { viewer { login } }", {}, {"viewer": {"login": None}})
