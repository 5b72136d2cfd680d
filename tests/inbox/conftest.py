"""An inbox behind real HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session

from bot import store
from bot.inbox import (
    Inbox,
)
from bot.sandbox.serving import run_in_thread
from bot.store import Delivery
from tests.webhooks import SECRET, headers_for

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


class Served:
    """An inbox behind real HTTP."""

    def __init__(self, url: str, database: Engine, inbox: Inbox) -> None:
        self.url = url
        self.database = database
        self.inbox = inbox
        self.client = httpx.Client(base_url=url, timeout=30)

    def deliver(self, body: bytes = b"{}", *, drop: str = "", **headers: str) -> httpx.Response:
        """Send a well-formed delivery, with headers changed or one of them left out."""
        sent = headers_for(body) | {name.replace("_", "-"): value for name, value in headers.items()}
        sent.pop(drop, None)
        return self.client.post("/webhook", content=body, headers=sent)

    def stored(self) -> Sequence[Delivery]:
        """List every delivery, the newest first, with its body."""
        with Session(self.database) as session:
            rows = store.list_deliveries(session, limit=10_000)
            for row in rows:
                assert row.body is not None
            return rows

    def change(self, change: Callable[..., int], *arguments: str) -> None:
        """Change a delivery as the engine would."""
        with Session(self.database) as session:
            assert change(session, *arguments)
            session.commit()


@contextlib.contextmanager
def served(
    database: Engine, secrets: Sequence[str] = (SECRET,), *, in_front: bool = False, **limits: Any
) -> Iterator[Served]:
    inbox = Inbox(database, secrets, **limits)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with inbox:
            yield

    app = FastAPI(lifespan=lifespan)
    if not in_front:
        app.router.routes.extend(inbox.routes())
    with run_in_thread(inbox.in_front_of(app) if in_front else app) as running:
        knocking = Served(running.url, database, inbox)
        yield knocking
        knocking.client.close()


@pytest.fixture
def inbox(database: Engine) -> Iterator[Served]:
    """An inbox on each kind of database."""
    with served(database) as running:
        yield running


def refused(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status
    assert words in answer.json()["message"]
