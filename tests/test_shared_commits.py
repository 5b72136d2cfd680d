from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from bot import transactions
from bot.shared_commits import GROUP_LIMIT, SharedCommits
from bot.store import Delivery

MANY = 3 * GROUP_LIMIT


@pytest.fixture
def shared(database: Engine) -> SharedCommits:
    """One transaction at a time, so that what waits comes together."""
    return SharedCommits(lambda error: isinstance(error, ConnectionError), most=1)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


def add(number: int) -> Callable[[Session], int]:
    def work(session: Session) -> int:
        session.add(Delivery(guid=str(number), event="issues", body=b"{}", received_at=0.0))
        return number

    return work


def fail(error: Exception) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        raise error

    return work


def kept(database: Engine) -> set[str]:
    with Session(database) as session:
        return set(session.exec(select(Delivery.guid)))


async def while_one_is_busy(
    shared: SharedCommits, database: Engine, gate: threading.Event, *works: Callable[[Session], object]
) -> list[object]:
    """Have pieces of work come while a transaction is under way; give what became of them."""
    begun = threading.Event()

    def hold(session: Session) -> None:
        begun.set()
        assert gate.wait(30)

    first = asyncio.ensure_future(shared.do(database, hold))
    await asyncio.to_thread(begun.wait, 30)
    asked = [asyncio.ensure_future(shared.do(database, work)) for work in works]
    await asyncio.sleep(0)
    gate.set()
    await first
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_what_comes_during_one_transaction_shares_the_next(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    given = await while_one_is_busy(shared, database, gate, *(add(number) for number in range(MANY)))
    assert given == list(range(MANY))
    assert kept(database) == {str(number) for number in range(MANY)}
    assert shared.transactions == 1 + MANY / GROUP_LIMIT


async def test_nothing_is_answered_before_it_is_committed(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    committed = []
    event.listen(database, "commit", lambda connection: committed.append(connection))

    async def ask(number: int) -> int:
        await shared.do(database, add(number))
        return len(committed)

    assert await ask(1) >= 1
    assert await ask(2) >= 2


async def test_one_that_fails_takes_nothing_of_the_others_with_it(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    given = await while_one_is_busy(
        shared, database, gate, add(1), fail(LookupError("mine alone")), add(2), add(1), add(3)
    )
    assert (given[0], given[2], given[4]) == (1, 2, 3)
    assert [type(given[number]).__name__ for number in (1, 3)] == ["LookupError", "IntegrityError"]
    assert kept(database) == {"1", "2", "3"}


async def test_an_error_that_no_future_takes_keeps_nobody_waiting(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    given = await while_one_is_busy(shared, database, gate, fail(StopIteration()), add(1))
    assert [type(given[0]), given[1]] == [RuntimeError, 1]


async def test_a_database_that_is_away_is_told_to_all_and_asked_once(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    given = await while_one_is_busy(
        shared, database, gate, add(1), fail(ConnectionError("the database is away")), add(2)
    )
    assert [type(one).__name__ for one in given] == ["ConnectionError"] * 3
    assert (kept(database), shared.transactions) == (set(), 1)


async def test_no_piece_sees_what_another_has_in_hand(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    await shared.do(database, add(1))

    def change(session: Session) -> Delivery:
        row = session.exec(select(Delivery)).one()
        row.attempts += 1
        return row

    first, second = await while_one_is_busy(shared, database, gate, change, change)
    assert isinstance(first, Delivery)
    assert isinstance(second, Delivery)
    assert (first.attempts, second.attempts) == (1, 2)


async def test_whoever_stops_waiting_holds_up_nobody(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    impatient = asyncio.ensure_future(shared.do(database, lambda session: gate.wait(30)))
    await asyncio.sleep(0)
    impatient.cancel()
    gate.set()
    assert await shared.do(database, add(1)) == 1


def test_those_of_one_loop_wait_for_nothing_of_another_that_has_closed(
    shared: SharedCommits, database: Engine, gate: threading.Event
) -> None:
    async def leave() -> None:
        asyncio.ensure_future(shared.do(database, lambda session: gate.wait(30)))  # noqa: RUF006 - it is given up
        await asyncio.sleep(0)

    asyncio.run(leave())
    gate.set()
    assert asyncio.run(shared.do(database, add(1))) == 1


async def test_jobs_of_one_database_share_its_commits(database: Engine) -> None:
    works = (transactions.in_transaction(database, add(number)) for number in range(MANY))
    assert await asyncio.gather(*works) == list(range(MANY))
    assert transactions._shared[database].transactions < MANY
