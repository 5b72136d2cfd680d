"""Suggestions for the lines of a pull request, on a sandbox GitHub."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions import SuggestChanges, Suggestion
from bot.apply import Applier
from bot.errors import TransientError
from bot.events import Thread
from tests.apply.conftest import MODELS, apply, own_comments
from tests.sandbox.github.stage import Stage, pull_request


@pytest.fixture(scope="module")
def pull(stage: Stage) -> Any:
    return pull_request(stage, "suggested", {"card.md": "a\nb\nc\n"})


def suggests(stage: Stage, pull: Any, line: int) -> SuggestChanges:
    block = "````suggestion\nB\n````"
    return SuggestChanges(
        thread=Thread("alice/models", pull["number"], stage.bot.get(MODELS)["id"]),
        key=f"k{line}",
        commit=pull["head"]["sha"],
        body="A card",
        suggestions=(Suggestion(path="card.md", first=2, last=line, body=block),),
        otherwise="The whole card",
        reason="a test",
    )


async def test_a_review_is_given_once_however_often_it_is_tried(
    applier: Applier, stage: Stage, pull: Any
) -> None:
    action = suggests(stage, pull, 2)
    stage.set(
        "POST",
        "/faults",
        {"path": "/reviews$", "method": "POST", "kind": "cut", "after_response": True, "times": 1},
    )
    with pytest.raises(TransientError):
        await apply(applier, "first", action)
    await apply(applier, "first", action)
    reviews = stage.bot.get(f"{MODELS}/pulls/{pull['number']}/reviews")
    assert [one["state"] for one in reviews] == ["COMMENTED"]
    (comment,) = stage.bot.get(f"{MODELS}/pulls/{pull['number']}/comments")
    assert (comment["line"], comment["body"]) == (2, action.suggestions[0].body)


async def test_where_github_shows_no_such_line_the_whole_is_commented(
    applier: Applier, stage: Stage, pull: Any
) -> None:
    action = suggests(stage, pull, 9)
    await apply(applier, "second", action)
    (said,) = own_comments(stage, action.thread)
    assert said.endswith("The whole card")
