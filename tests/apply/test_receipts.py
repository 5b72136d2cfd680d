"""The reaction that tells how a command went, on a sandbox GitHub."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from bot.actions import Action, React, SetLock, SetMilestone, StartRelease
from bot.apply import Applier
from bot.errors import RefusedError
from bot.events import Thread
from bot.github.writer import GitHubWriter
from tests.apply.conftest import MODELS, apply, own_comments
from tests.sandbox.github.stage import Stage


class Mute(GitHubWriter):
    """Writes as always, but GitHub takes no comments."""

    async def post_comment(self, repository: str, number: int, body: str) -> int:
        raise RefusedError("Repository was archived so is read-only.", 403)


def reactions(stage: Stage, thread: Thread) -> list[str]:
    return [one["content"] for one in stage.bob.get(f"{MODELS}/issues/{thread.number}/reactions")]


def receipt(thread: Thread) -> React:
    return React(thread=thread, content="rocket", otherwise="confused", reason="a test")


def release(thread: Thread) -> Action:
    return StartRelease(
        thread=thread,
        release="r1",
        model="octo/digits",
        commit="a" * 40,
        requester="bob",
        requester_account=1,
        asked=True,
        reason="a test",
    )


def milestone(thread: Thread, *, asked: bool = True) -> Action:
    return SetMilestone(thread=thread, title="never made", asked=asked, reason="a test")


def lock(thread: Thread) -> Action:
    return SetLock(thread=thread, locked=False, asked=True, reason="a test")


async def test_what_was_carried_out_gets_a_rocket(applier: Applier, stage: Stage, thread: Thread) -> None:
    applied = await apply(applier, "first", receipt(thread), lock(thread))
    assert applied.well
    assert reactions(stage, thread) == ["rocket"]


@pytest.mark.parametrize(
    ("ask", "words"),
    [(release, "Another release of this model"), (milestone, "did not let me set the milestone")],
)
async def test_what_was_asked_for_and_refused_is_answered_and_gets_no_rocket(
    applier: Applier, stage: Stage, thread: Thread, ask: Callable[[Thread], Action], words: str
) -> None:
    applied = await apply(applier, "first", receipt(thread), lock(thread), ask(thread))
    assert (applied.done, len(applied.refused), applied.well) == (2, 1, False)
    assert reactions(stage, thread) == ["confused"]
    (comment,) = own_comments(stage, thread)
    assert words in comment


async def test_what_the_bot_wanted_of_itself_is_nobodys_command(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    applied = await apply(applier, "first", receipt(thread), milestone(thread, asked=False))
    assert (len(applied.refused), applied.well) == (1, True)
    assert reactions(stage, thread) == ["rocket"]
    assert own_comments(stage, thread) == []


async def test_a_refusal_is_told_once_however_often_it_is_tried(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    for _ in range(2):
        await apply(applier, "first", milestone(thread))
    assert len(own_comments(stage, thread)) == 1


async def test_words_that_are_refused_keep_nothing_else_from_being_done(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    mute = dataclasses.replace(applier, writer=Mute(applier.writer.client))
    applied = await apply(mute, "first", receipt(thread), milestone(thread))
    assert len(applied.refused) == 1
    assert reactions(stage, thread) == ["confused"]


async def test_nothing_is_put_where_nothing_can_be_seen(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    nothing = React(thread=thread, content=None, otherwise="confused", reason="a test")
    assert (await apply(applier, "first", nothing)).done == 1
    assert reactions(stage, thread) == []


async def test_what_goes_well_at_last_takes_the_place_of_what_was_said_before(
    applier: Applier, stage: Stage, thread: Thread
) -> None:
    failed = receipt(thread).model_copy(update={"content": "confused"})
    await apply(applier, "first", failed)
    stage.bob.post(f"{MODELS}/issues/{thread.number}/reactions", {"content": "confused"})
    again = receipt(thread).model_copy(update={"replaces": "confused"})
    for name in ("first", "a replay of what was taken back"):
        await apply(applier, name, again)
    assert reactions(stage, thread) == ["confused", "rocket"]  # what bob thinks is his
