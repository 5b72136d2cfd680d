"""Know which workers are alive, so that the work of one that died for good is taken over."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Field, Session, SQLModel, col, delete, select


class Worker(SQLModel, table=True):
    """A process that runs jobs, and when it was last heard of (seconds since the epoch)."""

    executor: str = Field(primary_key=True)
    seen_at: float = Field(index=True)


@dataclass
class Watch:
    """Says when a worker may judge the others: only what it would have noticed counts as silence.

    After a gap of its own, such as a start, a pause of its machine or an outage of the database, everybody
    looks silent to whoever is back first; so all get as long as it takes to be judged to say something.
    """

    patience: float
    """Seconds of silence that count as death."""
    _since: float = -math.inf
    _last: float = -math.inf

    def may_judge(self, now: float) -> bool:
        """Note a beat of one's own at ``now``, and tell whether they came without a gap for long enough."""
        if not 0 <= now - self._last < self.patience:
            self._since = now
        self._last = now
        return now - self._since >= self.patience


def clock(session: Session) -> float:
    """Give the time all workers share: PostgreSQL's own, or that of the one machine a SQLite file is on."""
    if session.get_bind().dialect.name == "postgresql":
        return float(session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()


def beat(session: Session, executor: str, now: float) -> None:
    """Say that a worker is alive."""
    session.merge(Worker(executor=executor, seen_at=now))


def silent(session: Session, now: float, patience: float) -> list[str]:
    """List the workers not heard of for ``patience`` seconds."""
    return list(session.exec(select(Worker.executor).where(col(Worker.seen_at) < now - patience)).all())


def bury(session: Session, executor: str, now: float, patience: float) -> None:
    """Forget a silent worker whose work was taken over; one that came back in the meantime stays."""
    session.exec(delete(Worker).where(col(Worker.executor) == executor, col(Worker.seen_at) < now - patience))
