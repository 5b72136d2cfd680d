from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlmodel import Session

from bot import store, transactions
from bot.durable import Patience
from bot.errors import TransientError
from bot.store import Delivery
from bot.transactions import BETWEEN, in_transaction, session_on

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


def put(database: Engine) -> None:
    with Session(database) as session:
        session.add(Delivery(guid=GUID, event="issues", body=b"{}", received_at=1.5))
        session.commit()


def attempts(database: Engine) -> int:
    with Session(database) as session:
        found = store.find_delivery(session, GUID)
        assert found is not None
        return found.attempts


def hiccups(*errors: Exception) -> Callable[[Session], str]:
    """Give work that fails once with each of the errors, and then is done."""
    left = list(errors)

    def work(session: Session) -> str:
        session.execute(text("SELECT 1"))
        if left:
            raise left.pop(0)
        return "done"

    return work


AWAY = [
    OperationalError("SELECT", {}, Exception("the server closed the connection")),
    InterfaceError("SELECT", {}, Exception("the connection is closed")),
    NoConnectionError("all connections are in use"),
    DBAPIError("SELECT", {}, Exception("gone"), connection_invalidated=True),
]


@pytest.fixture
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "BETWEEN", Patience(first=0.0001, longest=0.0001))


@pytest.mark.usefixtures("_in_a_hurry")
@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_a_hiccup_of_the_database_is_waited_out(database: Engine, error: Exception) -> None:
    assert await in_transaction(database, hiccups(error, error)) == "done"


@pytest.mark.usefixtures("_in_a_hurry")
@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_an_outage_is_waited_out_however_long_it_lasts(database: Engine, error: Exception) -> None:
    assert await in_transaction(database, hiccups(*[error] * 50)) == "done"


async def test_a_mistake_of_our_own_is_not_tried_again(database: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        await in_transaction(database, hiccups(ZeroDivisionError()))


async def test_a_row_that_somebody_else_puts_in_first_is_found_the_second_time(database: Engine) -> None:
    def keep(session: Session) -> None:
        found = store.find_delivery(session, GUID)
        if found is None:
            put(database)  # by another worker, just now
            session.add(Delivery(guid=GUID, event="issues", body=b"", received_at=2.5))
        else:
            found.attempts += 1

    await in_transaction(database, keep)
    assert attempts(database) == 1


async def test_a_row_that_somebody_else_takes_out_first_is_not_found_the_second_time(
    database: Engine,
) -> None:
    put(database)

    def keep(session: Session) -> str:
        found = store.find_delivery(session, GUID)
        if found is None:
            return "gone"
        with Session(database) as other:
            other.delete(other.get_one(Delivery, found.sequence))
            other.commit()
        found.attempts += 1
        return "kept"

    assert await in_transaction(database, keep) == "gone"


async def test_a_row_that_can_never_be_put_in_is_refused(database: Engine) -> None:
    put(database)

    def add(session: Session) -> None:
        session.add(Delivery(guid=GUID, event="issues", body=b"", received_at=2.5))

    with pytest.raises(IntegrityError):
        await in_transaction(database, add)


async def test_a_table_that_is_missing_is_no_outage(database: Engine) -> None:
    def ask(session: Session) -> None:
        session.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(DBAPIError, match="no_such_table"):
        await in_transaction(database, ask)


def test_a_database_that_is_back_is_found_within_half_a_minute() -> None:
    assert BETWEEN.wait(5_000, None) == 30.0


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_session_says_that_an_outage_may_pass(database: Engine, error: Exception) -> None:
    with pytest.raises(TransientError, match="the database does not answer"), session_on(database) as session:
        hiccups(error)(session)


def test_a_session_passes_on_what_is_no_outage(database: Engine) -> None:
    with pytest.raises(DBAPIError, match="no_such_table"), session_on(database) as session:
        session.execute(text("SELECT * FROM no_such_table"))
