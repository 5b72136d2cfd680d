from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect
from sqlmodel import Session, select

from bot import pump as pump_module
from bot import store
from bot.durable import Durable, Job
from bot.events import TIMER
from bot.pump import IN_FLIGHT, REFILL, SHARE, Pump, job_for
from bot.store import Delivery
from tests.scene import eventually


@dataclass
class Line:
    """A queue that takes jobs and runs none."""

    jobs: list[Job] = field(default_factory=list)

    def submit(self, job: Job) -> None:
        self.jobs.append(job)

    def ended(self, jobs: list[str]) -> dict[str, str]:
        return {}


def arrive(database: Engine, installations: Sequence[int | None], **fields: str) -> None:
    with Session(database) as session:
        session.add_all(
            Delivery(
                **{  # type: ignore[arg-type]  # text columns
                    "guid": str(uuid.uuid4()),
                    "event": "issues",
                    "installation_id": installation,
                    "body": b"{}",
                    "received_at": 0.0,
                    **fields,
                }
            )
            for installation in installations
        )
        session.commit()


def all_moved(pump: Pump) -> int:
    moved = 0
    while step := pump.move():
        moved += step
    return moved


def test_deliveries_are_handed_over_once_in_order_of_arrival(database: Engine) -> None:
    arrive(database, [1, 2, None, 1])
    line = Line()
    pump = Pump(database, line)
    assert (pump.move(), pump.move()) == (4, 0)
    orders = [job.order for job in line.jobs]
    assert orders == sorted(orders)
    with Session(database) as session:
        assert set(session.exec(select(Delivery.status)).all()) == {"queued"}


def test_what_people_wait_for_comes_before_the_bots_own_timers(database: Engine) -> None:
    arrive(database, [1, 1], event=TIMER)
    arrive(database, [1, 1])
    line = Line()
    Pump(database, line).move()
    assert [job.order for job in line.jobs] == [3, 4, 1, 2]


def test_a_flood_of_timers_leaves_room_for_what_people_wait_for(database: Engine) -> None:
    arrive(database, range(IN_FLIGHT), event=TIMER)
    arrive(database, [2])
    line = Line()
    assert Pump(database, line).move() == IN_FLIGHT
    assert line.jobs[0].order == IN_FLIGHT + 1


