"""Let the threads of this process write to one SQLite file in turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN IMMEDIATE")
"""How a transaction that writes begins: sqlite3 begins one by itself before the first four."""

_HELD = "turn"

_turns: dict[Path, threading.Lock] = {}


def write_in_turn(engine: Engine, patience: float, written: Callable[[], None]) -> None:
    """Make a transaction that writes wait for those of other threads, at most ``patience`` seconds.

    SQLite lets one connection write at a time by itself. But those that wait for it sleep, look again, and
    sleep longer each time, up to a tenth of a second (sqlite3_busy_timeout), while nobody writes. Under load
    most of the time goes that way. Here the next one goes on at once. All engines of one file share turns.
    ``written`` is called at the end of each turn of this engine, before the next one's begins.
    """
    turn = _turns.setdefault(Path(str(engine.url.database)).resolve(), threading.Lock())

    def end(holder: dict[Any, Any] | None) -> None:
        if holder and holder.pop(_HELD, False):
            try:
                written()
            finally:
                turn.release()

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        holder = _holder(connection)
        if holder is not None and not holder.get(_HELD) and statement.lstrip().upper().startswith(_WRITING):
            # Who waits in vain is left to SQLite, which says that the database is locked.
            holder[_HELD] = turn.acquire(timeout=patience)

    @event.listens_for(engine, "after_cursor_execute")
    def end_of_statement(connection: Connection, *_: Any) -> None:
        if _commits_by_itself(connection):
            end(_holder(connection))

    @event.listens_for(engine, "handle_error")
    def end_of_failed_statement(context: ExceptionContext) -> None:
        if context.connection is not None and _commits_by_itself(context.connection):
            end(_holder(context.connection))

    @event.listens_for(engine, "checkin")
    def end_of_transaction(_connection: Any, record: ConnectionPoolEntry) -> None:
        end(record.record_info)


def _holder(connection: Connection) -> dict[Any, Any] | None:
    """Give where a connection's turn is noted; nowhere once it left its pool, and nobody would see it end."""
    return connection.connection.record_info


def _commits_by_itself(connection: Connection) -> bool:
    return getattr(connection.connection.dbapi_connection, "isolation_level", "") is None
