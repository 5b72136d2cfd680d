from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import DocumentError
from bot.triage.forms import FieldKind, read_form, read_forms, read_template
from tests.triage.forms.examples import FORM, TEMPLATE


def test_a_form_is_read_with_its_fields_but_without_its_markdown() -> None:
    form, problems = read_form(FORM, "bug.yml")
    assert problems == ()
    assert (form.name, form.title, form.labels) == ("Bug report", "[Bug]:", ("bug", "needs triage"))
    assert [field.kind for field in form.fields] == [
        "textarea",
        "input",
        "dropdown",
        "textarea",
        "checkboxes",
    ]
    assert [field.required for field in form.fields] == [True, True, True, False, False]
    assert [option.required for option in form.fields[-1].options] == [True, False]
    assert form.fields[2].multiple
    assert form.fields[0].id == "env"


def test_labels_may_be_written_as_one_text() -> None:
    form, _ = read_form("labels: 'bug, needs triage'\nbody: []")
    assert form.labels == ("bug", "needs triage")


def test_fields_that_are_none_are_left_out_and_placed() -> None:
    form, problems = read_form(
        "body:\n  - type: slider\n  - type: input\n  - type: input\n    attributes: {label: A}\n"
    )
    assert [field.label for field in form.fields] == ["A"]
    assert [str(problem) for problem in problems] == [
        "2:5: this is no field of an issue form (it is left out)",
        "3:5: this field has no label (it is left out)",
    ]


def test_a_form_without_fields_is_refused() -> None:
    with pytest.raises(DocumentError, match="needs a list of fields"):
        read_form("name: x\n")


def test_the_headings_of_a_template_are_its_fields() -> None:
    form = read_template(TEMPLATE, "bug.md")
    assert (form.name, form.labels, form.is_template) == ("Report a bug", ("bug", "triage"), True)
    assert [(field.label, field.required) for field in form.fields] == [
        ("Describe the bug", True),
        ("To Reproduce", True),
        ("Desktop (please complete the following information):", False),
        ("Additional context", False),
    ]
    assert {field.kind for field in form.fields} == {FieldKind.SECTION}


def test_a_template_may_lack_its_front_matter() -> None:
    assert [field.label for field in read_template("## What?\n\n## Why?\n").fields] == ["What?", "Why?"]


def test_a_folder_is_read_with_its_chooser_and_its_problems() -> None:
    forms = read_forms(
        {
            ".github/ISSUE_TEMPLATE/b.yml": FORM,
            ".github/ISSUE_TEMPLATE/a.md": TEMPLATE,
            ".github/ISSUE_TEMPLATE/broken.yaml": "body: [",
            ".github/ISSUE_TEMPLATE/config.yml": """
blank_issues_enabled: false
contact_links:
  - {name: Forum, url: "https://example.org", about: Ask here}
  - nothing
""",
        }
    )
    assert [form.name for form in forms.forms] == ["Bug report", "Report a bug"]
    assert (forms.blank_issues, forms.contact_links[0].url) == (False, "https://example.org")
    assert [path for path, _ in forms.problems] == [".github/ISSUE_TEMPLATE/broken.yaml"]


@given(st.text(alphabet="a:-[]{}'\"\n #*_`<!>", max_size=200))
def test_any_text_is_a_form_a_template_or_a_placed_error(text: str) -> None:
    with suppress(DocumentError):
        read_form(f"body:\n  - {text}")
    with suppress(DocumentError):
        read_template(text)
