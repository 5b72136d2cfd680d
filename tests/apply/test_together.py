"""A push that swaps a label and reports its checks in one request, on a sandbox GitHub."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from bot.actions import AddLabels, Annotation, RemoveLabels, ReportCheck, ReportPart
from bot.apply import Applier
from bot.errors import GoneError, RefusedError
from bot.events import Nodes, Thread
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from tests.apply.conftest import MODELS, apply
from tests.sandbox.github.stage import Stage


class OneByOneRefused(GitHubWriter):
    """Writes at once only."""

    async def add_labels(self, repository: str, number: int, names: Sequence[str]) -> None:
        raise AssertionError("labels were added one by one")

    async def remove_label(self, repository: str, number: int, name: str) -> list[str]:
        raise AssertionError("labels were taken away one by one")

    async def report_check(self, report: ReportCheck, external_id: str) -> int:
        raise AssertionError("the check was reported by itself")


class AtOnceRefused(GitHubWriter):
    """Is told of a refusal after all that was done at once, as when one of the three was refused."""

    async def swap_labels_and_report(self, *asked: Any) -> list[str]:
        await super().swap_labels_and_report(*asked)
        raise RefusedError("no", 422)


class NothingThere(GitHubReader):
    """Finds that the thread was deleted a moment ago."""

    async def label_setters(self, repository: str, number: int, label: str) -> list[tuple[str, str]]:
        raise GoneError("Not Found", 404)


@pytest.fixture
def nodes(stage: Stage, thread: Thread) -> Nodes:
    issue = stage.bob.get(f"{MODELS}/issues/{thread.number}")
    return Nodes(issue["node_id"], stage.bot.get(MODELS)["node_id"])


@pytest.fixture
def head(stage: Stage) -> str:
    return str(stage.bob.get(f"{MODELS}/commits/main")["sha"])


def part(head: str, summary: str) -> ReportPart:
    look = Annotation(path="README.md", line=1, column=2, level="warning", message="look")
    return ReportPart(
        repository="alice/models",
        commit=head,
        part="size",
        passed=False,
        summary=summary,
        annotations=(look,),
        reason="a test",
    )


def swap(thread: Thread) -> tuple[RemoveLabels, AddLabels]:
    return (
        RemoveLabels(thread=thread, labels=("question",), reason="a test"),
        AddLabels(thread=thread, labels=("wontfix",), reason="a test"),
    )


def labels(stage: Stage, thread: Thread) -> list[str]:
    return sorted(one["name"] for one in stage.bob.get(f"{MODELS}/issues/{thread.number}/labels"))


def shown(stage: Stage, head: str) -> list[dict[str, Any]]:
    runs = stage.bob.get(f"{MODELS}/commits/{head}/check-runs?filter=all")["check_runs"]
    return [run["output"] for run in runs]


async def test_labels_are_swapped_and_the_check_is_reported_in_one_request(
    applier: Applier, stage: Stage, thread: Thread, nodes: Nodes, head: str
) -> None:
    await apply(applier, f"{thread}/1", AddLabels(thread=thread, labels=("question",), reason="a test"))
    thrifty = dataclasses.replace(applier, writer=OneByOneRefused(applier.writer.client))
    applied = await apply(thrifty, f"{thread}/2", *swap(thread), part(head, "At once."), nodes=nodes)
    assert (applied.done, applied.refused) == (3, ())
    assert labels(stage, thread) == ["wontfix"]
    newest = shown(stage, head)[0]
    assert "At once." in newest["summary"]
    assert newest["annotations_count"] == 1
    again = await apply(thrifty, f"{thread}/2", *swap(thread), part(head, "At once."), nodes=nodes)
    assert again.done == 0


async def test_what_was_added_at_once_is_the_bots_own_afterwards(
    applier: Applier, stage: Stage, thread: Thread, nodes: Nodes, head: str
) -> None:
    await apply(applier, f"{thread}/1", AddLabels(thread=thread, labels=("question",), reason="a test"))
    await apply(applier, f"{thread}/2", *swap(thread), part(head, "Own."), nodes=nodes)
    await apply(applier, f"{thread}/3", RemoveLabels(thread=thread, labels=("wontfix",), reason="a test"))
    assert labels(stage, thread) == []


async def test_a_label_that_a_person_put_back_is_not_taken_away_at_once_either(
    applier: Applier, stage: Stage, thread: Thread, nodes: Nodes, head: str
) -> None:
    await apply(applier, f"{thread}/1", AddLabels(thread=thread, labels=("question",), reason="a test"))
    stage.alice.delete(f"{MODELS}/issues/{thread.number}/labels/question")
    stage.alice.post(f"{MODELS}/issues/{thread.number}/labels", {"labels": ["question"]})
    await apply(applier, f"{thread}/2", *swap(thread), part(head, "Hers."), nodes=nodes)
    assert labels(stage, thread) == ["question", "wontfix"]
    assert "Hers." in shown(stage, head)[0]["summary"]


async def test_a_label_that_a_person_put_there_first_stays_theirs(
    applier: Applier, stage: Stage, thread: Thread, nodes: Nodes, head: str
) -> None:
    await apply(applier, f"{thread}/1", AddLabels(thread=thread, labels=("question",), reason="a test"))
    stage.alice.post(f"{MODELS}/issues/{thread.number}/labels", {"labels": ["wontfix"]})
    await apply(applier, f"{thread}/2", *swap(thread), part(head, "Hers too."), nodes=nodes)
    await apply(applier, f"{thread}/3", RemoveLabels(thread=thread, labels=("wontfix",), reason="a test"))
    assert labels(stage, thread) == ["wontfix"]


async def test_what_github_refuses_at_once_is_done_one_by_one_and_nothing_twice(
    applier: Applier, stage: Stage, thread: Thread, nodes: Nodes, head: str
) -> None:
    await apply(applier, f"{thread}/1", AddLabels(thread=thread, labels=("question",), reason="a test"))
    refused = dataclasses.replace(applier, writer=AtOnceRefused(applier.writer.client))
    before = len(shown(stage, head))
    applied = await apply(refused, f"{thread}/2", *swap(thread), part(head, "Refused."), nodes=nodes)
    assert (applied.done, applied.refused) == (3, ())
    assert labels(stage, thread) == ["wontfix"]
    assert len(shown(stage, head)) == before + 1
    await apply(applier, f"{thread}/3", RemoveLabels(thread=thread, labels=("wontfix",), reason="a test"))
    assert labels(stage, thread) == []
    changes = [
        (event["event"], event["label"]["name"])
        for event in stage.bob.get(f"{MODELS}/issues/{thread.number}/events")
        if event["event"] in ("labeled", "unlabeled")
    ]
    assert changes == [
        ("labeled", "question"),
        ("unlabeled", "question"),
        ("labeled", "wontfix"),
        ("unlabeled", "wontfix"),
    ]


async def test_a_label_that_was_made_anew_under_its_name_is_found_by_the_way_round(
    applier: Applier, stage: Stage, thread: Thread, nodes: Nodes, head: str
) -> None:
    await apply(applier, f"{thread}/1", AddLabels(thread=thread, labels=("question",), reason="a test"))
    stage.alice.delete(f"{MODELS}/labels/wontfix")
    stage.alice.post(f"{MODELS}/labels", {"name": "wontfix", "color": "ffffff"})
    await apply(applier, f"{thread}/2", *swap(thread), part(head, "Anew."), nodes=nodes)
    assert labels(stage, thread) == ["wontfix"]
    assert "Anew." in shown(stage, head)[0]["summary"]


async def test_a_thread_that_is_gone_by_then_ends_the_plan_as_ever(
    applier: Applier, stage: Stage, thread: Thread, nodes: Nodes, head: str
) -> None:
    await apply(applier, f"{thread}/1", AddLabels(thread=thread, labels=("question",), reason="a test"))
    late = dataclasses.replace(applier, reader=NothingThere(applier.reader.client, stage.url))
    applied = await apply(late, f"{thread}/2", *swap(thread), part(head, "Gone."), nodes=nodes)
    assert (applied.done, applied.gone) == (0, "Not Found")
