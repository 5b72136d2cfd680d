from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.actions import Action, AddLabels
from bot.events import Thread
from bot.features.triage import TriageSection, issue_opened
from bot.triage.history import PastIssue
from bot.triage.learning.prediction import LabelScore, Prediction, by_rules
from tests.fixtures.events import account, event, issue

KNOWN = frozenset({"bug", "enhancement", "documentation", "question", "tokenizer", "priority: high"})


class Learned:
    """A repository with some labels, of which something was learned or nothing yet."""

    def __init__(self, *labels: LabelScore) -> None:
        self.labels = labels

    async def predicted_labels(self, thread: Thread, issue: PastIssue) -> Prediction:
        return replace(by_rules(issue), labels=self.labels)

    async def label_names(self, repository: str) -> Collection[str]:
        return KNOWN


async def plan(
    reads: Learned | None = None, section: TriageSection | None = None, **fields: Any
) -> Sequence[Action]:
    opened = event("issues", "opened", issue=issue(**fields))
    return await issue_opened(opened, section or TriageSection(), reads or Learned())


def labels(actions: Sequence[Action]) -> list[str]:
    return [label for action in actions if isinstance(action, AddLabels) for label in action.labels]


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("[Bug]: crash when loading", "bug"),
        ("Feature request: GGUF", "enhancement"),
        ("[Docs] a typo", "documentation"),
        ("[Question] how do I fine-tune?", "question"),
    ],
)
async def test_an_issue_that_says_what_it_is_gets_the_repositorys_label_for_it(
    title: str, label: str
) -> None:
    assert labels(await plan(title=title)) == [label]


@pytest.mark.parametrize("title", ["Crash when loading", "How do I fine-tune?", "Hello", ""])
async def test_words_alone_are_no_reason_for_a_label(title: str) -> None:
    assert await plan(title=title) == []


async def test_what_was_learned_counts_where_it_is_sure() -> None:
    reads = Learned(LabelScore("tokenizer", 0.97, True), LabelScore("question", 0.4, False))
    assert labels(await plan(reads, title="Wrong ids after resizing")) == ["tokenizer"]


async def test_what_people_decide_is_left_to_them() -> None:
    assert await plan(Learned(LabelScore("priority: high", 0.99, True)), title="Down again") == []


async def test_a_repository_says_what_it_calls_a_type() -> None:
    section = TriageSection(labels={"bug": "tokenizer"})
    assert labels(await plan(section=section, title="[Bug] crash")) == ["tokenizer"]


async def test_a_type_that_the_form_or_the_author_gave_stays_the_only_one() -> None:
    assert await plan(title="[Bug] crash", labels=[{"name": "question"}]) == []


@pytest.mark.parametrize("user", [account("dependabot[bot]"), None])
async def test_what_a_bot_or_a_deleted_account_opened_is_left_alone(user: Any) -> None:
    assert await plan(title="[Bug] crash", user=user) == []


async def test_a_closed_issue_is_left_alone() -> None:
    assert await plan(title="[Bug] crash", state="closed") == []
