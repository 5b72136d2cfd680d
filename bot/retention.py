"""Forget what is over and was kept long enough: payloads of private repositories are not kept for ever."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine as Database
from sqlmodel import Session, col, delete, select

from bot import check_parts
from bot.audit import AuditEntry
from bot.store import OVER, Delivery

DAY = 24 * 3600.0

REPORTED = "report_part"
"""The kind of action that keeps a part of a check run."""

BATCH = 100
"""Deliveries deleted in one transaction, so that no other writer waits long for its turn."""

LOOKED_AT = 1_000
"""Deliveries looked at for a batch, oldest first. Of these a few may have been worked on again lately."""


class JobMemory(Protocol):
    """The part of the engine that is forgotten with the deliveries."""

    def forget_before(self, seconds: float) -> bool:
        """Forget some jobs that ended that long ago; tell whether there may be more."""


@dataclass(frozen=True)
class Retention:
    """Forgets finished deliveries, what is in the audit about them, and finished jobs, after ``days``."""

    database: Database
    jobs: JobMemory
    days: int
    """Zero keeps everything for ever."""
    clock: Callable[[], float] = time.time

    def forget(self) -> bool:
        """Forget a batch of each; tell whether there may be more."""
        if self.days == 0:
            return False
        with Session(self.database) as session:
            forgotten = forget_deliveries(session, self.clock() - self.days * DAY)
            session.commit()
        # A day later than the delivery that asked for it: a job whose delivery is still there is never
        # forgotten, so that nothing can ask for the same job again and have it run anew.
        more_jobs = self.jobs.forget_before((self.days + 1) * DAY)
        return forgotten > 0 or more_jobs


def forget_deliveries(session: Session, before: float) -> int:
    """Delete a batch of deliveries that arrived and ended before a moment (Unix seconds); give how many.

    What is in the audit under their names goes too, and with it the parts of check runs that they reported;
    of releases it stays, as they do.
    """
    oldest = session.exec(
        select(Delivery.sequence, Delivery.received_at, Delivery.handled_at)
        .where(col(Delivery.status).in_(OVER))
        .order_by(col(Delivery.sequence))
        .limit(LOOKED_AT)
    ).all()
    old = [number for number, *moments in oldest if all(moment and moment < before for moment in moments)]
    # Once more what makes it old: it may have been received again in the meantime.
    gone = session.execute(
        delete(Delivery)
        .where(
            col(Delivery.sequence).in_(old[:BATCH]),
            col(Delivery.status).in_(OVER),
            col(Delivery.received_at) < before,
            col(Delivery.handled_at) < before,
        )
        .returning(col(Delivery.guid))
    )
    guids = gone.scalars().all()
    theirs = col(AuditEntry.plan).in_(guids)
    for reported in session.exec(select(AuditEntry.action).where(theirs, AuditEntry.kind == REPORTED)).all():
        part = json.loads(reported)
        check_parts.forget(session, part["repository"], part["commit"], part["part"])
    session.execute(delete(AuditEntry).where(theirs))
    return len(guids)
