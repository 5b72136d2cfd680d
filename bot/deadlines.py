"""End what takes too long, with one look at all of it now and then instead of a timer for each."""

from __future__ import annotations

import asyncio
from time import monotonic
from types import TracebackType

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
        while True:
            await asyncio.sleep(self.seconds / LOOKS)
            for task, since in list(self._since.items()):
                if monotonic() - since > self.seconds:
                    del self._since[task]
                    self._overdue.add(task)
                    task.cancel()

    def kept(self) -> _Kept:
        """Return a context that holds what the task does inside to the deadline.

        Leaving it raises TimeoutError when it took too long.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be held to a deadline")
        return _Kept(task, self._since, self._overdue)


class _Kept:
    """One task's time; a class, because a generator would cost each delivery three times as much."""

    __slots__ = ("_overdue", "_since", "_task")

    def __init__(
        self,
        task: asyncio.Task[object],
        since: dict[asyncio.Task[object], float],
        overdue: set[asyncio.Task[object]],
    ) -> None:
        self._task = task
        self._since = since
        self._overdue = overdue

    def __enter__(self) -> None:
        self._since[self._task] = monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._since.pop(self._task, None)
        if self._task not in self._overdue:
            return
        self._overdue.discard(self._task)
        if kind is asyncio.CancelledError and self._task.uncancel() == 0:
            raise TimeoutError from None
