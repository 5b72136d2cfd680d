from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, select

from bot.store import Delivery, open_database
from tests.webhooks import headers_for, issue_opened

SENDERS = 8
BODY = issue_opened()


@contextmanager
def inbox_process(database_url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "tests.inbox_process", database_url]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def stored_guids(database_url: str) -> list[str]:
    database = open_database(database_url)
    with Session(database) as session:
        guids = list(session.exec(select(Delivery.guid)))
    database.dispose()
    return guids


@pytest.mark.parametrize("kill_after", [1, 40, 300])
def test_what_was_acknowledged_survives_a_kill_under_load_and_is_stored_once(
    database_url: str, kill_after: int
) -> None:
    acknowledged: list[str] = []
    numbers = count()

    with inbox_process(database_url) as (process, url):

        def send_until_cut() -> None:
            with httpx.Client(base_url=url, timeout=30) as client:
                while True:
                    guid = f"{next(numbers):08x}-0000-4000-8000-000000000000"
                    headers = headers_for(BODY, guid=guid)
                    try:
                        answer = client.post("/webhook", content=BODY, headers=headers)
                    except httpx.TransportError:
                        return
                    assert answer.status_code == 202
                    acknowledged.append(guid)
                    if len(acknowledged) >= kill_after:
                        process.kill()

        with ThreadPoolExecutor(SENDERS) as pool:
            for sender in [pool.submit(send_until_cut) for _ in range(SENDERS)]:
                sender.result()

    assert len(acknowledged) >= kill_after
    stored = stored_guids(database_url)
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored)) <= len(acknowledged) + SENDERS

    with inbox_process(database_url) as (_, url):
        again = httpx.post(f"{url}/webhook", content=BODY, headers=headers_for(BODY, guid=acknowledged[-1]))
        assert (again.status_code, again.json()["message"]) == (200, "seen before")
