"""Remember the releases that threads asked for, and how far each one is."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, func
from sqlmodel import Field, Session, SQLModel, col, select

from bot.errors import RefusedError
from bot.events import Thread
from bot.reads import ReleaseUnderWay
from bot.release.progress import ReleaseProgress
from bot.rendering import render

QUEUED = "queued"


class ReleaseRecord(SQLModel, table=True):
    """One attempt to publish one version of one model. Times are seconds since the epoch, UTC."""

    __tablename__ = "release"

    id: str = Field(primary_key=True)
    repository: str = Field(index=True)
    """``owner/repo``, as it was called when the release was asked for."""
    repository_id: int = Field(default=0, sa_type=BigInteger)
    """GitHub's number of it, which stays when it is renamed."""
    number: int
    installation: int = Field(sa_type=BigInteger)
    requester: str
    requester_account: int = Field(default=0, sa_type=BigInteger)
    hub_id: str
    commit: str
    """The commit of the repository whose files are released."""
    private: bool = False
    """Whether the repository was private when the release was asked for."""
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

    @property
    def thread(self) -> Thread:
        """Return the thread the release was asked for on."""
        return Thread(self.repository, self.number, self.repository_id)


def under_way(session: Session, thread: Thread) -> ReleaseUnderWay | None:
    """Find the release that a thread asked for and that has not ended."""
    same_repository = (
        ReleaseRecord.repository_id == thread.repository_id
        if thread.repository_id
        else ReleaseRecord.repository == thread.repository
    )
    return _unended(session, same_repository, ReleaseRecord.number == thread.number)


def under_way_of(session: Session, hub_id: str) -> ReleaseUnderWay | None:
    """Find the release of a model, from whichever thread, that has not ended."""
    return _unended(session, func.lower(ReleaseRecord.hub_id) == hub_id.lower())


def begin(session: Session, record: ReleaseRecord) -> None:
    """Note a release that was asked for; one already noted is left as it is.

    Raises:
        RefusedError: another release of the model, or on the thread, has not ended.
    """
    if session.get(ReleaseRecord, record.id) is not None:
        return
    going = under_way_of(session, record.hub_id) or under_way(session, record.thread)
    if going is not None:
        said = render("comments/release_under_way.md.j2", going=going, repository=record.repository)
        raise RefusedError(said, 409)
    session.add(record)


def _unended(session: Session, *which: ColumnElement[bool] | bool) -> ReleaseUnderWay | None:
    found = session.exec(
        select(ReleaseRecord)
        .where(ReleaseRecord.status == "", *which)
        .order_by(col(ReleaseRecord.started_at))
    ).first()
    if found is None:
        return None
    return ReleaseUnderWay(
        id=found.id,
        thread=f"{found.repository}#{found.number}",
        hub_id=found.hub_id,
        requester=found.requester,
        requester_account=found.requester_account,
        step=found.step,
        digest=found.digest,
    )


def unended(session: Session) -> Sequence[ReleaseRecord]:
    """List the releases that have not ended."""
    return session.exec(select(ReleaseRecord).where(ReleaseRecord.status == "")).all()


def newest(session: Session, limit: int) -> Sequence[ReleaseRecord]:
    """List releases, the newest first."""
    return session.exec(
        select(ReleaseRecord).order_by(col(ReleaseRecord.started_at).desc()).limit(limit)
    ).all()


def note_step_begun(session: Session, release: str) -> int:
    """Note that a step is begun; give how often in a row that was done and the step did not end."""
    record = session.get_one(ReleaseRecord, release)
    unfinished, record.unfinished = record.unfinished, record.unfinished + 1
    return unfinished


def note_step_ended(session: Session, release: str) -> None:
    """Note that a step came to an end, whether it did what it should or not."""
    session.get_one(ReleaseRecord, release).unfinished = 0


def note_transfer(session: Session, progress: ReleaseProgress) -> None:
    """Note how far a transfer is, and nothing else: it may be told late."""
    record = session.get(ReleaseRecord, progress.id)
    if record is not None:
        record.done_bytes, record.total_bytes = progress.done_bytes, progress.total_bytes


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
