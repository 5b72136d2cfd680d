from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from bot.aside import aside
from bot.durable import Durable, GaveUpError, Job, Patience, Queue
from bot.engine import THREADS
from bot.errors import RefusedError, TransientError
from tests.fixtures.shop import QUICK, Shop, shop_at, until
from tests.postgresql import empty_database
from tests.scene import eventually


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def _shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    @contextmanager
    def url() -> Iterator[str]:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path_factory.mktemp('engine') / 'giveback.db'}"
        else:
            with empty_database(request.getfixturevalue("postgres_server")) as made:
                yield made

    with url() as made, shop_at(made) as shop:
        shop.open()
        yield shop


@pytest.fixture
def shop(_shop: Shop) -> Shop:
    """An engine that a whole module shares; each test has kinds of work and partitions of its own."""
    return _shop


@dataclass
class Recorder:
    """Work that waits for a gate, and notes what ran when and beside what."""

    gate: threading.Event = field(default_factory=threading.Event)
    ran: list[str] = field(default_factory=list)
    at_once: int = 0
    most: int = 0

    async def work(self, argument: str, durable: Durable) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if argument == "gate":
            await until(self.gate.is_set)
        self.ran.append(argument)
        self.at_once -= 1


def test_jobs_of_a_partition_run_one_at_a_time_the_lowest_order_first(shop: Shop) -> None:
    recorder = Recorder()
    kind = shop.kind(recorder.work)
    jobs = [shop.submit(kind, "gate", partition="p-order")]
    eventually(lambda: recorder.at_once)
    orders = (5, 1, 3, 2, 4, 2_000_000_000)
    jobs += [shop.submit(kind, str(order), partition="p-order", order=order) for order in orders]
    recorder.gate.set()
    assert set(shop.ended(*jobs)) == {"SUCCESS"}
    assert recorder.ran == ["gate", *map(str, sorted(orders))]
    assert recorder.most == 1


def test_jobs_of_one_order_run_in_the_order_they_were_submitted_in(shop: Shop) -> None:
    recorder = Recorder()
    kind = shop.kind(recorder.work)
    gate = shop.submit(kind, "gate", partition="p-tie")
    eventually(lambda: recorder.at_once)
    jobs = [Job(kind, f"{gate}:{number:04}", "p-tie", str(number)) for number in range(12)]
    for job in jobs:
        shop.engine.submit(job)
    recorder.gate.set()
    shop.ended(gate, *[job.id for job in jobs])
    assert recorder.ran == ["gate", *map(str, range(12))]


def test_an_order_beyond_what_the_engine_counts_is_the_last(shop: Shop) -> None:
    recorder = Recorder()
    kind = shop.kind(recorder.work)
    shop.ended(*[shop.submit(kind, str(order), order=order) for order in (2**63, -1, 0)])
    assert len(recorder.ran) == 3


def test_partitions_run_side_by_side(shop: Shop) -> None:
    recorder = Recorder()
    kind = shop.kind(recorder.work)
    jobs = [shop.submit(kind, "gate") for _ in range(5)]
    eventually(lambda: recorder.at_once == 5)
    recorder.gate.set()
    assert set(shop.ended(*jobs)) == {"SUCCESS"}


def test_a_partition_waits_while_its_job_tries_again(shop: Shop) -> None:
    ran: list[str] = []
    failures = [TransientError("away", 0.1), TransientError("away")]

    async def work(argument: str, durable: Durable) -> None:
        async def act() -> str:
            ran.append(argument)
            if argument == "first" and failures:
                raise failures.pop()
            return ""

        await durable.step("act", act)

    kind = shop.kind(work)
    jobs = [
        shop.submit(kind, argument, partition="p-retry", order=order)
        for order, argument in enumerate(("first", "second"), start=1)
    ]
    assert shop.ended(*jobs) == ["SUCCESS", "SUCCESS"]
    assert ran == ["first", "first", "first", "second"]


@pytest.mark.parametrize(
    ("error", "attempts", "transient"),
    [
        (TransientError("away"), QUICK.attempts, True),
        (RefusedError("no", 422), 1, False),
        (ZeroDivisionError("ours"), 1, False),
    ],
)
def test_only_what_may_pass_is_tried_again_and_not_for_ever(
    shop: Shop, error: Exception, attempts: int, transient: bool
) -> None:
    tried: list[int] = []
    given_up: list[GaveUpError] = []

    async def work(argument: str, durable: Durable) -> None:
        async def act() -> str:
            tried.append(1)
            raise error

        try:
            await durable.step("act", act)
        except GaveUpError as gave_up:
            given_up.append(gave_up)

    assert shop.ended(shop.submit(shop.kind(work))) == ["SUCCESS"]
    assert len(tried) == attempts
    assert [one.transient for one in given_up] == [transient]
    assert str(error) in str(given_up[0])


