from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.learning.names import TYPES, is_process, type_by_rule, type_of_name
from bot.triage.learning.text import take_apart


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bug", "bug"),
        ("Bug :bug:", None),
        ("🐛 Bug", "bug"),
        ("kind/bug", "bug"),
        ("type: Feature Request", "feature"),
        ("type:enhancement", "feature"),
        ("T-bug", "bug"),
        ("documentation", "docs"),
        ("usage", "question"),
        ("area: tokenizer", None),
        ("", None),
    ],
)
def test_a_label_is_known_by_what_repositories_call_it(name: str, kind: str | None) -> None:
    assert type_of_name(name) == kind


@pytest.mark.parametrize(
    "name", ["duplicate", "good first issue", "P0", "priority: high", "stat:awaiting response", "needs-info"]
)
def test_labels_that_run_the_project_are_told_from_the_others(name: str) -> None:
    assert is_process(name)


@pytest.mark.parametrize("name", ["bug", "rocm", "area: data", ""])
def test_labels_about_an_issue_do_not_run_the_project(name: str) -> None:
    assert not is_process(name)


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("[Bug]: it crashes", "", "bug"),
        ("[Usage] starting it", "", "question"),
        ("It crashes", "### Issue type\n\nDocumentation Feature Request\n", "feature"),
        ("It crashes", "Type: <b>Feature Request</b>\n", "feature"),
        ("docs: a typo", "", "docs"),
        ("It crashes", "There is a bug.", None),
    ],
)
def test_an_issue_names_its_own_type_by_form_or_prefix(title: str, body: str, kind: str | None) -> None:
    assert type_by_rule(take_apart(title, body)) == kind


def test_a_forms_answer_counts_more_than_the_title() -> None:
    assert type_by_rule(take_apart("[Bug] Add a flag", "### Issue type\n\nFeature\n")) == "feature"


@given(st.text())
def test_any_name_is_read(name: str) -> None:
    assert type_of_name(name) in (None, *TYPES)
    is_process(name)
