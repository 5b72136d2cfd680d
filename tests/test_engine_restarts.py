from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from bot import store, workers
from bot.deliveries import DELIVERY
from bot.durable import Durable, Job, Queue
from bot.engine import RECOVERIES
from bot.pump import Pump, job_for
from bot.store import Delivery, DeliveryStatus
from tests.fixtures.shop import Shop, shop_at, until
from tests.scene import eventually


@pytest.fixture
def closed_shop(database_url: str) -> Iterator[Shop]:
    """An engine that has not begun yet, with a database of its own."""
    with shop_at(database_url) as shop:
        yield shop


def test_a_job_stopped_while_it_waits_goes_on_without_repeating_its_steps(
    closed_shop: Shop,
) -> None:
    done: list[str] = []

    async def work(argument: str, durable: Durable) -> None:
        async def act(name: str) -> str:
            done.append(name)
            return name

        first = await durable.step("one", lambda: act("one"))
        said = await durable.receive("go", 60)
        await durable.step("two", lambda: act(f"{first} {said} two"))

    closed_shop.works["work"] = work
    closed_shop.open()
    job = closed_shop.submit("work")
    eventually(lambda: done == ["one"])
    closed_shop.close()
    closed_shop.open()
    closed_shop.engine.send(job, "go", "then", "k")
    assert closed_shop.ended(job) == ["SUCCESS"]
    assert done == ["one", "one then two"]


