"""Collect what a piece of work writes to the database until it has to be on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from bot.transactions import in_transaction

P = ParamSpec("P")
Result = TypeVar("Result")


class UnitOfWork:
    """What one job writes, in order; what is written together is on disk together, or not at all.

    Commit before GitHub is asked to change something, so that it is known what was begun, and right after
    it did, so that it is known to be done. All else goes with one of these commits.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._changes: list[Callable[[Session], object]] = []

    def add(
        self, change: Callable[Concatenate[Session, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have a change made with the next commit."""
        self._changes.append(lambda session: change(session, *args, **kwargs))

    async def commit(self) -> None:
        """Make what was added, if there is anything; raises as :func:`bot.transactions.in_transaction`."""
        if self._changes:
            await self.do(lambda session: None)

    async def do(
        self, work: Callable[Concatenate[Session, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Make what was added and do one piece of work more in one transaction; return what that gave.

        When it fails, what was added stays to be made. Raises as :func:`bot.transactions.in_transaction`.
        """
        count = len(self._changes)

        def everything(session: Session) -> Result:
            for change in self._changes[:count]:
                change(session)
            return work(session, *args, **kwargs)

        result = await in_transaction(self._database, everything)
        del self._changes[:count]
        return result
