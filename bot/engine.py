"""Run jobs durably, in line, with retries and recovery: the only module that knows DBOS."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from dbos import Queue as DBOSQueue
from dbos import error as dbos_errors

# Not part of what DBOS promises, hence pinned below 4: its own looking cannot be told that there is news.
from dbos._queue import queue_worker_thread
from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import workers
from bot.durable import GaveUpError, Job, Patience, Queue, Work, trouble_with
from bot.news import News
from bot.store import open_database

logger = logging.getLogger(__name__)

JOBS_VERSION = "3"
"""Version of the jobs' code path: raise it when the order of a job's steps changes.

A job that was begun under another version waits for a worker of that version, since its remembered
steps would not fit. Set explicitly because DBOS would otherwise make every release a new version."""

LARGEST_ORDER = 2**31 - 1
OVER = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
FORGOTTEN_AT_ONCE = 500
TICK = 1.0
"""Seconds between two signs of life of the jobs' event loop."""

THREADS = 8
"""Threads for what DBOS writes, and for whatever else jobs hand to ``asyncio.to_thread``.

DBOS sets no bound by itself. More of them only wait: for SQLite's one writer, for Python's one lock, or for
PostgreSQL's pool of 15 connections. What jobs write has threads of its own (:mod:`bot.shared_commits`), and
what takes longer than a moment belongs in :func:`bot.aside.aside`.
"""

RECOVERIES = 25
"""How often a job may be begun again after a crash before it counts as what crashes the process.

A job of the queue for releases lives through any number of restarts while it waits for people, so the
engine does not count them; it has to count for itself the steps that never end."""


@dataclass(frozen=True)
class QueueSettings:
    """How the jobs of a queue run."""

    concurrency: int
    """Jobs this worker runs at once."""
    slowness: int = 1
    """How many times more rarely it is looked at without news than the queue of threads."""
    outlives_restarts: bool = False
    """Whether a job may be begun again any number of times, because it lives for long."""


QUEUES: Mapping[Queue, QueueSettings] = {
    Queue.THREADS: QueueSettings(concurrency=500),  # most of them wait for GitHub's limits
    Queue.RELEASES: QueueSettings(concurrency=500, slowness=5, outlives_restarts=True),
    Queue.BACKGROUND: QueueSettings(concurrency=2, slowness=5, outlives_restarts=True),
}

QUIET = 1.0
"""Seconds between two looks at the queue of threads without news; other workers may have put something in."""

RECENT = 1.0
"""Seconds after a job in which the next of its line may become free: its end is written down meanwhile."""


@dataclass(frozen=True)
class EngineSettings:
    """How the engine runs. Times are in seconds."""

    database_url: str
    executor: str
    """Names this worker among those that share the database; two alive with one name is a mistake."""
    polling: float = 0.05
    """How often a queue is looked at while jobs run; what is submitted when none does is found at once."""
    patience: Patience = field(default_factory=Patience)
    grace: int = 1
    """How long jobs under way get to end by themselves when the worker stops. With none, DBOS may hand
    out one more job while its event loop closes; it goes on at the next start, but not without noise."""
    heartbeat: float = 5.0
    dead_after: float = 30.0
    """A worker silent for this long is taken to be dead, and its jobs are taken over."""


