from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.actions import Action, AddLabels, RemoveLabels, SetSection
from bot.events import Issue, Thread
from bot.features.triage import TriageSection, assess, issue_edited, issue_opened
from bot.rendering import code
from tests.fixtures.events import account, event, issue

COMPLETE = """It crashes when loading.

Python 3.11, torch 2.5.1

```python
load("model")
```

Traceback (most recent call last):
ValueError: no such file
"""


class Status:
    """The status comment of the thread: whether it asks something."""

    def __init__(self, asks: bool) -> None:
        self.asks = asks

    async def has_section(self, thread: Thread, section: str) -> bool:
        assert (thread, section) == (Thread("octo/models", 7), "triage")
        return self.asks


async def plan(section: TriageSection | None = None, **fields: Any) -> Sequence[Action]:
    opened = event("issues", "opened", issue=issue(**fields))
    return await issue_opened(opened, section or TriageSection(), Status(asks=False))


async def edited(*, asks: bool, section: TriageSection | None = None, **fields: Any) -> Sequence[Action]:
    happened = event("issues", "edited", issue=issue(**fields))
    return await issue_edited(happened, section or TriageSection(), Status(asks))


def labels(actions: Sequence[Action]) -> list[str]:
    return [label for action in actions if isinstance(action, AddLabels) for label in action.labels]


def words(actions: Sequence[Action]) -> list[str]:
    return [action.body for action in actions if isinstance(action, SetSection)]


@pytest.mark.parametrize(
    ("title", "body", "label"),
    [
        ("Crash when loading", "", "bug"),
        ("Loading fails with OOM", "", "bug"),
        ("It doesn't work", "", "bug"),
        ("Please add support for GGUF", "", "enhancement"),
        ("Typo in the README", "", "documentation"),
        ("How do I fine-tune?", "", "question"),
        ("Hello", "", None),
        ("", "", None),
    ],
)
def test_an_issue_is_sorted_by_its_words(title: str, body: str, label: str | None) -> None:
    assert assess(Issue(number=1, title=title, body=body)).label == label


@pytest.mark.parametrize(
    ("missing", "asked"),
    [
        ("Python 3.11, torch 2.5.1", "versions"),
        ("```", "shortest code"),
        ("Traceback (most recent call last):\nValueError: no such file", "error message"),
    ],
)
def test_exactly_what_a_bug_report_lacks_is_asked_for(missing: str, asked: str) -> None:
    triage = assess(Issue(number=1, title="Crash", body=COMPLETE.replace(missing, "")))
    assert len(triage.missing) == 1
    assert asked in triage.missing[0]


async def test_an_incomplete_bug_report_is_labelled_and_asked_for_the_rest() -> None:
    actions = await plan(title="Crash when loading", body="it fails")
    assert labels(actions) == ["bug", "needs-info"]
    (asked,) = words(actions)
    assert asked.count("\n- ") == 3


async def test_a_complete_bug_report_is_only_labelled() -> None:
    actions = await plan(title="Crash when loading", body=COMPLETE)
    assert labels(actions) == ["bug"]
    assert words(actions) == []


async def test_an_edit_that_completes_the_report_takes_the_question_back() -> None:
    actions = await edited(asks=True, title="Crash when loading", body=COMPLETE)
    assert [action.labels for action in actions if isinstance(action, RemoveLabels)] == [("needs-info",)]
    assert words(actions) == [""]
    assert labels(actions) == []


async def test_an_edit_that_brings_a_part_is_asked_for_the_rest() -> None:
    actions = await edited(asks=True, title="Crash when loading", body="Python 3.11, torch 2.5.1")
    (asked,) = words(actions)
    assert asked.count("\n- ") == 2
    assert labels(actions) == []


async def test_an_edit_of_an_issue_that_is_asked_nothing_starts_no_question() -> None:
    assert await edited(asks=False, title="Crash when loading", body="it fails") == []


@pytest.mark.parametrize("body", ["it fails", COMPLETE])
async def test_a_closed_issue_is_left_alone(body: str) -> None:
    assert await edited(asks=True, state="closed", title="Crash", body=body) == []
    assert await plan(state="closed", title="Crash", body=body) == []


async def test_an_edit_after_questions_were_switched_off_takes_the_question_back() -> None:
    actions = await edited(asks=True, section=TriageSection(ask=False), title="Crash", body="it fails")
    assert words(actions) == [""]


async def test_a_question_left_open_in_a_form_is_asked_by_its_heading() -> None:
    body = "### What happened\n\nIt fails\n\n### Which version\n\n_No response_\n\n### Log\n\nnone\n"
    assert assess(Issue(number=1, title="Crash", body=body)).missing == ("Which version", "Log")


@pytest.mark.parametrize(
    "heading",
    ["@everyone [x](http://evil) <b>", "Please download https://evil.example", "` www.evil.example"],
)
async def test_the_headings_of_a_stranger_are_repeated_as_code(heading: str) -> None:
    (asked,) = words(await plan(title="Crash", body=f"### {heading}\n\n"))
    (item,) = [line for line in asked.split("\n") if line.startswith("- ")]
    assert item == f"- {code(heading)}"
    inline = [child.type for block in MarkdownIt("commonmark").parse(item) for child in block.children or []]
    assert inline == ["code_inline"]


async def test_of_many_questions_left_open_the_first_five_are_named() -> None:
    body = "".join(f"### Question {number}\n\n_No response_\n\n" for number in range(40))
    (asked,) = words(await plan(title="Crash", body=body))
    assert [line for line in asked.split("\n") if line.startswith("- ")] == [
        *(f"- `Question {number}`" for number in range(5)),
        "- and 35 more without an answer",
    ]


async def test_what_stands_in_an_html_comment_is_no_answer() -> None:
    body = "### Version\n\n<!-- write your version here, for example Python 3.11 -->\n"
    assert assess(Issue(number=1, title="Crash", body=body)).missing == ("Version",)


async def test_the_label_and_the_question_follow_the_configuration() -> None:
    section = TriageSection(needs_info_label="waiting", ask=True)
    assert labels(await plan(section=section, title="Crash", body="")) == ["bug", "waiting"]
    quiet = await plan(section=TriageSection(ask=False), title="Crash", body="")
    assert (labels(quiet), words(quiet)) == (["bug"], [])


@pytest.mark.parametrize("user", [account("dependabot[bot]"), None])
async def test_what_a_bot_or_a_deleted_account_opened_is_left_alone(user: Any) -> None:
    assert await plan(title="Crash", user=user) == []


@given(title=st.text(max_size=50), body=st.text(max_size=300))
def test_any_words_are_assessed_alike_every_time(title: str, body: str) -> None:
    one = Issue(number=1, title=title, body=body)
    assert assess(one) == assess(one)


@pytest.mark.parametrize(
    "body",
    [
        "<!--" * 20_000,
        "### \n" * 20_000,
        "## a\n" * 20_000,
        "##" + " " * 100_000,
        ("## " + " " * 300 + "\n") * 300,
        "python " * 15_000,
        "x" * 100_000,
        "error" * 20_000,
    ],
    ids=lambda body: body[:8],
)
@pytest.mark.timeout(10)
def test_a_hostile_body_is_assessed_quickly(body: str) -> None:
    assess(Issue(number=1, title="Crash", body=body))
