from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.asking import Words, has_words, is_bug, lack_of, still_missing, type_said
from bot.triage.forms import Forms, MissingKind, read_forms
from bot.triage.learning.prediction import Prediction
from tests.triage.forms.examples import FORM

FORMS = read_forms({".github/ISSUE_TEMPLATE/bug.yml": FORM})
EMPTY = """\
### Your current environment

_No response_

### Python version

_No response_

### How did you install it?

pip

### Log output

_No response_

### Before you submit

- [x] I searched for the same [issue](https://example.org)
"""
ENVIRONMENT = """\
PyTorch version: 2.4.0
Python version: 3.11.4 (64-bit runtime)
Is CUDA available: True
OS: Ubuntu 22.04.4 LTS (x86_64)
"""
MANY = (
    "It crashes when I run it, and it did not before, on every machine I tried it on, with all data I have. "
    * 2
)
TRACEBACK = """\
Traceback (most recent call last):
  File "/home/bob/run.py", line 3, in <module>
    go()
ValueError: the shapes of these tensors do not fit together
"""


def lacks(title: str, body: str, reply: str = "", forms: Forms = FORMS, **options: bool) -> list[str]:
    options = {"repository_is_ai": True, **options}
    return [one.label for one in lack_of(Words(title, body, reply), forms, **options).missing]


def test_what_a_form_requires_and_does_not_get_is_missing() -> None:
    assert lacks("[Bug]: x", EMPTY) == ["Your current environment", "Python version"]


def test_what_stands_elsewhere_in_the_issue_is_not_asked_for_again() -> None:
    assert lacks("[Bug]: x", f"{EMPTY}\n```\n{ENVIRONMENT}```\n") == []


@pytest.mark.parametrize(
    ("reply", "left"),
    [
        ("Python 3.11.4", []),
        (ENVIRONMENT, []),
        ("It is all in https://gist.github.com/bob/0123456789abcdef", []),
        ("[env.txt](https://github.com/user-attachments/files/1234/env.txt)", []),
        ("Sorry, what do you mean?", ["Your current environment", "Python version"]),
        ("> Python 3.11, torch 2.4", ["Your current environment", "Python version"]),
        ("<!-- Python 3.11 -->", ["Your current environment", "Python version"]),
        ("", ["Your current environment", "Python version"]),
    ],
)
def test_a_reply_brings_what_it_says_or_leads_to(reply: str, left: list[str]) -> None:
    assert lacks("[Bug]: x", EMPTY, reply) == left


def test_a_box_is_ticked_by_an_edit_alone() -> None:
    body = EMPTY.replace("[x]", "[ ]").replace("_No response_", "3.11, torch 2.4")
    assert lacks("[Bug]: x", body) == ["Before you submit"]
    body = EMPTY.replace("[x]", "[ ]")
    everything = ["Your current environment", "Python version", "Before you submit"]
    assert lacks("[Bug]: x", body) == everything
    assert lacks("[Bug]: x", body, "I did search") == everything


def test_nobody_who_answered_all_else_is_held_up_by_a_box() -> None:
    body = EMPTY.replace("[x]", "[ ]")
    assert lacks("[Bug]: x", body, "I did search, see https://gist.github.com/bob/abc") == []


def test_an_answer_that_the_environment_contradicts_is_asked_about() -> None:
    body = EMPTY.replace("### Python version\n\n_No response_", "### Python version\n\n3.9").replace(
        "### Your current environment\n\n_No response_",
        f"### Your current environment\n\n```\n{ENVIRONMENT}```",
    )
    (one,) = lack_of(Words("[Bug]: x", body), FORMS).missing
    assert (one.kind, one.label) == (MissingKind.CONTRADICTION, "Python version")


def test_what_blocks_of_an_environment_disagree_about_is_not_the_forms_matter() -> None:
    body = EMPTY.replace("### Python version\n\n_No response_", "### Python version\n\nboth").replace(
        "### Your current environment\n\n_No response_",
        f"### Your current environment\n\n```\n{ENVIRONMENT}```\n\nSystem:\n    python: 3.9.1 (main)\n",
    )
    assert lacks("[Bug]: x", body) == []