def test_what_is_submitted_is_found_at_once_and_so_is_the_next_in_its_line(
    closed_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.QUIET", 3600.0)
    done: list[str] = []

    async def work(argument: str, durable: Durable) -> None:
        done.append(argument)

    closed_shop.works["work"] = work
    closed_shop.open()
    for queue in Queue:
        closed_shop.engine.submit(Job("work", uuid.uuid4().hex, "line", queue, queue=queue))
    eventually(lambda: set(done) == set(Queue), "a job of each queue")
    jobs = [closed_shop.submit("work", str(number), partition="line", order=number) for number in range(1, 6)]
    assert set(closed_shop.ended(*jobs)) == {"SUCCESS"}
    assert done[-5:] == ["1", "2", "3", "4", "5"]


def test_what_others_submitted_is_found_though_nobody_tells(
    closed_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.QUIET", 0.05)
    monkeypatch.setattr("bot.engine.RECENT", 0.0)
    monkeypatch.setattr("bot.news.News.tell", lambda news: None)
    done: list[str] = []

    async def work(argument: str, durable: Durable) -> None:
        done.append(argument)

    closed_shop.works["work"] = work
    closed_shop.open()
    for queue in Queue:
        closed_shop.engine.submit(Job("work", uuid.uuid4().hex, "line", queue, queue=queue))
    eventually(lambda: set(done) == set(Queue), "a job of each queue")


def test_a_step_stopped_halfway_is_done_again_and_the_one_before_it_is_not(
    closed_shop: Shop,
) -> None:
    begun: list[str] = []
    hold = True

    async def work(argument: str, durable: Durable) -> None:
        async def act(name: str) -> str:
            begun.append(name)
            await until(lambda: not (hold and name == "two"))
            return name

        await durable.step("one", lambda: act("one"))
        await durable.step("two", lambda: act("two"))

    closed_shop.works["work"] = work
    closed_shop.open()
    job = closed_shop.submit("work")
    eventually(lambda: begun == ["one", "two"])
    closed_shop.close()
    hold = False
    closed_shop.open()
    assert closed_shop.ended(job) == ["SUCCESS"]
    assert begun == ["one", "two", "two"]


def test_a_job_begun_when_it_still_took_steps_may_wait_where_it_had_one(closed_shop: Shop) -> None:
    begun: list[str] = []

    async def before(argument: str, durable: Durable) -> None:
        async def act() -> str:
            begun.append(argument)
            return argument

        await durable.step("decide", act)
        await until(lambda: False)

    async def after(argument: str, durable: Durable) -> None:
        await durable.sleep(0.01)
        await durable.sleep(0.01)

    closed_shop.works["work"] = before
    closed_shop.open()
    job = closed_shop.submit("work", "x")
    eventually(lambda: begun == ["x"])
    eventually(lambda: "decide" in steps_of(closed_shop), "the step is remembered")
    closed_shop.close()
    closed_shop.works["work"] = after
    closed_shop.open()
    assert closed_shop.ended(job) == ["SUCCESS"]


def steps_of(shop: Shop) -> list[str]:
    table = "operation_outputs" if shop.url.startswith("sqlite") else "dbos.operation_outputs"
    with shop.database.connect() as connection:
        return list(connection.execute(text(f"SELECT function_name FROM {table}")).scalars())


def test_what_a_stopped_step_was_working_on_is_not_logged(closed_shop: Shop) -> None:
    class Listener(logging.Handler):
        said = ""

        def emit(self, record: logging.LogRecord) -> None:
            self.said += record.getMessage()

    listener = Listener()
    begun = threading.Event()

    async def act(payload: str) -> str:
        begun.set()
        await until(lambda: False)
        return payload

    async def work(argument: str, durable: Durable) -> None:
        await durable.step("one", partial(act, "private words"))

    closed_shop.works["work"] = work
    closed_shop.open()
    closed_shop.submit("work")
    eventually(begun.is_set)
    logging.getLogger("dbos").addHandler(listener)
    closed_shop.close()
    logging.getLogger("dbos").removeHandler(listener)
    assert "cancelled" in listener.said
    assert "private words" not in listener.said


def test_a_worker_that_comes_back_under_another_name_takes_over_what_it_left(
    closed_shop: Shop,
) -> None:
    done: list[str] = []

    async def work(argument: str, durable: Durable) -> None:
        async def act() -> str:
            done.append("one")
            return ""

        await durable.step("one", act)
        await durable.receive("go", 60)
        done.append("end")

    closed_shop.works["work"] = work
    closed_shop.open("old host", dead_after=0.3)
    job = closed_shop.submit("work")
    eventually(lambda: done == ["one"])
    closed_shop.close()
    closed_shop.open("new host", dead_after=0.3)
    closed_shop.engine.send(job, "go", "", "k")
    assert closed_shop.ended(job) == ["SUCCESS"]
    assert done == ["one", "end"]


def test_whoever_is_back_first_after_an_outage_takes_nothing_from_the_others(closed_shop: Shop) -> None:
    with Session(closed_shop.database) as session:
        workers.beat(session, "slower to come back", workers.clock(session) - 2 * 3600.0)
        session.commit()
    closed_shop.open("first back", dead_after=3600.0)

    def seen() -> dict[str, float]:
        with Session(closed_shop.database) as session:
            return {one.executor: one.seen_at for one in session.exec(select(workers.Worker)).all()}

    first = eventually(lambda: seen().get("first back", 0.0), "the first beat")
    eventually(lambda: seen()["first back"] > first, "the second beat")
    assert "slower to come back" in seen()


def add_delivery(shop: Shop) -> str:
    guid = str(uuid.uuid4())
    with Session(shop.database) as session:
        session.add(Delivery(guid=guid, event="issues", body=b"{}", received_at=0.0, thread="octo/models#1"))
        session.commit()
    return guid


def found(shop: Shop, guid: str) -> Delivery:
    with Session(shop.database, expire_on_commit=False) as session:
        row = store.find_delivery(session, guid)
        assert row
        return row


def test_a_job_that_ends_without_a_word_is_seen_as_dead(closed_shop: Shop) -> None:
    async def work(argument: str, durable: Durable) -> None:
        raise ZeroDivisionError

    closed_shop.works[DELIVERY] = work
    closed_shop.open()
    pump = Pump(closed_shop.database, closed_shop.engine)
    guid = add_delivery(closed_shop)
    assert pump.move() == 1
    closed_shop.ended(job_for(found(closed_shop, guid)).id)
    pump.bury_lost_jobs()
    dead = found(closed_shop, guid)
    assert (dead.status, dead.error) == ("dead", "the job ended as ERROR without finishing")


def test_a_job_that_crashes_the_process_every_time_is_seen_as_dead_and_can_be_replayed(
    closed_shop: Shop,
) -> None:
    begun = threading.Event()
    blocked = True

    async def work(argument: str, durable: Durable) -> None:
        begun.set()
        await until(lambda: not blocked)
        with Session(closed_shop.database) as session:
            store.mark_handled(session, argument)
            session.commit()

    closed_shop.works[DELIVERY] = work
    closed_shop.open()
    pump = Pump(closed_shop.database, closed_shop.engine)
    guid = add_delivery(closed_shop)
    pump.move()
    eventually(begun.is_set)
    closed_shop.close()
    begun_so_often(closed_shop, RECOVERIES + 1)
    closed_shop.open()
    pump = Pump(closed_shop.database, closed_shop.engine)
    closed_shop.ended(job_for(found(closed_shop, guid)).id)
    pump.bury_lost_jobs()
    dead = found(closed_shop, guid)
    assert (dead.status, dead.error) == (
        "dead",
        "the job ended as MAX_RECOVERY_ATTEMPTS_EXCEEDED without finishing",
    )
    blocked = False
    with Session(closed_shop.database) as session:
        assert store.mark_received(session, guid)
        session.commit()
    pump.move()
    eventually(lambda: found(closed_shop, guid).status == DeliveryStatus.handled)


def test_a_release_that_waits_for_people_lives_through_any_number_of_restarts(closed_shop: Shop) -> None:
    waiting = threading.Event()

    async def work(argument: str, durable: Durable) -> None:
        waiting.set()
        assert await durable.receive("decisions", 60) == "approve"

    closed_shop.works["work"] = work
    closed_shop.open()
    job = Job("work", uuid.uuid4().hex, "acme/model", queue=Queue.RELEASES)
    closed_shop.engine.submit(job)
    eventually(waiting.is_set)
    closed_shop.close()
    begun_so_often(closed_shop, 100 * RECOVERIES)
    closed_shop.open()
    closed_shop.engine.send(job.id, "decisions", "approve", "k")
    assert closed_shop.ended(job.id) == ["SUCCESS"]


def begun_so_often(shop: Shop, times: int) -> None:
    """Make every job one that was begun so often, as after so many crashes."""
    table = "dbos.workflow_status" if shop.url.startswith("postgres") else "workflow_status"
    with shop.database.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET recovery_attempts = {times}"))


def test_a_job_handled_while_the_pump_looks_for_lost_ones_is_not_buried(closed_shop: Shop) -> None:
    guid = add_delivery(closed_shop)

    class HandledMeanwhile:
        def submit(self, job: Job) -> None: ...

        def ended(self, jobs: list[str]) -> dict[str, str]:
            with Session(closed_shop.database) as session:
                store.mark_handled(session, guid)
                session.commit()
            return dict.fromkeys(jobs, "SUCCESS")

    pump = Pump(closed_shop.database, HandledMeanwhile())
    pump.move()
    pump.bury_lost_jobs()
    assert found(closed_shop, guid).status == "handled"
