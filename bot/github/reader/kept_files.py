"""Keep what was read from default branches for some minutes, and forget what a push may have changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar
from weakref import WeakValueDictionary

from cachetools import TTLCache

from bot.events import DEFAULT_BRANCH, Event

KEPT = 300.0
"""Seconds a file is trusted; a push that changes it is noticed at once by the worker that handles it."""

CHARACTERS = 8 << 20
"""Characters that are kept together, of all repositories of an installation."""

_Read = str | frozenset[str] | None
_Result = TypeVar("_Result", bound=_Read)


class FileReads(Protocol):
    """Reads files and folders."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def folder_names(self, repository: str, path: str, ref: str) -> frozenset[str]:
        """List the names in a folder at a branch, tag or commit; none where there is no folder."""


class KeptFiles:
    """Reads a file or folder of a default branch once, however many events ask for it at a time."""

    def __init__(self, reads: FileReads) -> None:
        self._reads = reads
        self._kept: TTLCache[tuple[str, str], tuple[_Read]] = TTLCache(CHARACTERS, KEPT, getsizeof=_size)
        self._pushes: Counter[str] = Counter()
        self._asking: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def file(self, repository: str, path: str) -> str | None:
        """Read a text file; ``None`` when there is none. What is no text is not kept."""
        return await self._once(
            repository, path, lambda: self._reads.text_file(repository, path, DEFAULT_BRANCH)
        )

    async def names(self, repository: str, folder: str) -> frozenset[str]:
        """List the names in a folder; none where there is no folder."""

        def read() -> Awaitable[frozenset[str]]:
            return self._reads.folder_names(repository, folder, DEFAULT_BRANCH)

        return await self._once(repository, f"{folder}/", read)

    def notice(self, event: Event) -> None:
        """Forget what a push to a default branch may have changed."""
        if event.name != "push":
            return
        if event.payload.ref != f"refs/heads/{event.repository.default_branch}":
            return
        name = event.repository.full_name
        self._pushes[name] += 1
        for repository, path in [key for key in self._kept if key[0] == name]:
            if event.may_change(path):
                self._kept.pop((repository, path), None)

    async def _once(self, repository: str, path: str, read: Callable[[], Awaitable[_Result]]) -> _Result:
        key = (repository, path)
        lock = self._asking.setdefault(key, asyncio.Lock())
        async with lock:
            kept = self._kept.get(key)
            if kept is None:
                pushes = self._pushes[repository]
                kept = (await read(),)
                if pushes == self._pushes[repository]:  # otherwise it may be what was there before
                    self._kept[key] = kept
            return kept[0]  # type: ignore[return-value]  # a path is read in one way only


def _size(kept: tuple[_Read]) -> int:
    match kept[0]:
        case str() as text:
            return len(text) + 1
        case frozenset() as names:
            return sum(map(len, names)) + 1
        case None:
            return 1
