from __future__ import annotations

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from bot.store import Delivery
from bot.unit_of_work import UnitOfWork


def add(session: Session, guid: str) -> str:
    session.add(Delivery(guid=guid, event="issues", body=b"{}", received_at=0.0))
    return guid


def refuse(session: Session) -> None:
    raise LookupError("not this")


def kept(database: Engine) -> list[str]:
    with Session(database) as session:
        return list(session.exec(select(Delivery.guid).order_by(Delivery.guid)))


async def test_what_was_added_is_committed_together_and_in_order(database: Engine) -> None:
    commits = []
    event.listen(database, "commit", lambda connection: commits.append(connection))
    unit = UnitOfWork(database)
    for guid in ("one", "two"):
        unit.add(add, guid)
    assert kept(database) == []
    assert await unit.do(lambda session: session.exec(select(Delivery.guid)).all()) == ["one", "two"]
    assert len(commits) == 1
    await unit.commit()
    assert len(commits) == 1, "nothing was left to commit"


async def test_what_fails_takes_back_what_came_with_it_and_that_stays_to_be_done(database: Engine) -> None:
    unit = UnitOfWork(database)
    unit.add(add, "one")
    with pytest.raises(LookupError):
        await unit.do(refuse)
    assert kept(database) == []
    assert await unit.do(add, "two") == "two"
    assert kept(database) == ["one", "two"]
