from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot import store
from bot.store import Delivery, DeliveryStatus, open_database
from tests.tables import create_tables

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


def put(database: Engine, guid: str = GUID, **fields: Any) -> None:
    with Session(database) as session:
        session.add(Delivery(guid=guid, event="issues", body=b"{}", received_at=1.5, **fields))
        session.commit()


def get(database: Engine, guid: str = GUID) -> Delivery:
    with Session(database) as session:
        found = store.find_delivery(session, guid)
        assert found is not None
        return found


def mark(database: Engine, change: Any, *arguments: Any) -> int:
    with Session(database) as session:
        changed: int = change(session, *arguments)
        session.commit()
        return changed


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def test_words_with_a_nul_in_them_can_be_kept_wherever_there_is_text(database: Engine) -> None:
    put(database, action="a\0b")
    for change in (store.mark_handled, store.mark_ignored, store.mark_dead):
        assert mark(database, change, GUID, "a\0b")
        kept = get(database)
        assert {kept.action, kept.error} < {"a\0b", "a\ufffdb"}


def test_a_delivery_comes_back_as_it_was_stored(database: Engine) -> None:
    body = bytes(range(256))
    with Session(database) as session:
        session.add(
            Delivery(
                guid=GUID,
                event="issues",
                action="opened",
                installation_id=2**40,
                repository="octo/hello",
                thread="octo/hello#1",
                headers={"x-github-event": "issues"},
                body=body,
                received_at=1_700_000_000.123456,
            )
        )
        session.commit()
    found = get(database)
    assert found.body == body
    assert found.headers == {"x-github-event": "issues"}
    assert (found.installation_id, found.received_at) == (2**40, 1_700_000_000.123456)
    assert (found.status, found.attempts, found.failed_features) == ("received", 0, [])


def test_a_body_takes_less_room_in_the_database_than_it_has_bytes(database: Engine) -> None:
    body = b'{"url": "https://api.github.com/repos/octo/hello"}' * 200
    with Session(database) as session:
        session.add(Delivery(guid=GUID, event="issues", body=body, received_at=1.5))
        session.commit()
    with database.connect() as connection:
        size = connection.execute(text("SELECT length(body) FROM delivery")).scalar_one()
    assert get(database).body == body
    assert size < len(body) / 4


def test_a_delivery_is_found_whichever_case_its_guid_is_written_in(database: Engine) -> None:
    put(database)
    assert get(database, GUID.upper()).guid == GUID


def test_a_guid_is_stored_once(database: Engine) -> None:
    put(database)
    with pytest.raises(IntegrityError):
        put(database)


def test_the_sequence_is_the_order_of_arrival_and_no_number_is_used_twice(database: Engine) -> None:
    put(database, guid(1))
    put(database, guid(2))
    with Session(database) as session:
        session.delete(get(database, guid(2)))
        session.commit()
    put(database, guid(3))
    first, third = get(database, guid(1)).sequence, get(database, guid(3)).sequence
    assert first is not None
    assert third is not None
    assert third > first + 1


def test_a_list_has_the_newest_first_and_leaves_bodies_in_the_database(database: Engine) -> None:
    for number in range(3):
        put(database, guid(number))
    mark(database, store.mark_dead, guid(1), "no")
    with Session(database) as session:
        everything = store.list_deliveries(session)
        assert [d.guid for d in everything] == [guid(2), guid(1), guid(0)]
        assert "body" in inspect(everything[0]).unloaded
        assert [d.guid for d in store.list_deliveries(session, DeliveryStatus.dead)] == [guid(1)]
        assert len(store.list_deliveries(session, limit=1)) == 1


def test_deliveries_are_queued_by_one_of_those_who_try(database: Engine) -> None:
    put(database)
    put(database, guid(2))
    assert mark(database, store.mark_queued, [GUID, guid(2), guid(3)]) == 2
    assert mark(database, store.mark_queued, [GUID]) == 0


def test_a_handled_delivery_says_when(database: Engine) -> None:
    put(database)
    mark(database, store.mark_queued, [GUID])
    mark(database, store.mark_attempted, GUID)
    assert mark(database, store.mark_handled, GUID)
    found = get(database)
    assert (found.status, found.attempts) == ("handled", 1)
    assert found.handled_at is not None
    assert found.handled_at > found.received_at


def test_a_dead_delivery_says_why_and_what_failed(database: Engine) -> None:
    put(database)
    assert mark(database, store.mark_dead, GUID, "no", ["triage"])
    found = get(database)
    assert (found.status, found.error, found.failed_features) == ("dead", "no", ["triage"])


def test_a_dead_delivery_is_put_back_with_its_failed_features(database: Engine) -> None:
    put(database)
    mark(database, store.mark_dead, GUID, "no", ["triage"])
    assert mark(database, store.mark_received, GUID)
    found = get(database)
    assert (found.status, found.error, found.failed_features) == ("received", None, ["triage"])


@pytest.mark.parametrize("queued", [False, True])
def test_a_delivery_on_its_way_is_not_put_back(database: Engine, queued: bool) -> None:
    put(database)
    if queued:
        mark(database, store.mark_queued, [GUID])
    assert not mark(database, store.mark_received, GUID)


def test_changing_a_delivery_that_does_not_exist_says_so(database: Engine) -> None:
    assert not mark(database, store.mark_handled, GUID)


def test_writers_of_one_database_wait_for_each_other(database: Engine) -> None:
    def put_some(worker: int) -> None:
        for number in range(10):
            with Session(database) as session:
                # A read before the write is what makes SQLite refuse a writer that locks too late.
                store.list_deliveries(session)
                session.add(
                    Delivery(guid=guid(worker * 100 + number), event="push", body=b"{}", received_at=1)
                )
                session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put_some, range(4)))
    with Session(database) as session:
        assert len(store.list_deliveries(session, limit=100)) == 40


def test_a_durable_database_syncs_every_commit_and_the_other_does_not(database_url: str) -> None:
    question = "PRAGMA synchronous" if "sqlite" in database_url else "SHOW synchronous_commit"
    answers = []
    for durable in (True, False):
        engine = open_database(database_url, durable=durable)
        with engine.connect() as connection:
            answers.append(connection.execute(text(question)).scalar_one())
        engine.dispose()
    assert answers in ([2, 1], ["on", "off"])


def test_a_sqlite_file_and_its_folder_are_private(tmp_path: Path) -> None:
    file = tmp_path / "state" / "giveback.db"
    engine = open_database(f"sqlite:///{file}")
    create_tables(engine)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    engine.dispose()


def test_what_a_failing_statement_carried_stays_out_of_the_error(database: Engine) -> None:
    put(database)
    with pytest.raises(IntegrityError) as caught:
        put(database, repository="octo/private")
    assert "octo/private" not in str(caught.value).split("DETAIL")[0]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_another_kind_of_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match="not supported: use a SQLite file or PostgreSQL"):
        open_database(url)


# When the database is away
