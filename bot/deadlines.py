"""End what takes too long, with one look at all of it now and then instead of a timer for each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

LOOKS = 10
"""Looks in the time that may be taken: how exactly it is kept."""


class Deadline:
    """The seconds each of many short things may take; a tenth more may pass before it is noticed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: dict[asyncio.Task[object], float] = {}
        self._overdue: set[asyncio.Task[object]] = set()

    async def watch(self) -> None:
        """End what is overdue, until cancelled; without it nothing is ended."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.seconds / LOOKS)
            for task, since in list(self._since.items()):
                if loop.time() - since > self.seconds:
                    del self._since[task]
                    self._overdue.add(task)
                    task.cancel()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Hold what the task does inside to the deadline.

        Raises:
            TimeoutError: it took too long.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be held to a deadline")
        self._since[task] = asyncio.get_running_loop().time()
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._overdue or task.uncancel() > 0:
                raise
            raise TimeoutError from None
        finally:
            self._since.pop(task, None)
            self._overdue.discard(task)
