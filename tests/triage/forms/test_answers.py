from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.forms import Field, FieldKind, Form, Option, answers_of, read_form, read_template, recognise
from bot.triage.forms.answers import chosen, ticked
from tests.triage.forms.examples import FILLED, FORM, TEMPLATE

BUG, _ = read_form(FORM)
TEMPLATED = read_template(TEMPLATE)


def form(*labels: str, title: str = "", kind: FieldKind = FieldKind.TEXTAREA) -> Form:
    return Form("", "", tuple(Field(label, kind) for label in labels), title=title)


def test_answers_are_read_below_the_labels_and_nowhere_else() -> None:
    answers = answers_of(BUG, FILLED)
    assert answers["Python version"] == "3.11.4"
    assert answers["Log output"] == "```shell\n# Python version\n### a comment in code\n```"
    assert len(answers) == 5


def test_an_answer_may_have_headings_and_repeat_a_label() -> None:
    body = "### A\n\n### Details\n\n### A\n\n### B\n\nb"
    assert answers_of(form("A", "B"), body) == {"A": "### Details\n\n### A", "B": "b"}


def test_an_answer_of_one_line_ends_at_any_heading() -> None:
    assert answers_of(form("A", kind=FieldKind.INPUT), "### A\n\na\n\n### Unknown\n\nb") == {"A": "a"}
    assert answers_of(form("A", kind=FieldKind.INPUT), "### A\n\n### Unknown\n\nb") == {"A": ""}


def test_a_fence_that_is_never_closed_does_not_swallow_the_answers_after_it() -> None:
    body = "### A\n\n```\nopen\n\n### B\n\nb\n\n### C\n\n```python\nx\n```\n"
    assert answers_of(form("A", "B", "C"), body)["B"] == "b"


def test_labels_compare_without_emphasis_case_and_final_marks() -> None:
    assert answers_of(form("Your Question?"), "## **your question**\r\nx\r\n") == {"Your Question?": "x"}


def test_the_sections_of_a_template_are_found_in_bold_and_as_headings() -> None:
    body = "**Describe the bug**\nIt fails.\n\n## To Reproduce\nRun it."
    assert answers_of(TEMPLATED, body) == {"Describe the bug": "It fails.", "To Reproduce": "Run it."}


def test_the_form_with_most_of_its_labels_is_recognised() -> None:
    small, large = form("A", "B"), form("A", "B", "C")
    assert recognise([small, large], "### A\n\n### B\n\n### C\n") is large
    assert recognise([large, small], "### A\n\n### B\n") is small
    assert recognise([large, small], "### A\n\nx") is small
    assert recognise([large], "### A\n\nx") is None
    assert recognise([BUG, TEMPLATED], FILLED) is BUG


def test_of_forms_with_the_same_labels_the_title_decides() -> None:
    bug, usage = form("A", title="[Bug]: "), form("A", title="[Usage]: ")
    assert recognise([bug, usage], "### A\n\nx", "[Usage]: how?") is usage
    assert recognise([bug, usage], "### A\n\nx", "how?") is bug


def test_nothing_is_recognised_in_free_text() -> None:
    assert recognise([BUG, TEMPLATED, form()], "It does not work.") is None


BOXES = Field("B", FieldKind.CHECKBOXES, options=(Option("I searched [here](x)"), Option("I read it")))
CHOICE = Field(
    "C", FieldKind.DROPDOWN, options=tuple(map(Option, ("pip", "source, main", "main"))), multiple=True
)


def test_ticked_boxes_are_told_by_their_labels() -> None:
    assert ticked(BOXES, "- [X] I searched [here](x)\n- [ ] I read it\n- [x] else") == {
        "I searched [here](x)"
    }


@pytest.mark.parametrize(
    ("answer", "choices"),
    [
        ("pip", ("pip",)),
        ("pip, source, main", ("pip", "source, main")),
        ("main,pip", ("main", "pip")),
        ("pip, cargo", None),
        (" , ", None),
    ],
)
def test_choices_may_hold_commas(answer: str, choices: tuple[str, ...] | None) -> None:
    assert chosen(CHOICE, answer) == choices


@given(st.text(alphabet="#* _`~\n\r[]xAB-,", max_size=300))
def test_any_body_is_read(body: str) -> None:
    answers_of(BUG, body)
    recognise([BUG, TEMPLATED, form("A", "B")], body)
    ticked(BOXES, body)
    chosen(CHOICE, body)


def test_a_large_hostile_body_is_read() -> None:
    for body in ("### A\n" * 150_000, "```\n" * 250_000, "**" * 500_000, "<!--" * 250_000):
        recognise([form("A", "B")], body)
