from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.environment import read_environment
from bot.triage.forms import Field, FieldKind, Form, MissingKind, missing, read_form, read_template
from bot.triage.forms.words import State, judge
from tests.triage.forms.examples import FILLED, FORM, TEMPLATE

BUG, _ = read_form(FORM)
TEMPLATED = read_template(TEMPLATE)


@dataclass(frozen=True)
class Said:
    value: str


@dataclass(frozen=True)
class Conflict:
    what: str

    def __str__(self) -> str:
        return f"{self.what}: 1 and 2"


@dataclass(frozen=True)
class Shown:
    python: Said | None = None
    packages: Mapping[str, Said] = field(default_factory=dict)
    accelerator: Said | None = None
    driver: Said | None = None
    os_family: str | None = None
    contradictions: tuple[Conflict, ...] = ()


def found(body: str, form: Form = BUG) -> list[tuple[str, str]]:
    return [(one.kind.value, one.label) for one in missing(form, body)]


def filled(old: str, new: str) -> str:
    assert old in FILLED
    return FILLED.replace(old, new)


def test_an_issue_with_all_that_is_required_lacks_nothing() -> None:
    assert missing(BUG, FILLED) == ()
    assert missing(BUG, FILLED.replace("\n", "\r\n")) == ()


def test_an_empty_answer_is_missing_with_the_forms_own_words() -> None:
    (one,) = missing(BUG, filled("Ubuntu 22.04, torch 2.4", "_No response_"))
    assert (one.kind, one.label) == (MissingKind.REQUIRED_EMPTY, "Your current environment")
    assert one.add == "Paste the output of the command."


def test_an_answer_that_was_removed_with_its_label_is_missing() -> None:
    assert found(filled("### Python version", "Python")) == [("required-empty", "Python version")]


def test_an_issue_that_followed_another_version_of_the_form_is_not_asked_for_new_labels() -> None:
    assert found(filled("### Python version", "### Version of Python")) == []
    assert found(filled("### Log output", "### Logs")) == []


def test_what_the_form_began_with_is_no_answer() -> None:
    began = BUG.fields[0].value
    assert found(filled("Ubuntu 22.04, torch 2.4", began)) == [("placeholder", "Your current environment")]
    more = began.replace("Your output of `python env.py` here", "torch 2.4")
    assert found(filled("Ubuntu 22.04, torch 2.4", more)) == []


def test_an_optional_field_is_never_asked_for() -> None:
    assert found(FILLED.replace("# Python version\n### a comment in code\n", "")) == []


def test_a_box_that_has_to_be_ticked_is_named() -> None:
    (one,) = missing(BUG, filled("- [x] I searched", "- [ ] I searched"))
    assert (one.kind, one.label) == (MissingKind.REQUIRED_EMPTY, "Before you submit")
    assert one.add == "tick: I searched for the same [issue](https://example.org)"


def test_an_answer_that_is_no_choice_is_told_with_the_choices() -> None:
    (one,) = missing(BUG, filled("pip, source, main branch", "homebrew"))
    assert one.kind is MissingKind.CONTRADICTION
    assert one.add == "the answer is no choice: choose pip, conda or source, main branch"
    assert found(filled("pip, source, main branch", "_No response_"))[0][0] == "required-empty"


def test_a_choice_called_none_is_an_answer() -> None:
    attributes = "{label: A, options: ['None', Some]}"
    form, _ = read_form(
        f"body:\n- type: dropdown\n  attributes: {attributes}\n  validations: {{required: true}}\n"
    )
    assert found("### A\n\nNone", form) == []


def test_an_untouched_section_of_a_template_is_told_unless_it_is_not_for_everybody() -> None:
    assert found(TEMPLATE, TEMPLATED) == [
        ("placeholder", "Describe the bug"),
        ("placeholder", "To Reproduce"),
    ]


