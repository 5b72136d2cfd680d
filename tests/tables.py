"""Tables for tests that need some, without the steps of an upgrade."""

from __future__ import annotations

from sqlalchemy import Engine, inspect, text

from bot.schema import LATEST, VERSION_TABLE
from bot.schema.tables import TABLES


def create_tables(database: Engine) -> None:
    """Create all tables, and say that they are of this version."""
    TABLES.create_all(database)
    with database.begin() as connection:
        if inspect(connection).has_table(VERSION_TABLE):
            return
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32))"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{LATEST}')"))
