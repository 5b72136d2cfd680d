"""Remember the releases that threads asked for, and how far each one is."""

from __future__ import annotations

import time

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, select

from bot.events import Thread
from bot.reads import ReleaseUnderWay
from bot.release.progress import ReleaseProgress

QUEUED = "queued"


class ReleaseRecord(SQLModel, table=True):
    """One attempt to publish one version of one model. Times are seconds since the epoch, UTC."""

    __tablename__ = "release"

    id: str = Field(primary_key=True)
    repository: str = Field(index=True)
    number: int
    installation: int = Field(sa_type=BigInteger)
    requester: str
    hub_id: str
    commit: str
    """The commit of the repository whose files are released."""
    digest: str = ""
    """The content approvals are given for, once it is known."""
    step: str = QUEUED
    status: str = ""
    """How it ended; empty while it goes on."""
    message: str = ""
    unfinished: int = 0
    """How often in a row a step was begun and did not end, because the process did."""
    done_bytes: int = Field(default=0, sa_type=BigInteger)
    total_bytes: int = Field(default=0, sa_type=BigInteger)
    started_at: float
    updated_at: float


def under_way(session: Session, thread: Thread) -> ReleaseUnderWay | None:
    """Find the release that a thread asked for and that has not ended."""
    found = session.exec(
        select(ReleaseRecord)
        .where(
            ReleaseRecord.repository == thread.repository,
            ReleaseRecord.number == thread.number,
            ReleaseRecord.status == "",
        )
        .order_by(col(ReleaseRecord.started_at).desc())
    ).first()
    if found is None:
        return None
    return ReleaseUnderWay(found.id, found.hub_id, found.requester, found.step, found.digest)


def begin(session: Session, record: ReleaseRecord) -> None:
    """Note a release that was asked for; one already noted is left as it is."""
    if session.get(ReleaseRecord, record.id) is None:
        session.add(record)


def note_step_begun(session: Session, release: str) -> int:
    """Note that a step is begun; give how often in a row that was done and the step did not end."""
    record = session.get_one(ReleaseRecord, release)
    unfinished, record.unfinished = record.unfinished, record.unfinished + 1
    return unfinished


def note_step_ended(session: Session, release: str) -> None:
    """Note that a step came to an end, whether it did what it should or not."""
    session.get_one(ReleaseRecord, release).unfinished = 0


def note_progress(session: Session, progress: ReleaseProgress) -> None:
    """Note how far a release is."""
    record = session.get(ReleaseRecord, progress.id)
    if record is None:
        return
    record.step = progress.current or record.step
    record.digest = progress.digest or ""
    record.done_bytes, record.total_bytes = progress.done_bytes, progress.total_bytes
    record.updated_at = time.time()
    if progress.outcome is not None:
        record.status, record.message = progress.outcome.status, progress.outcome.message
    session.add(record)
