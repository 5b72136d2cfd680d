"""Labels that take each other's place, on a sandbox GitHub."""

from __future__ import annotations

import dataclasses

from bot.actions import AddLabels, RemoveLabels
from bot.apply import Applier
from bot.events import Thread
from bot.github.writer import GitHubWriter
from tests.apply.conftest import MODELS, apply
from tests.sandbox.github.stage import Stage


class NeverAsked(GitHubWriter):
    """Writes as always, and is never to be asked which labels a thread has."""

    async def labels(self, repository: str, number: int) -> list[str]:
        raise AssertionError("what is left was known from the removal")


def labels(stage: Stage, thread: Thread) -> list[str]:
    return [one["name"] for one in stage.bob.get(f"{MODELS}/issues/{thread.number}/labels")]


async def test_the_answer_to_a_removal_says_what_is_there_before_labels_are_added(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    small = AddLabels(thread=thread, labels=("question",), reason="a test")
    await apply(applier, "first", small, opened_with=[])
    replaced = RemoveLabels(thread=thread, labels=("question",), reason="a test")
    large = AddLabels(thread=thread, labels=("wontfix",), reason="a test")
    thrifty = dataclasses.replace(applier, writer=NeverAsked(applier.writer.client))
    await apply(thrifty, "second", replaced, large)
    assert labels(stage, thread) == ["wontfix"]


async def test_labels_are_asked_for_where_the_removal_found_none(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    await apply(applier, "first", AddLabels(thread=thread, labels=("question",), reason="a test"))
    stage.alice.delete(f"{MODELS}/issues/{thread.number}/labels/question")
    stage.alice.post(f"{MODELS}/issues/{thread.number}/labels", {"labels": ["wontfix"]})
    replaced = RemoveLabels(thread=thread, labels=("question",), reason="a test")
    more = AddLabels(thread=thread, labels=("wontfix", "bug"), reason="a test")
    await apply(applier, "second", replaced, more)
    assert sorted(labels(stage, thread)) == ["bug", "wontfix"]
