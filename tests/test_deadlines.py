from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.deadlines import Deadline


@pytest.fixture
async def deadline() -> AsyncIterator[Deadline]:
    made = Deadline(0.05)
    watch = asyncio.create_task(made.watch())
    yield made
    watch.cancel()


async def test_what_takes_too_long_is_ended_and_its_task_lives_on(deadline: Deadline) -> None:
    with pytest.raises(TimeoutError), deadline.kept():
        await asyncio.Event().wait()
    await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_is_done_in_time_is_left_alone_for_as_long_as_it_then_takes(deadline: Deadline) -> None:
    with deadline.kept():
        await asyncio.sleep(0)
    await asyncio.sleep(0.2)


async def test_a_task_that_somebody_else_cancels_is_cancelled(deadline: Deadline) -> None:
    async def work() -> None:
        with deadline.kept():
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
