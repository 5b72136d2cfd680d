from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.checkpoints import WRITES
from bot.store import CHECKPOINT_PAGES, PAGE_BYTES, open_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'giveback.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (number INTEGER, content BLOB)"))
    yield engine
    engine.dispose()


def write(engine: Engine, times: int) -> None:
    for number in range(times):
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO kept VALUES (:number, zeroblob(60000))"), {"number": number})


def in_the_database_itself(folder: Path) -> int:
    """Count what a copy without the log holds."""
    copy = shutil.copy(folder / "giveback.db", folder / "copy.db")
    connection = sqlite3.connect(copy)
    try:
        return int(connection.execute("SELECT count(*) FROM kept").fetchone()[0])
    finally:
        connection.close()


def test_what_was_written_reaches_the_database_while_the_writers_are_still_connected(
    engine: Engine, tmp_path: Path
) -> None:
    with engine.connect():
        write(engine, 3 * WRITES)
        engine.dispose()  # waits for the checkpoint; the connection that is out keeps the log in place
        assert in_the_database_itself(tmp_path) >= WRITES


def test_the_log_stays_small_however_much_is_written(engine: Engine, tmp_path: Path) -> None:
    write(engine, 500)
    assert (tmp_path / "giveback.db-wal").stat().st_size < 3 * CHECKPOINT_PAGES * PAGE_BYTES


def test_a_reader_that_stays_holds_up_neither_writers_nor_checkpoints(engine: Engine) -> None:
    with engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        before = reader.execute(text("SELECT count(*) FROM kept")).scalar_one()
        write(engine, 4 * WRITES)
        assert reader.execute(text("SELECT count(*) FROM kept")).scalar_one() == before
    with engine.connect() as reader:
        assert reader.execute(text("SELECT count(*) FROM kept")).scalar_one() == 4 * WRITES


def test_a_database_that_was_removed_is_not_made_anew(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for file in tmp_path.glob("giveback.db*"):
        file.unlink()
    write(engine, WRITES + 1)
    engine.dispose()
    assert not (tmp_path / "giveback.db").exists()
    assert "could not be copied" in caplog.text


def test_an_engine_goes_on_after_it_was_disposed_of(engine: Engine) -> None:
    write(engine, 2 * WRITES)
    engine.dispose()
    write(engine, 2 * WRITES)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 4 * WRITES
