"""Groups that share a commit, overload, and a database that fails."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from bot.store import open_database
from tests.inbox.conftest import Served, refused, served
from tests.tables import create_tables


def wait_until(true: Callable[[], bool]) -> None:
    while not true():
        threading.Event().wait(0.005)


@contextlib.contextmanager
def the_database_held_up(database: Engine) -> Iterator[None]:
    """Let no delivery be committed for as long as this lasts."""
    with database.connect() as connection:
        lock = "BEGIN IMMEDIATE" if database.dialect.name == "sqlite" else "LOCK TABLE delivery IN SHARE MODE"
        connection.execute(text(lock))
        yield
        connection.rollback()


def test_deliveries_that_wait_for_the_database_share_a_commit(inbox: Served) -> None:
    with ThreadPoolExecutor(40) as pool:
        with the_database_held_up(inbox.database):
            knocking = [pool.submit(inbox.deliver) for _ in range(40)]
            wait_until(lambda: inbox.inbox.waiting == 40)
            assert not any(one.done() for one in knocking)
        assert {one.result().status_code for one in knocking} == {202}
    assert inbox.inbox.commits <= 3
    assert len(inbox.stored()) == 40


def test_more_deliveries_than_may_wait_are_answered_503_with_retry_after(database: Engine) -> None:
    with served(database, waiting_limit=2) as inbox, ThreadPoolExecutor(2) as pool:
        with the_database_held_up(database):
            knocking = [pool.submit(inbox.deliver) for _ in range(2)]
            wait_until(lambda: inbox.inbox.waiting == 2)
            answer = inbox.deliver()
        refused(answer, 503, "too many deliveries are waiting")
        assert int(answer.headers["retry-after"]) > 0
        assert {one.result().status_code for one in knocking} == {202}
        assert inbox.deliver().status_code == 202


def test_more_bytes_than_may_be_held_are_answered_503_and_let_go_of_afterwards(database: Engine) -> None:
    with served(database, held_limit=100) as inbox:
        refused(inbox.deliver(b'{"x":"' + b"y" * 100 + b'"}'), 503, "too many bodies")
        assert [inbox.deliver(b"{" + b" " * 90 + b"}").status_code for _ in range(3)] == [202] * 3


def test_a_failing_database_is_answered_503_and_a_mended_one_works_again(inbox: Served) -> None:
    with inbox.database.begin() as connection:
        connection.execute(text("ALTER TABLE delivery RENAME TO hidden"))
    answer = inbox.deliver()
    refused(answer, 503, "the database failed")
    assert "retry-after" in answer.headers
    with inbox.database.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO delivery"))
    assert inbox.deliver().status_code == 202


def test_a_lost_connection_to_the_database_is_renewed_without_the_sender_noticing(postgres_url: str) -> None:
    database = open_database(postgres_url)
    create_tables(database)
    with served(database) as inbox:
        assert inbox.deliver().status_code == 202
        with database.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        assert inbox.deliver().status_code == 202
        assert len(inbox.stored()) == 2
    database.dispose()


@pytest.mark.parametrize("in_front", [False, True])
def test_the_inbox_stands_in_front_of_an_application_or_inside_it(database: Engine, in_front: bool) -> None:
    with served(database, in_front=in_front) as inbox:
        assert inbox.deliver().status_code == 202
        assert inbox.client.get("/webhook").status_code == 405
        assert inbox.client.get("/elsewhere").status_code == 404