def test_a_bug_without_a_form_is_asked_for_what_concerns_it() -> None:
    assert lacks("Crash when I load the model", "It fails", forms=Forms()) == [
        "Traceback",
        "Code",
        "Versions",
    ]
    body = f"```\n{TRACEBACK}```\n\ntorch 2.4\n"
    assert lacks("Crash when I load the model", body, forms=Forms()) == ["Code", "Model"]


def test_a_log_in_a_fence_is_no_code_and_code_in_a_fence_is() -> None:
    body = f"torch 2.4, Python 3.11\n\n```python\n{TRACEBACK}```\n"
    assert lacks("Crash", body, forms=Forms()) == ["Code"]
    assert lacks("Crash", f"{body}\n```python\nload('x')\n```\n", forms=Forms()) == []


def test_lines_of_code_in_a_traceback_are_no_code_of_the_reporter() -> None:
    shown = TRACEBACK.replace("    go()", "    model = AutoModel.from_pretrained(path)")
    body = f"torch 2.4, Python 3.11, openai/model\n\n```\n{shown}```\n"
    assert lacks("Crash", body, forms=Forms()) == ["Code"]
    assert lacks("Crash", f"{body}\nmodel = load('x')\n", forms=Forms()) == []


def test_a_reply_completes_a_report_without_a_form() -> None:
    assert lacks("Crash", "It fails", f"torch 2.4\n\n```\n{TRACEBACK}```", Forms()) == ["Code"]
    assert lacks("Crash", "It fails", "https://gist.github.com/bob/abc", Forms()) == []


@pytest.mark.parametrize(
    ("title", "labels", "expected"),
    [
        ("[Bug]: x", (), "bug"),
        ("[Feature]: no more errors", ("bug",), "feature"),
        ("Errors in torch", (), None),
        ("Errors in torch", ("enhancement",), "feature"),
        ("Errors in torch", ("enhancement", "kind: bug"), "bug"),
    ],
)
def test_a_prefix_says_what_an_issue_is_before_its_labels_do(
    title: str, labels: tuple[str, ...], expected: str | None
) -> None:
    assert type_said(Words(title, "", labels=labels)) == expected


SHOWN = "```\n" + TRACEBACK + "```\n"


@pytest.mark.parametrize(
    ("words", "expected", "bug"),
    [
        (Words("Errors in torch", MANY), Prediction((), None), False),
        (Words("Errors in torch", MANY), Prediction((), "bug", 0.8), False),
        (Words("Errors in torch", "It crashes"), Prediction((), None), True),
        (Words("Errors in torch", "It crashes"), Prediction((), "bug", 0.8), True),
        (Words("Errors in torch", "It crashes"), Prediction((), "question", 0.5), False),
        (Words("训练报错", "CUDA error"), Prediction((), None), True),
        (Words("训练报错", "CUDA error 训练的时候报错了" * 9), Prediction((), None), False),
        (Words("Errors in torch", "It crashes, why?"), Prediction((), None), False),
        (Words("Errors in torch", "It crashes when I\n- build\n- run"), Prediction((), None), False),
        (Words("Errors in torch", "It crashes since 2.4.1"), Prediction((), None), False),
        (Words("Errors in torch", "It crashes: ![](https://x.org/a.png)"), Prediction((), None), False),
        (Words("Better errors in torch", "They crash"), Prediction((), None), False),
        (Words("Loss curves", "It would be nice to see where it fails"), Prediction((), None), False),
        (Words("Loss curves", "They look odd to me"), Prediction((), None), False),
        (Words("Errors in torch", "It crashes"), Prediction((), "bug", 0.9, type_sure=True), True),
        (Words("Errors in torch", "It crashes"), Prediction((), "bug", 0.9, by_rule=True), True),
        (Words("Errors in torch", SHOWN), Prediction((), None), True),
        (Words("Errors in torch", SHOWN), Prediction((), "bug", 0.5), True),
        (Words("Errors in torch", SHOWN), Prediction((), "question", 0.5), False),
        (Words("Errors in torch", SHOWN), Prediction((), "feature", 0.9, type_sure=True), False),
        (Words("[Bug]: x", ""), Prediction((), "question", 0.9, type_sure=True), True),
        (Words("[Question]: x", SHOWN), Prediction((), "bug", 0.9, type_sure=True), False),
        (Words("[Bug]: an icon for the panel?", ""), Prediction((), "bug", 0.9, type_sure=True), False),
        (Words("[Bug]: is this an error in torch? ", SHOWN), Prediction((), None), True),
    ],
)
def test_an_issue_is_a_bug_by_what_is_sure(words: Words, expected: Prediction, bug: bool) -> None:
    assert is_bug(words, expected) is bug


