"""Tables for tests that need some: those that are known there, without the steps of an upgrade."""

from __future__ import annotations

from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from bot.schema import LATEST, VERSION_TABLE


def create_tables(database: Engine) -> None:
    """Create the tables of the modules that the test has loaded, and say that they are of this version."""
    SQLModel.metadata.create_all(database)
    with database.begin() as connection:
        if inspect(connection).has_table(VERSION_TABLE):
            return
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32))"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{LATEST}')"))
