"""What features read: plain data, and each thing once per event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ChangedFile:
    """A file a pull request changes; ``status`` is GitHub's: added, modified, removed, renamed ..."""

    path: str
    status: str


@dataclass(frozen=True)
class PostedComment:
    """A comment on a thread; ``author`` is a login, empty for a deleted account."""

    id: int
    author: str
    body: str


@dataclass(frozen=True)
class ReleaseUnderWay:
    """A release that a thread asked for and that has not ended.

    ``thread`` is ``owner/repo#number``; ``step`` is where it is; ``digest`` names the content approvals
    are given for, once it is known.
    """

    id: str
    thread: str
    hub_id: str
    requester: str
    requester_account: int
    step: str
    digest: str


class ReadOnce:
    """Makes each read of another reader at most once, so that features share what they both need.

    Meant for the time of one decision: what was read stays as it was then.
    """

    def __init__(self, reads: object) -> None:
        self._reads = reads
        self._made: dict[tuple[str, tuple[object, ...]], asyncio.Task[Any]] = {}

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        read = getattr(self._reads, name)

        async def once(*arguments: object, **options: object) -> Any:
            if options:
                return await read(*arguments, **options)
            if (name, arguments) not in self._made:
                self._made[name, arguments] = asyncio.ensure_future(read(*arguments))
            return await self._made[name, arguments]

        return once