def test_an_issue_that_says_that_it_is_no_bug_lacks_nothing() -> None:
    assert lacks("[Feature]: no more errors in torch", "", forms=Forms()) == []


def test_what_a_form_that_is_gone_left_without_an_answer_was_optional_and_is_not_asked_for() -> None:
    body = "### Bazel version\n\n_No response_\n\n### Python version\n\n3.11\n"
    assert lacks("Crash", body, forms=Forms()) == ["Traceback", "Code"]


def test_nobody_is_asked_for_more_later() -> None:
    lack = lack_of(Words("Crash", "it fails"), Forms(), repository_is_ai=True)
    assert [one.label for one in still_missing(lack, ["Code", "Model"])] == ["Code"]


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("bug", ""),
        ("Bug", "<!-- say more -->\n"),
        ("[Feature]: help", ""),
        ("Question: broken", " \n"),
        ("help!", ""),
    ],
)
def test_an_issue_that_says_nothing_is_asked_what_happened(title: str, body: str) -> None:
    assert lacks(title, body) == ["What happened"]
    assert is_bug(Words(title, body), Prediction((), None))


@pytest.mark.parametrize(
    ("title", "body"), [("bug", "see #3"), ("Support Python 3.15", ""), ("Typo in README.md title", "")]
)
def test_an_issue_that_says_something_is_not_asked_what_happened(title: str, body: str) -> None:
    assert "What happened" not in lacks(title, body)


def test_words_in_a_reply_are_what_happened() -> None:
    lack = lack_of(Words("bug", "", "it crashes since yesterday"), Forms(), repository_is_ai=True)
    assert still_missing(lack, ["What happened"]) == ()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("yes", True), ("/help", False), ("> you wrote", False), ("<!-- x -->", False), ("/help\nThanks", True)],
)
def test_quotes_and_commands_are_no_reply(reply: str, expected: bool) -> None:
    assert has_words(reply) is expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("@giveback clsoe", False),
        ("@Giveback[bot]: assign @bob please", False),
        ("@giveback torch 2.5.1", True),
        ("@giveback I did that and it fails all the same", True),
        ("@giveback clsoe\nIt still fails", True),
        ("@alice done", True),
        ("@givebacks done", True),
    ],
)
def test_a_mistyped_command_to_the_bot_is_no_reply_and_an_answer_to_it_is(reply: str, expected: bool) -> None:
    assert has_words(reply, "giveback") is expected


@given(title=st.text(max_size=50), body=st.text(max_size=300), reply=st.text(max_size=200))
def test_any_words_are_judged_alike_every_time(title: str, body: str, reply: str) -> None:
    one = Words(title, body, reply)
    for forms in (FORMS, Forms()):
        assert lack_of(one, forms, repository_is_ai=True) == lack_of(one, forms, repository_is_ai=True)
    assert is_bug(one, Prediction((), None)) is is_bug(one, Prediction((), None))


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 20_000,
        "### \n" * 20_000,
        "```\n" * 20_000,
        "> " * 40_000,
        "error" * 20_000,
        "    x\n" * 15_000,
    ],
    ids=lambda text: text[:8],
)
@pytest.mark.timeout(20)
def test_a_hostile_issue_is_read_quickly(text: str) -> None:
    lack_of(Words("Crash", text, text), FORMS, repository_is_ai=True)
    lack_of(Words("Crash", text, text), Forms(), repository_is_ai=True)
