"""Do work in transactions, and wait for a database that is away for a while."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from bot.durable import Patience
from bot.errors import TransientError
from bot.shared_commits import SharedCommits

logger = logging.getLogger(__name__)

P = ParamSpec("P")
Result = TypeVar("Result")

BETWEEN = Patience(first=0.1, longest=30.0)
"""The waits between two tries of a database that does not answer."""

SIDE_BY_SIDE = {"sqlite": 1, "postgresql": 4}
"""Transactions of jobs at once: SQLite lets one write at a time, PostgreSQL is waited for in between."""


@contextmanager
def session_on(database: Engine) -> Iterator[Session]:
    """Open a session for work off the event loop that takes too long to share a commit.

    Raises:
        TransientError: the database does not answer now.
    """
    try:
        with Session(database) as session:
            yield session
    except SQLAlchemyError as error:
        if not may_pass(error):
            raise
        raise TransientError(f"the database does not answer: {type(error).__name__}") from error


async def in_transaction(
    database: Engine, work: Callable[Concatenate[Session, P], Result], *args: P.args, **kwargs: P.kwargs
) -> Result:
    """Do one piece of database work in a transaction of its own, off the event loop.

    Pieces of work that come at the same time share a commit and count each by itself. A failure that may
    pass is waited out for as long as it takes, so ``work`` may be done again, even when it was committed and
    only the answer got lost: a job that gave up could not even note that it did, and the engine, which keeps
    its own state in the same database, waits as long. It is done again at once, and once, when somebody else
    put in a row that it had looked for in vain, or took out one that it had found.
    """
    shared = _shared_commits(database)
    attempt, collided = 0, False
    while True:
        attempt += 1
        try:
            return await shared.do(database, lambda session: work(session, *args, **kwargs))
        except (IntegrityError, StaleDataError):
            if collided:
                raise
            collided = True
            continue
        except SQLAlchemyError as error:
            if not may_pass(error):
                raise
            logger.warning("the database does not answer (%s); trying again", type(error).__name__)
        await asyncio.sleep(BETWEEN.wait(attempt, None))


_shared: WeakKeyDictionary[Engine, SharedCommits] = WeakKeyDictionary()


def _shared_commits(database: Engine) -> SharedCommits:
    """Give what all who use an engine share."""
    shared = _shared.get(database)
    if shared is None:
        new = SharedCommits(may_pass, SIDE_BY_SIDE[database.dialect.name])
        shared = _shared.setdefault(database, new)
    return shared


def may_pass(error: BaseException) -> bool:
    """Tell a database that is away, or too busy, from one that will not do what it is asked."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # SQLite reports a mistake in a statement, such as a table that is not there, by the same class.
    if getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False
    return isinstance(error, OperationalError | InterfaceError | NoConnectionError)
