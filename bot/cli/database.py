"""Open the service's database for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot.cli.service import errors, settings_or_exit
from bot.schema import OtherSchemaError, require_up_to_date
from bot.store import open_database


@contextmanager
def session_or_exit(*, must_exist: bool = False) -> Iterator[Session]:
    """Open the database the settings name; stop in plain words when that is impossible.

    ``must_exist`` makes no SQLite file where there is none: nothing in a new one answers a question about
    the service's.
    """
    url = settings_or_exit().database_url
    file = Path(make_url(url).database or "")
    if must_exist and url.startswith("sqlite") and not file.exists():
        said = "Run this with the settings of the service, in the folder where it runs."
        _stop(f"There is no database at {file.absolute()}. {said}")
    database = open_database(url)
    try:
        require_up_to_date(database)
        with Session(database, expire_on_commit=False) as session:
            yield session
    except OtherSchemaError as error:
        _stop(str(error))
    except OperationalError as error:
        _stop(f"The database does not answer: {error.orig}")
    finally:
        database.dispose()


def _stop(said: str) -> NoReturn:
    errors.print(said, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(2) from None