def test_a_backlog_is_not_sorted_to_find_its_first_ones(database: Engine) -> None:
    asked: list[tuple[str, Any]] = []
    with Session(database) as session:
        event.listen(database, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        pump_module._waiting(session, besides=[1], limit=10)
        connection, explain = session.connection(), "EXPLAIN QUERY PLAN"
        if database.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan TO off")  # it prefers one while the table is small
            explain = "EXPLAIN"
        for statement, parameters in asked[:2]:
            plan = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
            assert "delivery_by_status" in str(plan)
            assert not re.search(r"Sort|TEMP B-TREE", str(plan))


def test_a_delivery_the_engine_does_not_take_holds_up_no_other(
    database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    @dataclass
    class Picky(Line):
        refused: int = 1

        def submit(self, job: Job) -> None:
            if job.order == self.refused:
                raise ValueError("not this one")
            super().submit(job)

    arrive(database, [1, 2])
    line = Picky()
    pump = Pump(database, line)
    assert (pump.move(), pump.move()) == (1, 0)
    assert [job.order for job in line.jobs] == [2]
    assert line.jobs[0].argument not in caplog.text
    line.refused = 0
    assert pump.move() == 1


def test_a_flood_of_one_installation_holds_up_no_other(database: Engine) -> None:
    arrive(database, [1] * (IN_FLIGHT + SHARE))
    arrive(database, [2, None, 3])
    line = Line()
    assert all_moved(Pump(database, line)) == SHARE + 3


def test_all_together_are_not_more_than_the_engine_is_given_at_a_time(database: Engine) -> None:
    arrive(database, [number for number in range(IN_FLIGHT // SHARE + 2) for _ in range(SHARE)])
    assert all_moved(Pump(database, Line())) == IN_FLIGHT


def test_what_crashed_between_the_two_commits_is_handed_over_as_the_same_job(database: Engine) -> None:
    class Crash(Line):
        def submit(self, job: Job) -> None:
            super().submit(job)
            raise KeyboardInterrupt

    arrive(database, [1])
    first, second = Crash(), Line()
    try:
        Pump(database, first).move()
    except KeyboardInterrupt:
        Pump(database, second).move()
    assert first.jobs == second.jobs


def test_a_delivery_that_ended_and_is_replayed_while_it_is_handed_over_is_handed_over_again(
    database: Engine,
) -> None:
    class Quick(Line):
        def submit(self, job: Job) -> None:
            super().submit(job)
            if len(self.jobs) == 1:
                with Session(database) as session:
                    store.mark_dead(session, job.argument, "failed at once")
                    store.mark_received(session, job.argument)
                    session.commit()

    arrive(database, [1])
    line = Quick()
    pump = Pump(database, line)
    pump.move()
    pump.move()
    first, second = (job.id for job in line.jobs)
    assert second == f"{first}/1"


def test_deliveries_of_a_thread_share_a_line_and_a_replay_is_a_job_of_its_own() -> None:
    def job(**fields: object) -> Job:
        values = {"guid": "g", "event": "issues", "body": b"", "received_at": 0.0, "sequence": 5, **fields}
        return job_for(Delivery.model_validate(values))

    assert job(line="11#7", thread="octo/models#7").partition == "11#7"
    assert job(line="11", repository="octo/models").partition == "11"
    assert job(installation_id=3).partition == "installation:3"
    assert (job().id, job(replays=2).id, job().order, job().argument) == ("g", "g/2", 5, "g")


def test_once_started_it_forgets_what_is_old_bit_by_bit_and_moves_on_when_that_fails(
    database: Engine,
) -> None:
    left = [True, True]

    def forget() -> bool:
        if not left:
            raise RuntimeError("the disk is full")
        return left.pop()

    arrive(database, [1])
    line = Line()
    pump = Pump(database, line, forget)
    pump.start()
    eventually(lambda: not left and line.jobs, "the sweep")
    arrive(database, [1])
    pump.announce()
    eventually(lambda: len(line.jobs) == 2, "the second delivery")
    pump.stop()


def test_those_that_wait_for_room_are_handed_over_when_others_end(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "SWEEP", 3600.0)
    arrive(database, [1] * (SHARE + REFILL + 1))

    async def handle(guid: str, durable: Durable) -> None:
        with Session(database) as session:
            store.mark_handled(session, guid)
            session.commit()

    line = Line()
    pump = Pump(database, line)
    watched = pump.watch(handle)
    pump.start()
    try:
        eventually(lambda: len(line.jobs) == SHARE, "the first share")
        for job in line.jobs[:REFILL]:
            asyncio.run(watched(job.argument, None))  # type: ignore[arg-type]  # it asks the engine nothing
        eventually(lambda: len(line.jobs) == SHARE + REFILL, "the next ones")
    finally:
        pump.stop()


def test_looking_for_lost_jobs_leaves_the_payloads_in_the_database(database: Engine) -> None:
    arrive(database, [1], status="queued")
    (queued,) = Pump(database, Line())._queued()
    assert "body" in inspect(queued).unloaded


def test_a_pump_that_only_stumbles_gives_no_sign_of_life(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "SWEEP", 0.01)
    looks: list[bool] = []

    class Broken(Pump):
        def move(self) -> int:
            looks.append(True)
            if len(looks) > 1:
                raise RuntimeError("no")
            return 0

    pump = Broken(database, Line())
    pump.start()
    eventually(lambda: len(looks) > 1, "the first failure")
    before = pump.silence()
    eventually(lambda: len(looks) > 5, "some more")
    assert pump.silence() > before
    pump.stop()
