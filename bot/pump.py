"""Move deliveries from the inbox to the engine, in order of arrival."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple, Protocol, cast

import sqlalchemy
from sqlalchemy import Engine as Database
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from bot import decisions, store, timers
from bot.deliveries import DELIVERY
from bot.durable import Durable, Job, Work
from bot.events import TIMER
from bot.store import Delivery, DeliveryStatus

logger = logging.getLogger(__name__)

IN_FLIGHT = 500
"""Deliveries given to the engine at a time; a flood waits in the inbox, where waiting is cheap."""

SHARE = 50
"""Of these, how many may be one installation's, so that its flood or its rate limit holds up no other."""

REFILL = 10
"""Deliveries that have to end before the pump looks for others that waited for their room."""

SWEEP = 2.0
"""Seconds between looks for deliveries that nobody announced: another worker's, or from before a crash."""

CHECK = 60.0
"""Seconds between looks for jobs that ended without a word, such as one that crashes the process."""


SPRING_CLEANING = 24 * 3600.0
"""Seconds between sweeps of what is kept no longer; the first is made at the start."""


class JobQueue(Protocol):
    """The part of the engine the pump needs."""

    def submit(self, job: Job) -> None:
        """Put a job in its line."""

    def ended(self, jobs: list[str]) -> dict[str, str]:
        """Say how jobs that are over ended."""


class Pump:
    """A thread that keeps the engine fed.

    Handing over is done in two commits, to the engine and then to the inbox; a crash between them hands
    the delivery over again, and the engine recognises it by its id.
    """

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        forget: Callable[[], bool] = lambda: False,
        find_lost: Callable[[], None] = lambda: None,
        find_missed: Callable[[], None] = lambda: None,
    ) -> None:
        """Feed ``queue``, and once a day call ``forget`` until it says that nothing old is left.

        ``forget`` deletes a little at a time, so that deliveries go on being handed over in between.
        ``find_lost`` looks after other work whose job was lost, as often as the pump does for deliveries.
        ``find_missed`` is called at every look, and sees to deliveries that never arrived.
        """
        self._database = database
        self._queue = queue
        self._forget = forget
        self._find_lost = find_lost
        self._find_missed = find_missed
        self._looked = time.monotonic()
        self._arrived = threading.Event()
        self._endings = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)

    def start(self) -> None:
        """Begin moving deliveries."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the delivery in hand."""
        self._stopping.set()
        self._arrived.set()
        self._thread.join()

    def announce(self) -> None:
        """Say that something arrived; returns at once."""
        self._arrived.set()

    def silence(self) -> float:
        """Give the seconds since it last looked for deliveries without stumbling."""
        return time.monotonic() - self._looked

    def watch(self, handle: Work) -> Work:
        """Notice when what ``handle`` handles ends: there may be room for a delivery that waits."""

        async def watched(argument: str, durable: Durable) -> None:
            try:
                await handle(argument, durable)
            finally:
                self._endings += 1
                if self._endings >= REFILL:
                    self._endings = 0
                    self._arrived.set()

        return watched

    def _run(self) -> None:
        next_ring = time.monotonic()
        next_check = time.monotonic() + CHECK
        next_cleaning = time.monotonic()
        while not self._stopping.is_set():
            self._arrived.clear()
            busy = False
            try:
                if time.monotonic() > next_ring:
                    next_ring = time.monotonic() + SWEEP
                    self.ring()
                busy = self.move() > 0
                self._looked = time.monotonic()
                self._find_missed()
                if time.monotonic() > next_check:
                    next_check = time.monotonic() + CHECK
                    self.bury_lost_jobs()
                    self._find_lost()
                if time.monotonic() > next_cleaning:
                    # Before it is tried: should it fail, it waits for its next turn and stops nothing.
                    following, next_cleaning = next_cleaning, time.monotonic() + SPRING_CLEANING
                    if self._forget():
                        next_cleaning, busy = following, True
            except Exception:
                logger.exception("the pump stumbled; trying again")
            if not busy:
                self._arrived.wait(SWEEP)

    def ring(self) -> int:
        """Put the timers that are due into the inbox; give how many that were."""
        with Session(self._database) as session:
            rung = timers.ring(session, time.time(), SHARE)
            session.commit()
        return rung

    def move(self) -> int:
        """Hand over what waits, as far as there is room; give how many that were."""
        with Session(self._database) as session:
            in_flight = Counter(_in_flight(session))
            room = max(0, IN_FLIGHT - in_flight.total())
            full = [installation for installation, count in in_flight.items() if count >= SHARE]
            taken = []
            for delivery in _waiting(session, besides=full, limit=room):
                if in_flight[delivery.installation_id] < SHARE:
                    in_flight[delivery.installation_id] += 1
                    taken.append(delivery)
            submitted: dict[int, list[str]] = defaultdict(list)
            for delivery in taken:
                if self._submit(delivery):
                    submitted[delivery.replays].append(delivery.guid)
            for replays, guids in submitted.items():
                store.mark_queued(session, guids, replays)
            session.commit()
        return sum(map(len, submitted.values()))

    def _submit(self, delivery: Waiting) -> bool:
        """Hand one delivery to the engine; one that it does not take waits, and holds up no other."""
        try:
            self._queue.submit(job_for(delivery))
        except Exception:
            logger.exception("%s could not be handed over; trying again", delivery.guid)
            return False
        return True

    def bury_lost_jobs(self) -> None:
        """Mark deliveries dead whose job ended without telling, so that they are seen and can be replayed."""
        by_job = {job_for(delivery).id: delivery.guid for delivery in self._queued()}
        ended = self._queue.ended(list(by_job))
        # A job says how its delivery ended before it ends itself: what is still queued now got no word.
        lost = {job_for(delivery).id for delivery in self._queued()} & ended.keys()
        with Session(self._database) as session:
            for job in lost:
                why = f"the job ended as {ended[job]} without finishing"
                store.mark_dead(session, by_job[job], why)
                decisions.forget(session, job)
            session.commit()

    def _queued(self) -> Sequence[Delivery]:
        with Session(self._database) as session:
            return session.exec(
                select(Delivery)
                .options(defer(cast(Any, Delivery.body)))
                .where(col(Delivery.status) == DeliveryStatus.queued)
                .limit(IN_FLIGHT * 2)
            ).all()