class DurableEngine:
    """DBOS with the house's queue, one per process."""

    def __init__(self, settings: EngineSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._works: Mapping[str, Work] = {}
        self._stopping = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._system_database: Database | None = None
        self._at_end: Callable[[], Awaitable[None]] | None = None
        self._end: asyncio.Task[None] | None = None
        self._ticked: float | None = None
        self._under_way = 0
        self._last_end = 0.0
        self._news = {queue: News(settings.polling, self._expects(queue)) for queue in QUEUES}
        self._lookouts: list[threading.Thread] = []

    def start(
        self, works: Mapping[str, Work], *, at_end: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Begin running jobs, those left over from a crash of this worker first.

        ``at_end`` closes what the jobs share, such as connections, on the event loop they ran on.

        Call it from a thread with no event loop of its own: DBOS then runs jobs on a loop in a thread
        of theirs, so that a busy job never delays a delivery's acknowledgement.
        """
        global _running
        self._works, self._at_end = works, at_end
        _running = self
        config: DBOSConfig = {
            "name": "giveback",
            "system_database_url": self._settings.database_url,
            "application_version": JOBS_VERSION,
            "executor_id": self._settings.executor,
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": THREADS,
            "notification_listener_polling_interval_sec": 0.1,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        if self._settings.database_url.startswith("sqlite"):
            # Not synced at every commit: a power cut may forget a job's last steps, which are then done
            # again and change nothing; the inbox, which must forget nothing, syncs every commit.
            self._system_database = open_database(self._settings.database_url, durable=False)
            config["system_database_engine"] = self._system_database
        engine = DBOS(config=config)
        DBOS.listen_queues([])  # it would look at each of them all the time
        DBOS.launch()
        self._last_end = time.monotonic()  # of what is left over from last time nobody tells
        for name, how in QUEUES.items():
            queue = DBOS.register_queue(
                name,
                partition_concurrency=1,
                worker_concurrency=how.concurrency,
                polling_interval_sec=QUIET * how.slowness,
                on_conflict="always_update",
            )
            lookout = threading.Thread(
                target=_look_out, args=(self._news[name], engine, queue), name=f"look-out {name}", daemon=True
            )
            lookout.start()
            self._lookouts.append(lookout)
        self._heart.start()

    def stop(self) -> None:
        """Stop; what is under way goes on at the next start."""
        global _running
        self._stopping.set()
        self._heart.join()
        for news in self._news.values():
            news.set()
        for lookout in self._lookouts:
            lookout.join()
        DBOS.destroy(workflow_completion_timeout_sec=self._settings.grace)
        if self._system_database is not None:
            self._system_database.dispose()
        _running = None

    def silence(self) -> float:
        """Give the seconds since the event loop of the jobs last had a turn for something else."""
        return 0.0 if self._ticked is None else time.monotonic() - self._ticked

    def submit(self, job: Job) -> None:
        """Put a job in its line; one that was submitted before is left as it is."""

        def enqueue() -> None:
            order = max(1, min(job.order, LARGEST_ORDER))
            options = SetEnqueueOptions(queue_partition_key=job.partition, priority=order)
            with SetWorkflowID(job.id), options:
                workflow = _run_long_job if QUEUES[job.queue].outlives_restarts else _run_job
                DBOS.enqueue_workflow(job.queue, workflow, job.kind, job.argument)

        # In a context of its own, so that a job submitted by a job is nobody's child.
        Context().run(enqueue)
        self._news[job.queue].tell()

    def send(self, job: str, topic: str, message: str, key: str) -> None:
        """Hand a message to a job; the same ``key`` twice is delivered once."""
        Context().run(lambda: DBOS.send(job, message, topic, idempotency_key=key))

    def ended(self, jobs: list[str]) -> dict[str, str]:
        """Say of jobs that are over how they ended, by id: ``SUCCESS``, ``ERROR`` or given up."""
        if not jobs:
            return {}
        found = DBOS.list_workflows(workflow_ids=jobs, status=OVER, load_input=False, load_output=False)
        return {status.workflow_id: status.status for status in found}

    def forget_before(self, seconds: float) -> bool:
        """Forget some of the jobs that ended so long ago, steps and all; tell whether there may be more."""
        moment = datetime.fromtimestamp(time.time() - seconds, UTC).isoformat()
        found = DBOS.list_workflows(
            status=OVER, completed_before=moment, limit=FORGOTTEN_AT_ONCE, load_input=False, load_output=False
        )
        if found:
            DBOS.delete_workflows([status.workflow_id for status in found])
        return len(found) == FORGOTTEN_AT_ONCE

    async def run(self, kind: str, argument: str) -> None:
        """Run one job; called by DBOS."""
        if self._end is None:
            self._end = asyncio.create_task(self._wait_for_the_end())
        await self._works[kind](argument, _DurableRun(str(DBOS.workflow_id), self._settings.patience))

    async def run_short(self, kind: str, argument: str) -> None:
        """Run one job that others may wait for; called by DBOS."""
        self._under_way += 1
        try:
            await self.run(kind, argument)
        finally:
            self._under_way -= 1
            self._last_end = time.monotonic()

    def _expects(self, queue: Queue) -> Callable[[], bool]:
        """Tell when a look at a queue may find something though nobody said so."""

        def is_busy() -> bool:
            return self._under_way > 0 or time.monotonic() - self._last_end < RECENT

        return is_busy if queue is Queue.THREADS else lambda: False

    async def _wait_for_the_end(self) -> None:
        try:
            while True:  # DBOS cancels every task of its loop when it stops
                self._ticked = time.monotonic()
                await asyncio.sleep(TICK)
        finally:
            if self._at_end is not None:
                await self._at_end()

    def _beat(self) -> None:
        """Tell the others we live, and take over from those who do not."""
        executor, patience = self._settings.executor, self._settings.dead_after
        watch = workers.Watch(patience)
        while not self._stopping.is_set():
            try:
                with Session(self._database) as session:
                    now = workers.clock(session)
                    workers.beat(session, executor, now)
                    session.commit()
                    dead = workers.silent(session, now, patience) if watch.may_judge(now) else []
                if dead:
                    logger.warning("taking over the jobs of %s", ", ".join(dead))
                    # Before they are forgotten: should this worker die here, another one finds them. Two
                    # that find them at once do no harm, for DBOS lets one of them have each job.
                    # DBOS gives this to its hosted control plane only, hence the underscore; pinned below 4.
                    DBOS._recover_pending_workflows(dead)
                    for news in self._news.values():
                        news.tell()
                    with Session(self._database) as session:
                        for name in dead:
                            workers.bury(session, name, now, patience)
                        session.commit()
            except Exception:
                logger.exception("heartbeat failed; trying again")
            self._stopping.wait(self._settings.heartbeat)


def _look_out(news: News, engine: DBOS, queue: DBOSQueue) -> None:
    """Look for jobs in a queue and begin them, until the sign to stop."""
    while not news.is_set():
        try:
            queue_worker_thread(news, engine, queue)
        except Exception:
            logger.exception("looking for jobs failed; trying again")


class _DurableRun:
    """One run of a job, on DBOS."""

    def __init__(self, job: str, patience: Patience) -> None:
        self.job = job
        self.patience = patience

    async def step(self, name: str, action: Callable[[], Awaitable[str]]) -> str:
        async def try_once() -> dict[str, Any]:
            # In a function of its own: DBOS logs what it cancels, arguments and all, and an action holds
            # a payload of somebody's private repository.
            return await _attempt(self.job, name, action)

        attempt = 0
        while True:
            attempt += 1
            result = await DBOS.run_step_async({"name": name}, try_once)
            if "value" in result:
                return str(result["value"])
            if not result["transient"] or attempt >= self.patience.attempts:
                raise GaveUpError(result["error"], transient=result["transient"])
            await self.sleep(self.patience.wait(attempt, result["retry_after"]))

    async def sleep(self, seconds: float) -> None:
        try:
            await DBOS.sleep_async(seconds)
        except dbos_errors.DBOSUnexpectedStepError:
            # A version whose jobs took a step here began this one: of this wait nothing can be remembered.
            await asyncio.sleep(seconds)

    async def receive(self, topic: str, seconds: float) -> str | None:
        message = await DBOS.recv_async(topic, timeout_seconds=seconds)
        return None if message is None else str(message)


async def _attempt(job: str, name: str, action: Callable[[], Awaitable[str]]) -> dict[str, Any]:
    """Try a step once and give its outcome as data, which DBOS can remember; an exception it could not."""
    try:
        return {"value": await action()}
    except Exception as error:
        return trouble_with(job, name, error)._asdict()


_running: DurableEngine | None = None
"""The engine of this process: DBOS looks workflows up by name, so they cannot belong to an object."""


@DBOS.workflow(name="job", max_recovery_attempts=RECOVERIES)
async def _run_job(kind: str, argument: str) -> None:
    await _here().run_short(kind, argument)


@DBOS.workflow(name="long job", max_recovery_attempts=None)
async def _run_long_job(kind: str, argument: str) -> None:
    await _here().run(kind, argument)


def _here() -> DurableEngine:
    if _running is None:
        raise RuntimeError("a job was handed out while no engine was running")
    return _running
