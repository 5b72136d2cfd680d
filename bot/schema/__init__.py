"""Bring the database to the schema that this version knows, step by step, or say why that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, inspect, select

from bot.store import changing_the_schema

LATEST = "0005"
"""The last of the steps: the schema that this version of Giveback reads and writes."""

STEPS = Path(__file__).parent / "versions"

VERSION_TABLE = "schema_version"
_VERSION = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))
"""Where a database says which schema it has. Alembic keeps it; the name of the column is Alembic's."""


class OtherSchemaError(Exception):
    """The database has another schema than this version reads and writes; the message says what to do."""


class OlderSchemaError(OtherSchemaError):
    """The database has a schema of an earlier version, which a service of that version may still use."""

    def __init__(self, found: str | None) -> None:
        super().__init__(
            f"The database has {f'schema {found}' if found else 'the first schema'}, and this version of "
            f"Giveback reads and writes {LATEST}. Only the service brings a database forward: stop the old "
            "one, make a backup, and start `giveback serve` of this version. Until then use the commands of "
            "the version that runs."
        )


class NewerSchemaError(OtherSchemaError):
    """The database has a schema that this version does not know."""

    def __init__(self, found: str, latest: str) -> None:
        super().__init__(
            f"The database has schema {found}, and this version of Giveback knows those up to {latest}: a "
            "newer one has used it. Start that one again, or restore the backup made before the upgrade."
        )


def bring_up_to_date(database: Engine, latest: str = LATEST, steps: Sequence[Path] = (STEPS,)) -> None:
    """Give an empty database its tables, and take an older one forward; one that is up to date is left alone.

    All steps are taken in one transaction and under a lock: of several workers that start at once one takes
    them, and a step that fails leaves the database as it was.

    Raises:
        NewerSchemaError: the database is ahead of this version.
    """
    with database.connect() as connection:
        if version_of(connection) == latest:
            return
    with changing_the_schema(database) as connection:
        found = version_of(connection)
        if found is None and not inspect(connection).has_table("delivery"):
            from bot.schema.tables import TABLES  # every module that keeps something: only now are all needed

            TABLES.create_all(connection)
            _VERSION.create(connection)
            connection.execute(insert(_VERSION).values(version_num=latest))
        elif found != latest:
            take_steps(connection, found, latest, steps)


def require_up_to_date(database: Engine) -> None:
    """Make sure that a database has the schema this version knows; an empty one gets its tables.

    An older one is left as it is, for the service that runs may be as old.

    Raises:
        OtherSchemaError: it is older or newer.
    """
    with database.connect() as connection:
        found = version_of(connection)
        is_empty = found is None and not inspect(connection).has_table("delivery")
    if found is not None and found > LATEST:
        raise NewerSchemaError(found, LATEST)
    if found != LATEST and not is_empty:
        raise OlderSchemaError(found)
    bring_up_to_date(database)


def version_of(connection: Connection) -> str | None:
    """Read which schema a database has; ``None`` where it does not say."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def take_steps(connection: Connection, found: str | None, latest: str, steps: Sequence[Path]) -> None:
    """Take the steps from one schema to another, in the transaction that is given.

    Raises:
        NewerSchemaError: none of the steps leads to what was found.
    """
    from alembic import command  # only an upgrade takes it
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, steps)))
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise NewerSchemaError(found, latest)
    command.upgrade(config, latest)