def test_a_job_that_lets_its_failure_out_ends_in_error(shop: Shop) -> None:
    async def work(argument: str, durable: Durable) -> None:
        raise ZeroDivisionError

    assert shop.ended(shop.submit(shop.kind(work))) == ["ERROR"]


def test_the_same_job_twice_runs_once(shop: Shop) -> None:
    recorder = Recorder()
    job = Job(shop.kind(recorder.work), uuid.uuid4().hex, "p-twice", "once")
    shop.engine.submit(job)
    shop.engine.submit(job)
    assert shop.ended(job.id) == ["SUCCESS"]
    shop.engine.submit(job)
    after = shop.submit(shop.kind(recorder.work), "after", partition="p-twice")
    shop.ended(after)
    assert recorder.ran == ["once", "after"]


def test_messages_reach_a_job_once_each_by_topic_and_may_come_early(shop: Shop) -> None:
    got: list[str | None] = []

    async def work(argument: str, durable: Durable) -> None:
        got.append(await durable.receive("approve", 20))
        got.append(await durable.receive("cancel", 20))
        got.append(await durable.receive("approve", 0.05))

    kind = shop.kind(work)
    job = shop.submit(kind)
    shop.engine.send(job, "cancel", "stop", "key-2")
    for _ in range(2):
        shop.engine.send(job, "approve", "yes", f"key-1-{job}")
    assert shop.ended(job) == ["SUCCESS"]
    assert got == ["yes", "stop", None]


def test_a_job_can_submit_jobs_of_its_own(shop: Shop) -> None:
    recorder = Recorder()
    kind = shop.kind(recorder.work)
    children: list[str] = []

    async def work(argument: str, durable: Durable) -> None:
        job = Job(kind, f"{durable.job}-child", argument, "child", queue=Queue.RELEASES)
        children.append(job.id)
        await asyncio.to_thread(shop.engine.submit, job)

    assert shop.ended(shop.submit(shop.kind(work), "p-child")) == ["SUCCESS"]
    assert shop.ended(*children) == ["SUCCESS"]
    assert recorder.ran == ["child"]


def test_a_job_knows_its_id_and_its_patience(shop: Shop) -> None:
    seen: list[tuple[str, Patience]] = []

    async def work(argument: str, durable: Durable) -> None:
        seen.append((durable.job, durable.patience))
        await durable.sleep(0.01)

    job = shop.submit(shop.kind(work))
    shop.ended(job)
    assert seen == [(job, QUICK)]


def test_a_job_that_holds_up_the_event_loop_is_heard_as_silence(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.TICK", 0.01)
    gate = threading.Event()

    async def work(argument: str, durable: Durable) -> None:
        gate.wait(20)  # blocks the loop, as a mistake would

    job = shop.submit(shop.kind(work))
    eventually(lambda: shop.engine.silence() > 1.0, "silence")
    gate.set()
    shop.ended(job)
    eventually(lambda: shop.engine.silence() < 1.0, "a sign of life")


def test_jobs_share_few_threads_and_long_work_takes_none_of_them(shop: Shop) -> None:
    gate = threading.Event()
    counting = threading.Lock()
    at_once: list[int] = [0]
    most: list[int] = [0]

    def look() -> None:
        with counting:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.01)
        with counting:
            at_once[0] -= 1

    async def long(argument: str, durable: Durable) -> None:
        await aside(gate.wait, 60)

    async def short(argument: str, durable: Durable) -> None:
        await asyncio.gather(*(asyncio.to_thread(look) for _ in range(50)))

    kind = shop.kind(long)
    waiting = [shop.submit(kind) for _ in range(2 * THREADS)]
    assert shop.ended(shop.submit(shop.kind(short))) == ["SUCCESS"]
    assert 1 <= most[0] <= THREADS
    assert shop.engine.ended(waiting) == {}
    gate.set()
    assert set(shop.ended(*waiting)) == {"SUCCESS"}


def test_jobs_that_ended_long_ago_are_forgotten_and_those_under_way_are_not(shop: Shop) -> None:
    recorder = Recorder()
    kind = shop.kind(recorder.work)
    done, waiting = shop.submit(kind, "done"), shop.submit(kind, "gate")
    assert shop.ended(done) == ["SUCCESS"]
    shop.engine.forget_before(3600.0)
    assert shop.engine.ended([done]) == {done: "SUCCESS"}
    while shop.engine.forget_before(-60.0):
        pass
    assert shop.engine.ended([done]) == {}
    recorder.gate.set()
    assert shop.ended(waiting) == ["SUCCESS"]
