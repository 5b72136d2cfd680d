from __future__ import annotations

from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.actions import AddLabels, SetTimer
from bot.commands import Permission
from bot.features import needs_info as feature
from bot.features.failures import FailuresSection
from bot.features.needs_info import NeedsInfoSection
from bot.rendering import code
from bot.triage.forms import read_forms
from bot.triage.learning.prediction import Prediction
from bot.triage.waiting import DAY
from tests.features.needs_info.world import (
    COMPLETE,
    SECTION,
    UNANSWERED,
    VAGUE,
    World,
    form_of,
    kept,
    opened,
    words,
)
from tests.fixtures.events import Json, account, event, issue
from tests.triage.forms.examples import FORM
from tests.triage.test_diagnosis import TOKENIZER

UNTOLD = "Crash when loading"
"""A title that does not say what the issue is."""
FAILURE = """Traceback (most recent call last):
  File "run.py", line 3, in <module>
    go()
ValueError: no such file
"""


async def test_a_vague_bug_report_is_asked_once_for_exactly_what_it_lacks() -> None:
    actions = await opened()
    assert [action.labels for action in actions if isinstance(action, AddLabels)] == [("needs-info",)]
    assert words(actions).count("\n- ") == 3
    assert "@" not in words(actions)
    asked = kept(actions)
    assert asked is not None
    (timer,) = [action for action in actions if isinstance(action, SetTimer)]
    assert timer.due == asked.since + 14 * DAY


@pytest.mark.parametrize(
    ("missing", "asked"),
    [
        ("torch 2.5.1", "versions you use"),
        ('load("model")', "shortest code"),
        ("Traceback (most recent call last):\nValueError: no such file", "whole error message"),
    ],
)
async def test_one_thing_that_lacks_is_asked_for_alone(missing: str, asked: str) -> None:
    said = words(await opened(body=COMPLETE.replace(missing, "")))
    assert said.count("\n- ") == 1
    assert asked in said
    assert "to add it" in said


@pytest.mark.parametrize("body", [COMPLETE, COMPLETE.replace("Python 3.11, ", "")])
async def test_an_issue_that_lacks_nothing_that_matters_is_left_in_peace(body: str) -> None:
    assert await opened(body=body) == []


async def test_a_form_is_asked_about_in_its_own_words() -> None:
    world = World(forms=read_forms({".github/ISSUE_TEMPLATE/bug.yml": FORM}))
    said = words(await opened(world, title="[Bug]: x", body=UNANSWERED))
    assert "- `Your current environment` has no answer yet. Paste the output of the command." in said
    assert "- `Python version` has no answer yet\n" in said
    assert "versions you use" not in said


async def test_an_issue_that_may_be_a_question_is_asked_for_nothing() -> None:
    told = "It loads on one machine and crashes on the other one, and both have the same files and settings. "
    for prediction in (Prediction((), None), Prediction((), "bug", 0.7), Prediction((), "question", 0.7)):
        assert await opened(World(prediction=prediction), title=UNTOLD, body=told * 2) == []


async def test_who_says_only_that_something_fails_is_asked_for_what_would_help() -> None:
    said = words(await opened(title="It crashes", body="When I run training it crashes. please help"))
    assert "the whole error message" in said
    assert "shortest code" in said
    expected = World(prediction=Prediction((), "question", 0.7))
    assert await opened(expected, title="It crashes", body="please help") == []


@pytest.mark.parametrize("how", [{"type_sure": True}, {"by_rule": True}])
@pytest.mark.parametrize(
    ("kind", "asked"), [("bug", True), ("feature", False), ("question", False), ("docs", False)]
)
async def test_what_is_surely_a_bug_is_asked_for_what_bugs_need(kind: Any, asked: bool, how: Any) -> None:
    world = World(prediction=Prediction((), kind, 0.97, **how))
    assert bool(await opened(world, title=UNTOLD)) is asked
    assert bool(await opened(world, title=UNTOLD, body=FAILURE)) is asked


async def test_a_failure_with_its_calls_is_a_bug_unless_the_history_expects_something_else() -> None:
    assert "shortest code" in words(await opened(title=UNTOLD, body=FAILURE))
    expected = World(prediction=Prediction((), "question", 0.7))
    assert await opened(expected, title=UNTOLD, body=FAILURE) == []


async def test_a_repository_that_is_not_about_ai_asks_only_about_ai() -> None:
    section = NeedsInfoSection(assume_ai=False)
    assert await opened(section=section) == []
    assert await opened(section=section, body="it fails with torch")


@pytest.mark.parametrize(
    ("association", "held", "asked"),
    [
        ("OWNER", Permission.READ, False),
        ("MEMBER", Permission.READ, False),
        ("COLLABORATOR", Permission.READ, False),
        ("CONTRIBUTOR", Permission.TRIAGE, False),
        ("CONTRIBUTOR", Permission.READ, True),
        ("NONE", Permission.READ, True),
    ],
)
async def test_people_of_the_house_are_asked_only_where_that_is_configured(
    association: str, held: Permission, asked: bool
) -> None:
    world, everybody = World(held=held), NeedsInfoSection(ask_members=True)
    assert bool(await opened(world, author_association=association)) is asked
    assert await opened(world, everybody, author_association=association)


@pytest.mark.parametrize(
    "fields",
    [{"user": account("dependabot[bot]")}, {"user": None}, {"state": "closed"}, {"locked": True}],
    ids=["bot", "ghost", "closed", "locked"],
)
async def test_who_cannot_answer_is_not_asked(fields: Json) -> None:
    assert await opened(**fields) == []


async def test_an_issue_from_another_repository_is_not_asked_again() -> None:
    moved = event("issues", "opened", issue=issue(**VAGUE), changes={"old_issue": {"number": 1}})
    assert await feature.opened(moved, SECTION, World()) == []


@pytest.mark.parametrize(
    "label", ["@everyone [x](http://evil) <b>", "Please download https://evil.example", "` www.evil.example"]
)
async def test_the_labels_of_a_form_are_repeated_as_code(label: str) -> None:
    said = words(await opened(World(forms=form_of(label)), body=f"### {label}\n\n_No response_\n"))
    (item,) = [line for line in said.split("\n") if line.startswith("- ")]
    assert item == f"- {code(label)} has no answer yet"
    (block,) = [block for block in MarkdownIt("commonmark").parse(item) if block.children]
    assert [child.type for child in block.children or []] == ["code_inline", "text"]


async def test_of_many_questions_the_first_eight_are_named() -> None:
    labels = [f"Question {number}" for number in range(12)]
    body = "".join(f"### {label}\n\n_No response_\n\n" for label in labels)
    said = words(await opened(World(forms=form_of(*labels)), body=body))
    assert "`Question 7`" in said
    assert "`Question 8`" not in said
    assert "- and 4 more without an answer" in said


CRASH: dict[str, Any] = {"title": "[Bug] Crash", "body": f"It fails.\n\n```\n{TOKENIZER}\n```\n"}
ANSWER = {"text": "Fixed in 4.50", "by": "alice", "at": 1.0}


async def test_where_maintainers_said_what_is_known_of_the_failure_nothing_is_asked() -> None:
    assert await opened(World(), **CRASH)
    assert await opened(World(answer=ANSWER), **CRASH) == []
    off = World(answer=ANSWER, failures=FailuresSection(enabled=False))
    assert await opened(off, **CRASH), "nobody would tell the author what is known"
