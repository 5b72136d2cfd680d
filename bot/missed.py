"""Have webhooks sent again that never arrived: GitHub tries each of them once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine as Database

from bot.durable import Durable, Job, Queue
from bot.errors import RefusedError, TransientError
from bot.github import hook_deliveries
from bot.github.client import AppClient
from bot.github.hook_deliveries import Attempt
from bot.store import known_guids
from bot.transactions import in_transaction

logger = logging.getLogger(__name__)

MISSED = "missed"
"""The kind of job that makes one sweep."""

EVERY = 600.0
"""Seconds between two sweeps; of several workers one makes each."""

YOUNGEST = 120.0
"""Seconds since the last attempt: somebody, or GitHub, may be at it just now."""

OLDEST = 3 * 24 * 3600.0
"""Seconds since the first attempt: github.com sends nothing again after three days (docs: redelivering)."""

ATTEMPTS = 3
"""How often a webhook is sent at most; what fails as often fails for a reason that sending does not mend."""

OVERLAP = 3600.0
"""Seconds before the last sweep that the next one looks back: the time all its attempts take, and some."""

PAGES = 100
"""Pages of the list that one sweep reads, a hundred attempts each."""

GAP = 1.0
"""Seconds between two requests that change something ("Best practices for using the REST API")."""


def choose(attempts: Iterable[Attempt], known: Collection[str], now: float) -> list[Attempt]:
    """Choose what to have sent again, the latest attempt of each webhook, in the order they came about.

    ``known`` are the GUIDs that arrived, whatever GitHub thinks; ``now`` is in Unix seconds.
    """
    by_guid: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in sorted(attempts, key=lambda each: each.moment):
        by_guid[attempt.guid.lower()].append(attempt)
    return [
        made[-1]
        for guid, made in by_guid.items()
        if guid not in known
        and not any(attempt.succeeded for attempt in made)
        and len(made) < ATTEMPTS
        and now - made[0].moment < OLDEST
        and now - made[-1].moment >= YOUNGEST
    ]


class JobQueue(Protocol):
    """The part of the engine that is needed."""

    def submit(self, job: Job) -> None:
        """Put a job in its line."""


@dataclass
class MissedDeliveries:
    """Looks through GitHub's record of webhooks: at the start far back, later since the last time."""

    database: Database
    engine: JobQueue
    app: AppClient
    clock: Callable[[], float] = time.time
    _submitted: int | None = None
    _swept: float | None = None

    def submit(self) -> None:
        """Put the sweep of these ten minutes in its line, if that was not done; to be called often."""
        number = int(self.clock() // EVERY)
        if number != self._submitted:
            self.engine.submit(Job(MISSED, f"missed/{number}", MISSED, queue=Queue.BACKGROUND))
            self._submitted = number

    async def handle(self, argument: str, durable: Durable) -> None:
        """Make one sweep: the job of kind :data:`MISSED`.

        One that fails is not tried again: the next one looks back as far.
        """
        begun = self.clock()
        since = begun - OLDEST if self._swept is None else self._swept - OVERLAP
        try:
            count = await self._sweep(since)
        except TransientError as error:
            logger.warning("webhooks that may be missing could not be looked for: %s", error)
        except RefusedError as error:
            logger.error("GitHub does not list the webhooks it sent (%d): %s", error.status, error)
        else:
            self._swept = begun
            if count:
                logger.warning("had %d webhooks sent again that had not arrived", count)

    async def _sweep(self, since: float) -> int:
        attempts = await hook_deliveries.attempts_since(self.app, since, PAGES)
        failed = {attempt.guid.lower() for attempt in attempts if not attempt.succeeded}
        known = await in_transaction(self.database, known_guids, failed)
        count = 0
        for attempt in choose(attempts, known, self.clock()):
            try:
                await hook_deliveries.deliver_again(self.app, attempt.id)
                count += 1
            except RefusedError as error:
                logger.warning("GitHub does not send %s again (%d): %s", attempt.guid, error.status, error)
            await asyncio.sleep(GAP)
        return count
