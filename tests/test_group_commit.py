from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot import store
from bot.group_commit import GROUP_LIMIT, Arrival, GroupCommit, StoreUnavailableError
from bot.store import pack


def arrival(number: int) -> Arrival:
    return Arrival(
        guid=f"{number:08x}-0000-4000-8000-000000000000",
        event="issues",
        action=None,
        installation_id=None,
        repository=None,
        thread=None,
        line=None,
        headers="{}",
        body=pack(b"{}"),
        received_at=time.time(),
    )


async def test_deliveries_that_come_together_are_committed_in_full_groups_in_order(database: Engine) -> None:
    count = 3 * GROUP_LIMIT
    async with GroupCommit(database, count) as group_commit:
        assert all(await asyncio.gather(*(group_commit.store(arrival(n)) for n in range(count))))
        assert group_commit.commits == 3
    with Session(database) as session:
        newest_first = store.list_deliveries(session, limit=count)
    assert [row.guid for row in reversed(newest_first)] == [arrival(n).guid for n in range(count)]


async def test_leaving_commits_what_waits_and_takes_nothing_more(database: Engine) -> None:
    async with GroupCommit(database, 1000) as group_commit:
        storing = [asyncio.create_task(group_commit.store(arrival(n))) for n in range(200)]
        await asyncio.sleep(0)
    assert all([await one for one in storing])
    assert group_commit.waiting == 0
    with pytest.raises(StoreUnavailableError, match="stopping"):
        await group_commit.store(arrival(1000))


async def test_one_who_stops_waiting_does_not_disturb_the_others(database: Engine) -> None:
    async with GroupCommit(database, 1000) as group_commit:
        storing = [asyncio.create_task(group_commit.store(arrival(n))) for n in range(3)]
        await asyncio.sleep(0)
        storing[1].cancel()
        assert await asyncio.gather(*storing, return_exceptions=True) != [True, True, True]
        assert [storing[0].result(), storing[2].result()] == [True, True]
        assert await group_commit.store(arrival(9))


async def test_a_copy_in_the_same_group_has_been_seen_before(database: Engine) -> None:
    async with GroupCommit(database, 1000) as group_commit:
        copies = [group_commit.store(arrival(n)) for n in (1, 1, 2, 1)]
        assert await asyncio.gather(*copies) == [True, False, True, False]
        assert group_commit.commits == 1