def test_a_section_that_was_removed_from_a_template_is_not_asked_for() -> None:
    assert found("**Describe the bug**\nIt fails with 3.", TEMPLATED) == []
    assert found("**Describe the bug**\n\n**To Reproduce**\nrun", TEMPLATED) == [
        ("required-empty", "Describe the bug")
    ]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("", State.EMPTY),
        ("_No response_", State.EMPTY),
        ("```shell\n_No response_\n```", State.EMPTY),
        ("```shell\n\n```", State.EMPTY),
        ("- \n* ...", State.EMPTY),
        ("<!-- Describe it here -->", State.PLACEHOLDER),
        ("n/a", State.PLACEHOLDER),
        ("**TODO**.", State.PLACEHOLDER),
        ("Your answer here", State.PLACEHOLDER),
        ("paste the full log here", State.PLACEHOLDER),
        ("- OS: [e.g. iOS]\n- Version: [e.g. 22]", State.PLACEHOLDER),
        ("A clear and concise description of what the bug is.", State.PLACEHOLDER),
        ("- OS: Linux", State.ANSWERED),
        ("![image](https://example.org/a.png)", State.ANSWERED),
        ("<details><summary>Log</summary>\n\nit broke\n</details>", State.ANSWERED),
        ("3", State.ANSWERED),
        ("Nothing happens when I test it", State.ANSWERED),
        ("モデルが読み込めません", State.ANSWERED),
    ],
)
def test_answers_are_told_from_what_stands_where_nobody_answered(answer: str, state: State) -> None:
    assert judge(answer) is state


def test_lines_of_the_fields_own_text_do_not_count() -> None:
    assert judge("- OS:\n- Python:", "- OS:\n- Python:\n- GPU:") is State.PLACEHOLDER
    assert judge("- OS: Linux\n- Python:", "- OS:\n- Python:") is State.ANSWERED


def contradicted(label: str, answer: str, shown: Shown) -> list[str]:
    form = Form("", "", (Field(label, FieldKind.INPUT),))
    return [one.add for one in missing(form, f"### {label}\n\n{answer}", shown)]


@pytest.mark.parametrize(
    ("label", "answer", "shown", "told"),
    [
        (
            "Python version",
            "3.8",
            Shown(python=Said("3.11.4")),
            "the answer says 3.8, the environment Python 3.11.4",
        ),
        ("Python version", "3.11", Shown(python=Said("3.11.4")), ""),
        ("Python version", "3.8 and 3.11", Shown(python=Said("3.11.4")), ""),
        (
            "PyTorch version",
            "v2.1",
            Shown(packages={"torch": Said("2.4.0+cu121")}),
            "the answer says 2.1, the environment torch 2.4.0+cu121",
        ),
        ("Version", "2.1", Shown(packages={"torch": Said("2.4.0")}), ""),
        (
            "Operating system",
            "Windows 11",
            Shown(os_family="linux"),
            "the answer says Windows 11, the environment linux",
        ),
        ("OS", "Windows 11", Shown(os_family="wsl"), ""),
        ("OS", "Ubuntu", Shown(os_family="linux"), ""),
        (
            "GPU backend",
            "ROCm",
            Shown(accelerator=Said("cuda")),
            "the answer says ROCm, the environment cuda",
        ),
        ("GPU backend", "CPU", Shown(accelerator=Said("cuda")), ""),
    ],
)
def test_an_answer_that_the_environment_contradicts_is_told(
    label: str, answer: str, shown: Shown, told: str
) -> None:
    assert contradicted(label, answer, shown) == ([told] if told else [])


def test_what_the_environment_disagrees_about_with_itself_is_told() -> None:
    assert contradicted("A", "x", Shown(contradictions=(Conflict("torch"),))) == ["torch: 1 and 2"]


def test_the_environments_of_the_house_have_the_shape_that_is_asked_for() -> None:
    environment = read_environment("- `transformers` version: 4.50.0\n- Python version: 3.11.4\n")
    form = Form("", "", (Field("Python version", FieldKind.INPUT),))
    assert [one.kind for one in missing(form, "### Python version\n\n3.8", environment)] == ["contradiction"]


@given(st.text(alphabet="#*-[]xX `~<!->\n_NoresponaAv/3.1", max_size=300))
def test_any_body_is_compared(body: str) -> None:
    assert len(missing(BUG, body, Shown(python=Said("3.1"), os_family="linux"))) <= 20
    missing(TEMPLATED, body)
