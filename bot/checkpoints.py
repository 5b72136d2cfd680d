"""Copy SQLite's write-ahead log into the database on a thread of its own, so that no commit waits for it."""

from __future__ import annotations

import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from sqlalchemy import Engine, event

log = logging.getLogger(__name__)

WRITES = 40
"""Transactions that write between two checkpoints.

Measured on deliveries that arrive as fast as they are answered: with 8 the two threads were at the disk at
the same time too often, and from 100 on each checkpoint was long enough to hold the commits up.
"""


class Checkpoints:
    """Count what is written to one database, and checkpoint it now and then.

    The checkpoints are passive ones: they wait for nobody and nobody waits for them
    (sqlite.org/pragma.html#pragma_wal_checkpoint).
    """

    def __init__(self, engine: Engine) -> None:
        """Checkpoint what ``engine`` writes, until it is disposed of."""
        # Never a new file: the database may have been removed by the time its turn comes.
        self._file = f"file:{quote(str(Path(str(engine.url.database)).resolve()))}?mode=rw"
        self._written = 0
        self._under_way = False
        self._thread: ThreadPoolExecutor | None = None
        self._starting_and_stopping = Lock()
        event.listen(engine, "engine_disposed", self._stop)

    def written(self) -> None:
        """Hear that a transaction wrote; called by one thread at a time."""
        self._written += 1
        if self._written < WRITES or self._under_way:
            return
        self._written, self._under_way = 0, True
        with self._starting_and_stopping:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
            self._thread.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        try:
            connection = sqlite3.connect(self._file, uri=True, isolation_level=None)
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                connection.close()
        except sqlite3.Error as error:
            # What is committed is safe in the log; a commit that meets the same trouble says so itself.
            log.warning("the database's log could not be copied into it: %s", error)
        finally:
            self._under_way = False

    def _stop(self, _: Engine) -> None:
        with self._starting_and_stopping:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown()
