"""Open the service's database for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlmodel import Session

from bot.cli.service import errors, settings_or_exit
from bot.schema import NewerSchemaError, bring_up_to_date
from bot.store import open_database


@contextmanager
def session_or_exit() -> Iterator[Session]:
    """Open the database the settings name; stop in plain words when that is impossible."""
    database = open_database(settings_or_exit().database_url)
    try:
        bring_up_to_date(database)
        with Session(database, expire_on_commit=False) as session:
            yield session
    except NewerSchemaError as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    finally:
        database.dispose()
