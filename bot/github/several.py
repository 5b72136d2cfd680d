"""Do several things at a time that wait for a server, and stop them all when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

AT_ONCE = 8
"""Requests at a time; GitHub takes a hundred of everybody's together ("Rate limits for the REST API")."""

T = TypeVar("T")


async def several(work: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Do ``AT_ONCE`` pieces of work at a time, and give what came of each, in their order.

    Raises what the first one to fail raised; the others are cancelled then.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def done(piece: Callable[[], Awaitable[T]]) -> T:
        async with turns:
            return await piece()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(done(piece)) for piece in work]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
