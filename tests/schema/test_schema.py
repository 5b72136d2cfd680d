"""Databases of every age, brought to the schema of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlmodel import Session

from bot import store, threads
from bot.events import Thread
from bot.schema import (
    LATEST,
    STEPS,
    VERSION_TABLE,
    NewerSchemaError,
    OlderSchemaError,
    bring_up_to_date,
    require_up_to_date,
    take_steps,
)
from bot.schema.tables import TABLES
from bot.store import changing_the_schema, open_database

OLDER = Path(__file__).parent / "older"
GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"

NEXT = f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9001", "{LATEST}"
def upgrade():
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(sa.Column("kept_for", sa.String(), nullable=False, server_default="a while"))
        delivery.alter_column("error", new_column_name="note")
    op.execute("UPDATE delivery SET note = 'looked at'")
"""
BROKEN = """
from alembic import op
revision, down_revision = "9002", "9001"
def upgrade():
    op.drop_table("timer")
    op.execute("SELECT nothing FROM nowhere")
"""


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database as it was before schemas were numbered."""
    file = tmp_path / "older.db"
    with sqlite3.connect(file) as connection:
        connection.executescript((OLDER / "unnumbered.sql").read_text())
    connection.close()
    engine = open_database(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def differences(database: Engine) -> list[Any]:
    """What the tables lack, or have too much of, against what the code reads and writes."""
    with database.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_server_default": True}
        found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), TABLES)
        return found


def version(database: Engine) -> str:
    with database.connect() as connection:
        return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def put(database: Engine) -> None:
    with Session(database) as session:
        session.add(store.Delivery(guid=GUID, event="push", body=b"{}", received_at=1.0))
        session.commit()


def test_an_empty_database_gets_every_table_and_says_which_schema_it_has(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: bring_up_to_date(empty), range(4)))
    assert (differences(empty), version(empty)) == ([], LATEST)
    bring_up_to_date(empty)
    assert version(empty) == LATEST


def test_the_steps_lead_where_a_new_database_begins(empty: Engine) -> None:
    """When this fails, a table was changed without a step: what is listed is what the step has to do."""
    with changing_the_schema(empty) as connection:
        take_steps(connection, None, LATEST, [STEPS])
    assert (differences(empty), version(empty)) == ([], LATEST)


def test_a_database_from_before_schemas_were_numbered_is_taken_forward_with_its_rows(older: Engine) -> None:
    assert differences(older)
    bring_up_to_date(older)
    assert (differences(older), version(older)) == ([], LATEST)
    with Session(older) as session:
        delivery = store.find_delivery(session, GUID)
        assert delivery is not None
        assert delivery.body == b'{"action":"opened"}'
        thread = Thread("octo/models", 7, 1)
        assert threads.sections(session, thread) == {"triage": "To look into this, I need the version."}
        assert threads.added_labels(session, thread) == {"bug"}


def test_a_step_changes_tables_and_keeps_what_is_in_them(empty: Engine, tmp_path: Path) -> None:
    bring_up_to_date(empty)
    put(empty)
    (tmp_path / "step_9001.py").write_text(NEXT)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: bring_up_to_date(empty, "9001", [STEPS, tmp_path]), range(4)))
    assert version(empty) == "9001"
    with empty.connect() as connection:
        row = connection.execute(text("SELECT guid, sequence, note, kept_for FROM delivery")).one()
    assert tuple(row) == (GUID, 1, "looked at", "a while")


def test_a_step_that_fails_leaves_everything_as_it_was(empty: Engine, tmp_path: Path) -> None:
    bring_up_to_date(empty)
    put(empty)
    (tmp_path / "step_9001.py").write_text(NEXT)
    (tmp_path / "step_9002.py").write_text(BROKEN)
    with pytest.raises(Exception, match="nowhere"):
        bring_up_to_date(empty, "9002", [STEPS, tmp_path])
    assert (differences(empty), version(empty)) == ([], LATEST)
    assert inspect(empty).has_table("timer")


def test_a_command_gives_an_empty_database_its_tables(empty: Engine) -> None:
    require_up_to_date(empty)
    assert (differences(empty), version(empty)) == ([], LATEST)
    require_up_to_date(empty)


def test_a_command_leaves_an_older_database_to_the_service_that_may_run(older: Engine) -> None:
    with pytest.raises(OlderSchemaError, match="Only the service brings a database forward: stop the old"):
        require_up_to_date(older)
    assert not inspect(older).has_table(VERSION_TABLE)


def test_a_command_refuses_a_newer_database(empty: Engine) -> None:
    bring_up_to_date(empty)
    with empty.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(NewerSchemaError, match="has schema 9999"):
        require_up_to_date(empty)


def test_a_newer_database_is_refused_with_what_to_do(empty: Engine) -> None:
    bring_up_to_date(empty)
    with empty.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(
        NewerSchemaError, match=r"has schema 9999.*Start that one again, or restore the backup"
    ):
        bring_up_to_date(empty)
    assert version(empty) == "9999"
