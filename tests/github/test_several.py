"""Several things at a time."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from bot.errors import TransientError
from bot.github.several import AT_ONCE, several


class Crowd:
    """Counts who is at work, and lets nobody finish before it is full or everybody has come."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.inside = self.most = self.come = 0
        self.full = asyncio.Event()

    async def work(self, number: int) -> int:
        self.inside += 1
        self.come += 1
        self.most = max(self.most, self.inside)
        if self.inside == AT_ONCE or self.come == self.size:
            self.full.set()
        await self.full.wait()
        self.inside -= 1
        return number


async def test_so_many_are_done_at_a_time_and_what_they_give_stays_in_order() -> None:
    crowd = Crowd(3 * AT_ONCE)
    given = await several(partial(crowd.work, number) for number in range(crowd.size))
    assert given == list(range(crowd.size))
    assert crowd.most == AT_ONCE
    assert await several([]) == []


async def test_when_one_fails_the_others_are_stopped_and_its_error_is_raised() -> None:
    stopped = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def fail() -> None:
        raise TransientError("not now")

    with pytest.raises(TransientError, match="not now"):
        await several([wait, fail])
    assert stopped.is_set()
