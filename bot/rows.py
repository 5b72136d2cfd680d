"""Write rows with few and known statements, past what SQLAlchemy's objects need to keep track of them."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table, Update, bindparam, insert, update
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, SQLModel

_KEY = "key_of_"


def table_of(model: type[SQLModel]) -> Table:
    """Give the table of a model."""
    return cast(Table, cast(Any, model).__table__)


def put(session: Session, row: SQLModel) -> None:
    """Put a row in, in place of the one with its key.

    It takes one statement where there is one, and two where there is none.
    """
    table = table_of(type(row))
    values = row.model_dump()
    key = tuple(values[column.key] for column in table.primary_key)
    names = {f"{_KEY}{column.key}": value for column, value in zip(table.primary_key, key, strict=True)}
    replacement, addition = _statements(table)
    session.flush()
    connection = session.connection()
    if connection.execute(replacement, {**values, **names}).rowcount == 0:
        connection.execute(addition, values)
    held = session.identity_map.get(identity_key(type(row), key))
    if held is not None:
        session.expire(held)


@cache
def _statements(table: Table) -> tuple[Update, Insert]:
    """Write the statements that put a row into a table, once for all rows."""
    same = [column == bindparam(f"{_KEY}{column.key}") for column in table.primary_key]
    return update(table).where(*same), insert(table)
