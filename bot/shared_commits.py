"""Let pieces of database work that come at the same time share a transaction and the cost of its commit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Engine
from sqlmodel import Session

Result = TypeVar("Result")

GROUP_LIMIT = 16
"""Pieces of work in one transaction; other writers wait meanwhile, such as those of the inbox."""


@dataclass(frozen=True, eq=False)
class _Piece:
    database: Engine
    work: Callable[[Session], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]


class SharedCommits:
    """Does what waits in one transaction while more comes, off the event loops that ask.

    Each piece counts by itself: when one of a group fails, nothing of the group is kept and every piece is
    done again in a transaction of its own. Work may therefore be done more than once before it counts.
    """

    def __init__(self, concerns_all: Callable[[BaseException], bool], most: int) -> None:
        """Run at most ``most`` transactions side by side.

        ``concerns_all`` tells a database that does not do its work from a piece of work that fails: its
        error is everybody's, and nothing is done again here.
        """
        self.transactions = 0
        """Transactions since the start that ended well; each was for one piece of work or many."""
        self._concerns_all = concerns_all
        self._most = most
        # Of its own: a pool that somebody else shuts down would leave work waiting for ever.
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="commits")
        self._waiting: list[_Piece] = []
        self._busy = 0
        self._lock = threading.Lock()

    async def do(self, database: Engine, work: Callable[[Session], Result]) -> Result:
        """Do one piece of work and return what it gave, once that is committed; raises what it raised.

        ``database`` is the same each time: an engine does not have to live as long as this does.
        """
        loop = asyncio.get_running_loop()
        piece = _Piece(database, work, loop, loop.create_future())
        with self._lock:
            self._waiting.append(piece)
            is_enough = self._busy >= self._most
            self._busy += not is_enough
        if not is_enough:
            self._threads.submit(self._work_off)
        return cast(Result, await piece.done)

    def _work_off(self) -> None:
        while group := self._next_group():
            _tell(self._outcomes_of(group))

    def _next_group(self) -> list[_Piece]:
        """Take what waits; nothing waits any more when it is empty, and whoever comes next begins anew."""
        with self._lock:
            group, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
            self._busy -= not group
        return group

    def _outcomes_of(self, group: Sequence[_Piece]) -> list[tuple[_Piece, Any, BaseException | None]]:
        try:
            return [(piece, given, None) for piece, given in zip(group, self._transact(group), strict=True)]
        except BaseException as error:
            if len(group) == 1 or self._concerns_all(error):
                if isinstance(error, StopIteration):  # no future takes it: its neighbours would wait for ever
                    error = RuntimeError("a piece of work raised StopIteration")
                return [(piece, None, error) for piece in group]
        return [outcome for piece in group for outcome in self._outcomes_of([piece])]

    def _transact(self, group: Sequence[_Piece]) -> list[Any]:
        with Session(group[0].database, expire_on_commit=False) as session:
            given = []
            for piece in group:
                given.append(piece.work(session))
                session.flush()
                session.expunge_all()  # no piece sees what another one has in hand
            session.commit()
        self.transactions += 1
        return given


def _tell(outcomes: Sequence[tuple[_Piece, Any, BaseException | None]]) -> None:
    """Give those who wait what came of their work, each loop in one go: every call to one wakes it up."""

    def settle(loop: asyncio.AbstractEventLoop) -> None:
        for piece, given, error in outcomes:
            if piece.loop is not loop or piece.done.done():
                continue
            if error is None:
                piece.done.set_result(given)
            else:
                piece.done.set_exception(error)

    for loop in dict.fromkeys(piece.loop for piece, _, _ in outcomes):
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(settle, loop)
