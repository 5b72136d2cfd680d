"""Open the service's database for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from bot import store
from bot.cli.service import settings_or_exit


@contextmanager
def session_or_exit() -> Iterator[Session]:
    """Open the database the settings name; stop in plain words when the settings cannot be read."""
    database = store.open_database(settings_or_exit().database_url)
    try:
        store.create_tables(database)
        with Session(database, expire_on_commit=False) as session:
            yield session
    finally:
        database.dispose()