def _in_flight(session: Session) -> dict[int | None, int]:
    """Count what the engine has, by installation."""
    counted = session.exec(
        select(Delivery.installation_id, func.count())
        .where(Delivery.status == DeliveryStatus.queued)
        .group_by(col(Delivery.installation_id))
    )
    return dict(counted.all())


class Waiting(NamedTuple):
    """What the pump reads of a delivery: of a flood it looks at many more than it hands over."""

    guid: str
    installation_id: int | None
    line: str | None
    replays: int
    sequence: int | None


def _waiting(session: Session, *, besides: Collection[int | None], limit: int) -> Sequence[Waiting]:
    """List what nobody queued yet, in order of arrival, without what belongs to some installations.

    What people wait for comes before what the bot set itself. That takes two questions: in the order of
    either an index leads to the first ones, where in both at once the whole backlog would be sorted.
    """
    installation = func.coalesce(Delivery.installation_id, 0)  # SQL's NOT IN loses what has none
    waiting = (
        sqlalchemy.select(*(getattr(Delivery, name) for name in Waiting._fields))
        .where(
            col(Delivery.status) == DeliveryStatus.received,
            installation.not_in([number or 0 for number in besides]),
        )
        .order_by(col(Delivery.sequence))
    )
    found = session.execute(waiting.where(col(Delivery.event) != TIMER).limit(limit)).all()
    if len(found) < limit:
        timers_due = waiting.where(col(Delivery.event) == TIMER).limit(limit - len(found))
        found = [*found, *session.execute(timers_due)]
    return [Waiting(*row) for row in found]


def job_for(delivery: Delivery | Waiting) -> Job:
    """Name the job that handles a delivery; a replay is another job than the first."""
    run = "" if delivery.replays == 0 else f"/{delivery.replays}"
    partition = delivery.line or f"installation:{delivery.installation_id}"
    return Job(
        kind=DELIVERY,
        id=f"{delivery.guid}{run}",
        partition=partition,
        argument=delivery.guid,
        order=delivery.sequence or 1,
    )
