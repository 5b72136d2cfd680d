"""Store deliveries that arrive at the same time in one commit, so that they share its cost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

GROUP_LIMIT = 64
"""Deliveries in one commit; larger groups gain no speed and wait longer."""


class StoreUnavailableError(Exception):
    """The delivery is not stored: too many are waiting, the database failed, or the service is stopping."""


class Arrival(NamedTuple):
    """A delivery as the inbox knows it; the fields are columns of :class:`bot.store.Delivery`."""

    guid: str
    event: str
    action: str | None
    installation_id: int | None
    repository: str | None
    thread: str | None
    line: str | None
    headers: str
    """A JSON object."""
    body: bytes
    """Compressed by :func:`bot.store.pack`."""
    received_at: float
    """Seconds since the epoch."""


class _Waiting(NamedTuple):
    arrival: Arrival
    is_new: asyncio.Future[bool]


class GroupCommit:
    """One writer thread that commits everything that came while it was busy with the last commit.

    Use it as an async context manager; leaving it commits what still waits. All state belongs to the event
    loop. A group crosses to the thread and back once, and inside the thread it is one call into the
    database: each further crossing would wait for the interpreter lock, which the busy loop holds.
    """

    def __init__(self, database: Engine, waiting_limit: int) -> None:
        """Refuse deliveries for as long as ``waiting_limit`` of them wait for their commit."""
        self.commits = 0
        """Groups committed since the start."""
        self.waiting = 0
        """Deliveries that wait for their commit now."""
        self._waiting_limit = waiting_limit
        self._database = database
        self._connection: Connection | None = None
        self._next: list[_Waiting] = []
        self._groups: SimpleQueue[list[_Waiting] | None] = SimpleQueue()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._listeners: list[Callable[[], None]] = []

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` on the event loop after each commit that brought something to do."""
        self._listeners.append(listener)

    async def store(self, arrival: Arrival) -> bool:
        """Return once the delivery is on disk: True when it is new, False when it was seen before.

        One that was seen but is dead counts as new: it is worked on again.

        Raises:
            StoreUnavailableError: it is not stored, and why.
        """
        if self._stopping:
            raise StoreUnavailableError("the service is stopping")
        if self.waiting >= self._waiting_limit:
            raise StoreUnavailableError("too many deliveries are waiting")
        committed: asyncio.Future[bool] = self._loop.create_future()
        self._next.append(_Waiting(arrival, committed))
        if self._idle.is_set():
            self._idle.clear()
            # Not at once: what else this turn of the loop brings goes along.
            self._loop.call_soon(self._hand_over)
        self.waiting += 1
        try:
            return await committed
        finally:
            self.waiting -= 1

    async def __aenter__(self) -> Self:
        """Start the writer."""
        self._loop = asyncio.get_running_loop()
        self._writer = Thread(target=self._write, name="group-commit", daemon=True)
        self._writer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Commit what waits, then stop."""
        self._stopping = True
        await self._idle.wait()
        self._groups.put(None)
        await asyncio.to_thread(self._writer.join)

    def _hand_over(self) -> None:
        """Give the writer the next group, if there is one."""
        group, self._next = self._next[:GROUP_LIMIT], self._next[GROUP_LIMIT:]
        if group:
            self._groups.put(group)
        else:
            self._idle.set()

    def _write(self) -> None:
        """Commit group after group, on the writer thread."""
        while (group := self._groups.get()) is not None:
            arrivals: dict[str, Arrival] = {}
            for waiting in group:
                # A GUID twice in one statement is an error to PostgreSQL; the first of them is stored.
                arrivals.setdefault(waiting.arrival.guid, waiting.arrival)
            new: set[str] | None = None
            try:
                new = self._commit(list(arrivals.values()))
            except Exception:
                # Whatever went wrong, those who wait must hear of it and the writer must live on.
                log.exception("a group of %d deliveries could not be stored", len(arrivals))
            self._loop.call_soon_threadsafe(self._settle, group, new)
        self._disconnect()

    def _settle(self, group: Sequence[_Waiting], new: set[str] | None) -> None:
        """Tell those who wait what became of their deliveries; ``new`` is None when the database failed."""
        self._hand_over()
        if new is None:
            for waiting in group:
                if not waiting.is_new.done():
                    waiting.is_new.set_exception(StoreUnavailableError("the database failed"))
            return
        self.commits += 1
        something_new = bool(new)
        for waiting in group:
            if not waiting.is_new.done():
                waiting.is_new.set_result(waiting.arrival.guid in new)
            # Its second arrival in this group has been seen before.
            new.discard(waiting.arrival.guid)
        if something_new:
            for listener in self._listeners:
                listener()

    def _commit(self, arrivals: Sequence[Arrival]) -> set[str]:
        """Store a group, on the writer thread; a lost connection is renewed once."""
        try:
            return self._store(arrivals)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # It may be stored already, if only the answer was lost: then this changes nothing.
            return self._store(arrivals)

    def _store(self, arrivals: Sequence[Arrival]) -> set[str]:
        if self._connection is None:
            self._connection = self._database.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            return store_arrivals(self._connection, arrivals)
        except Exception:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def store_arrivals(connection: Connection, arrivals: Sequence[Arrival]) -> set[str]:
    """Store deliveries with one statement; return the GUIDs that are to be worked on.

    A GUID missing from the answer was stored before and is left alone, unless its delivery is dead: that
    one is received again. The GUIDs must differ. The connection must be in autocommit, so that the
    statement is its own transaction and the deliveries are on disk when this returns.
    """
    marker = "?" if connection.dialect.name == "sqlite" else "%s"
    stored = connection.exec_driver_sql(
        _insert(marker, len(arrivals)), tuple(chain.from_iterable(arrivals))
    ).rowcount
    if stored == len(arrivals):
        return {arrival.guid for arrival in arrivals}

    # RETURNING would say which, but steps through its rows one crossing at a time, for every group; the
    # rare group with a duplicate asks afterwards. The time of arrival tells our row from an earlier one.
    guids = tuple(arrival.guid for arrival in arrivals)
    kept = connection.exec_driver_sql(
        f"SELECT guid, received_at FROM delivery WHERE guid IN ({_list(marker, len(guids))})",  # noqa: S608 - markers
        guids,
    )
    received_at = {row.guid: row.received_at for row in kept}
    return {arrival.guid for arrival in arrivals if received_at.get(arrival.guid) == arrival.received_at}


@cache
def _insert(marker: str, rows: int) -> str:
    """Write the statement for a number of rows: only column names and markers, every value is bound."""
    columns = ", ".join(Arrival._fields)
    row = f"({_list(marker, len(Arrival._fields))}, 'received', 0, 0, '[]')"
    renewed = ", ".join(f"{name} = excluded.{name}" for name in Arrival._fields if name != "guid")
    return (
        f"INSERT INTO delivery ({columns}, status, attempts, replays, failed_features) "  # noqa: S608 - names, markers
        f"VALUES {', '.join([row] * rows)} "
        f"ON CONFLICT (guid) DO UPDATE SET {renewed}, status = 'received', "
        "replays = delivery.replays + 1, error = NULL, handled_at = NULL "
        "WHERE delivery.status = 'dead'"
    )


def _list(marker: str, length: int) -> str:
    return ", ".join([marker] * length)
