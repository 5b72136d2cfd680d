"""A fresh database for every test that asks for one: SQLite, and a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from bot.store import open_database
from tests.postgresql import empty_database, postgresql_server
from tests.tables import create_tables

# A test is not wrong because the machine is busy, so there is no deadline. `make test` tries few examples of
# each property, the same ones each time, for what was right must not be found wrong by chance somewhere else;
# `make fuzz` looks for new ones, and tries many. `--hypothesis-profile` chooses between them.
settings.register_profile("few", deadline=None, max_examples=30, derandomize=True)
settings.register_profile("many", deadline=None, max_examples=2000)
settings.load_profile("few")


# Everything is on loopback and nearly nothing by TLS, but each HTTP client reads all the certificates there
# are when it is made, for 30 ms; from a folder it reads none before it needs one.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent / "fixtures")

LONG = {Path(__file__).parent / name for name in ("contract", "crash", "service", "bad_input", "release")}
"""The folders whose tests take long: two workers end at about the same time when these do not come last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first, and leave the rest in its order."""
    items.sort(key=lambda item: not LONG.intersection(item.path.parents))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgresql_server(durable=False) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with empty_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'giveback.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An open database of each kind, with the tables in it."""
    engine = open_database(database_url)
    create_tables(engine)
    yield engine
    engine.dispose()
