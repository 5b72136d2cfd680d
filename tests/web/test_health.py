from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session

from bot.sandbox.serving import run_in_thread
from bot.store import Delivery, open_database
from bot.web import health
from bot.web.health import SILENT, STUCK, look
from tests.tables import create_tables

NOW = 1_800_000_000.0


def add(database: Engine, **fields: Any) -> None:
    with Session(database) as session:
        guid = str(uuid.uuid4())
        session.add(Delivery(**{"guid": guid, "event": "issues", "body": b"", "received_at": NOW, **fields}))
        session.commit()


def seen(database: Engine) -> health.Health:
    with Session(database) as session:
        return look(session, NOW)


def test_with_nothing_waiting_there_is_nothing_to_be_late_with(database: Engine) -> None:
    add(database, status="handled", received_at=1.0, handled_at=2.0)
    add(database, status="dead", received_at=1.0, handled_at=2.0)
    found = seen(database)
    assert (found.status, found.waiting, found.dead) == ("ok", 0, 1)
    assert (found.oldest_waiting_seconds, found.last_finished_seconds) == (None, None)


def test_while_some_wait_it_says_for_how_long_and_when_the_last_one_was_finished(database: Engine) -> None:
    add(database, status="queued", received_at=NOW - 300)
    add(database, status="received", received_at=NOW - 60)
    add(database, status="ignored", received_at=NOW - 900, handled_at=NOW - 40)
    add(database, status="handled", received_at=NOW - 800, handled_at=NOW - 20)
    found = seen(database)
    assert (found.status, found.waiting) == ("ok", 2)
    assert (found.oldest_waiting_seconds, found.last_finished_seconds) == (300.0, 20.0)


@pytest.mark.parametrize(
    ("waited", "finished", "well"),
    [
        (STUCK + 1, None, False),
        (STUCK + 1, STUCK + 1, False),
        (STUCK + 1, STUCK - 1, True),
        (STUCK - 1, STUCK + 1, True),
    ],
)
def test_it_is_stuck_when_nothing_ends_for_longer_than_trying_again_takes(
    database: Engine, waited: float, finished: float | None, well: bool
) -> None:
    add(database, status="queued", received_at=NOW - waited)
    if finished is not None:
        add(database, status="handled", received_at=1.0, handled_at=NOW - finished)
    assert (seen(database).status == "ok") is well


@contextmanager
def served(database: Engine, **silence: float) -> Iterator[httpx.Response]:
    app = FastAPI()
    said = {part: (lambda seconds=seconds: seconds) for part, seconds in silence.items()}
    app.include_router(health.routes(database, said))
    with run_in_thread(app) as service:
        yield httpx.get(f"{service.url}/health")


def test_a_part_that_gives_no_sign_of_life_is_named_with_503(database: Engine) -> None:
    with served(database, pump=SILENT - 1, loop=SILENT + 1) as answer:
        assert answer.status_code == 503
        assert answer.json()["status"] == "loop gave no sign of life for 121 seconds"
        assert answer.json()["waiting"] == 0
    with served(database, pump=0.0, loop=0.0) as answer:
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_a_database_that_does_not_answer_is_said_with_503(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'giveback.db'}")
    with served(database) as answer:
        assert (answer.status_code, answer.json()["status"]) == (503, "the database does not answer")
    create_tables(database)
    with served(database) as answer:
        assert answer.status_code == 200
    database.dispose()
