from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from bot.store import open_database
from bot.turns import _turns


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Two engines on one file, named in two ways, as the service's and DBOS's are."""
    pair = (
        open_database(f"sqlite:///{tmp_path / 'giveback.db'}"),
        open_database(f"sqlite:///{tmp_path / 'sub' / '..' / 'giveback.db'}", durable=False),
    )
    with pair[0].begin() as connection:
        connection.execute(text("CREATE TABLE counted (name TEXT PRIMARY KEY, number INTEGER)"))
        connection.execute(text("INSERT INTO counted VALUES ('all', 0)"))
    yield pair
    for engine in pair:
        engine.dispose()


def add_one(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE counted SET number = number + 1"))


def number(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT number FROM counted")).scalar_one())


def test_many_threads_of_two_engines_write_one_after_the_other(engines: tuple[Engine, Engine]) -> None:
    with ThreadPoolExecutor(16) as threads:
        for done in [threads.submit(add_one, engines[count % 2]) for count in range(200)]:
            done.result()
    assert number(engines[0]) == 200


def test_whoever_writes_waits_until_the_other_transaction_is_committed(
    engines: tuple[Engine, Engine],
) -> None:
    seen: list[int] = []

    def add_and_look() -> None:
        add_one(engines[1])
        seen.append(number(engines[1]))

    with engines[0].begin() as connection:
        connection.execute(text("UPDATE counted SET number = 10"))
        other = threading.Thread(target=add_and_look)
        other.start()
        other.join(0.2)
        assert other.is_alive()
        assert number(engines[1]) == 0, "reading waits for nobody"
    other.join()
    assert seen == [11]


def test_a_transaction_that_fails_or_is_rolled_back_ends_its_turn(engines: tuple[Engine, Engine]) -> None:
    with pytest.raises(IntegrityError), engines[0].begin() as connection:
        connection.execute(text("INSERT INTO counted VALUES ('all', 1)"))
    with engines[0].connect() as connection:
        connection.execute(text("UPDATE counted SET number = 5"))
        connection.rollback()
    add_one(engines[1])
    assert number(engines[0]) == 1


def test_a_connection_in_autocommit_ends_its_turn_with_each_statement(
    engines: tuple[Engine, Engine],
) -> None:
    with engines[0].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("UPDATE counted SET number = 5"))
        add_one(engines[1])
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO counted VALUES ('all', 1)"))
        add_one(engines[1])
    assert number(engines[0]) == 7


def test_a_connection_that_is_given_up_ends_its_turn(engines: tuple[Engine, Engine]) -> None:
    with engines[0].connect() as connection:
        connection.execute(text("UPDATE counted SET number = 5"))
        connection.invalidate()
    add_one(engines[1])
    assert number(engines[0]) == 1


def test_a_connection_that_left_its_pool_takes_no_turn_that_it_could_not_end(
    engines: tuple[Engine, Engine],
) -> None:
    with engines[0].connect() as connection:
        connection.detach()
        connection.execute(text("UPDATE counted SET number = 5"))
        connection.commit()
    (turn,) = [turn for path, turn in _turns.items() if path == Path(str(engines[0].url.database)).resolve()]
    assert not turn.locked()
