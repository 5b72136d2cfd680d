"""What tests of many features at once share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.store import open_database
from tests.tables import create_tables


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Path]]:
    """A database that all lives share, each with a repository of its own."""
    folder = tmp_path_factory.mktemp("lives")
    database = open_database(f"sqlite:///{folder / 'giveback.db'}", durable=False)
    create_tables(database)
    yield database, folder
    database.dispose()
