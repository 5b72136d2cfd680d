from __future__ import annotations

import asyncio
import time
import uuid

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot import pump as pump_module
from bot import store
from bot.durable import Durable, Job, Patience
from bot.pump import REFILL, SHARE, Pump
from bot.store import Delivery
from tests.scene import eventually


class Taken:
    """A queue that takes jobs and carries none out."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> None:
        self.jobs.append(job)

    def ended(self, jobs: list[str]) -> dict[str, str]:
        return {}


class NoEngine:
    """What a job is given that asks nothing of its engine."""

    job = "a job"
    patience = Patience()


def test_those_that_wait_for_room_are_handed_over_when_others_end(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "SWEEP", 3600.0)
    with Session(database) as session:
        for _ in range(SHARE + REFILL + 1):
            session.add(
                Delivery(
                    guid=str(uuid.uuid4()),
                    event="issues",
                    installation_id=1,
                    body=b"{}",
                    received_at=time.time(),
                )
            )
        session.commit()

    async def handle(guid: str, durable: Durable) -> None:
        with Session(database) as session:
            store.mark_handled(session, guid)
            session.commit()

    queue = Taken()
    pump = Pump(database, queue)
    pump.start()
    try:
        eventually(lambda: len(queue.jobs) == SHARE)
        watched = pump.watch(handle)
        for job in queue.jobs[:REFILL]:
            asyncio.run(watched(job.argument, NoEngine()))  # type: ignore[arg-type]  # the job asks nothing
        eventually(lambda: len(queue.jobs) == SHARE + REFILL)
    finally:
        pump.stop()
