"""Serve an inbox alone, in a process that a test may kill: ``python -m tests.inbox_process DATABASE_URL``."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from bot.inbox import Inbox
from bot.sandbox.serving import run_in_thread
from bot.store import create_tables, open_database
from tests.webhooks import SECRET


def main() -> None:
    """Serve until killed; the first line printed is the address."""
    database = open_database(sys.argv[1])
    create_tables(database)
    inbox = Inbox(database, [SECRET])

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with inbox:
            yield

    app = FastAPI(lifespan=lifespan)
    app.add_middleware(inbox.in_front_of)
    with run_in_thread(app) as running:
        print(running.url, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
