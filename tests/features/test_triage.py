from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Action, AddLabels
from bot.events import Issue
from bot.features.triage import TriageSection, assess, issue_opened
from tests.fixtures.events import account, event, issue


async def plan(**fields: Any) -> Sequence[Action]:
    opened = event("issues", "opened", issue=issue(**fields))
    return await issue_opened(opened, TriageSection(), None)


def labels(actions: Sequence[Action]) -> list[str]:
    return [label for action in actions if isinstance(action, AddLabels) for label in action.labels]


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


async def test_a_new_issue_is_labelled_and_nothing_is_said() -> None:
    actions = await plan(title="Crash when loading", body="it fails")
    assert labels(actions) == ["bug"]
    assert len(actions) == 1


@pytest.mark.parametrize("user", [account("dependabot[bot]"), None])
async def test_what_a_bot_or_a_deleted_account_opened_is_left_alone(user: Any) -> None:
    assert await plan(title="Crash", user=user) == []


async def test_a_closed_issue_is_left_alone() -> None:
    assert await plan(title="Crash", state="closed") == []


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
