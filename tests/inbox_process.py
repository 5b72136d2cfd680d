"""Serve an inbox alone, in a process of its own: ``python -m tests.inbox_process DATABASE_URL``."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from sqlmodel import SQLModel

from bot.inbox import Inbox
from bot.store import open_database
from tests.webhooks import SECRET


def main() -> None:
    """Serve until killed or terminated; the one line printed is the address."""
    database = open_database(sys.argv[1])
    SQLModel.metadata.create_all(database)
    inbox = Inbox(database, [SECRET])

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with inbox:
            yield
        database.dispose()

    app = FastAPI(lifespan=lifespan)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        gc.collect()
        gc.freeze()
        config = uvicorn.Config(
            inbox.in_front_of(app),
            access_log=False,
            server_header=False,
            log_config=None,
            proxy_headers=False,
            timeout_graceful_shutdown=20,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
