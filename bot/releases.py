"""Remember the releases that threads asked for, and how far each one is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, func, or_
from sqlmodel import Field, Session, SQLModel, col, select

from bot.errors import RefusedError
from bot.events import Thread
from bot.reads import EndedRelease, NotedRelease, ReleaseUnderWay
from bot.release.progress import Kind, ReleaseProgress, Status
from bot.release.starting import Obstacle, refuse

QUEUED = "queued"
LISTED = 100
"""Releases of one repository that are looked at, at most."""


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
    version: str = ""
    """The version it is about; the versions, with commas, for a withdrawal."""
    kind: str = Kind.RELEASE
    """Whether it is a release, or takes something back."""
    approvers: int = 1
    """How many people have to agree to taking it back, besides who asked."""
    rehearsal: bool = False
    """Whether it only shows what a release would do."""
    rehearsed: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What a rehearsal found that a release would do, once it ended."""
    waivable: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What can be waived, once it was refused: from the name of each such gate to its seal."""
    own_issue: bool = False
    """Whether the thread is an issue that was opened for it."""
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
    same_thread = (_same_repository(thread), ReleaseRecord.number == thread.number)
    return next(iter(_unended(session, *same_thread)), None)


def ahead_of(session: Session, record: ReleaseRecord) -> list[ReleaseUnderWay]:
    """List the releases of a model that have to end before one of it begins, the first in line first.

    A rehearsal changes nothing, so it waits for nobody and nobody for it.
    """
    if record.rehearsal:
        return []
    of_the_model = (
        func.lower(ReleaseRecord.hub_id) == record.hub_id.lower(),
        col(ReleaseRecord.rehearsal).is_(False),
    )
    before = (ReleaseRecord.started_at < record.started_at, ReleaseRecord.id != record.id)
    return _unended(session, *of_the_model, *before)


def begin(session: Session, record: ReleaseRecord) -> list[ReleaseUnderWay]:
    """Note a release that was asked for; one already noted is left as it is. Give what it waits for.

    Raises:
        RefusedError: another release on the thread has not ended.
    """
    noted = session.get(ReleaseRecord, record.id)
    if noted is not None:
        return ahead_of(session, noted)
    going = under_way(session, record.thread)
    if going is not None:
        raise RefusedError(refuse(Obstacle.UNDER_WAY, going=going.hub_id, thread=going.thread).words, 409)
    session.add(record)
    return ahead_of(session, record)


def end_queued(session: Session, release: str, message: str) -> ReleaseRecord | None:
    """End a release that has not begun, and give it; None when it has begun, or ended otherwise."""
    record = session.get(ReleaseRecord, release)
    if record is None or record.step != QUEUED:
        return None
    if record.status:
        return record if record.message == message else None
    record.status, record.message, record.updated_at = Status.CANCELLED, message, time.time()
    session.add(record)
    return record


def model_of(session: Session, release: str) -> str:
    """Give the id on the Hub of the model that a noted release is about."""
    return session.get_one(ReleaseRecord, release).hub_id


def withdrawn_of(session: Session, hub_id: str) -> tuple[str, ...]:
    """Name the versions of a model whose withdrawal was asked for, however that ended: it hid the model."""
    found = session.exec(select(ReleaseRecord.version).where(*_withdrawals(hub_id)))
    return tuple(sorted({version for versions in found for version in versions.split(",")}))


def withdrawn_since(session: Session, release: str) -> tuple[str, ...]:
    """Name the versions of its model whose withdrawal was asked for after a release was."""
    record = session.get_one(ReleaseRecord, release)
    if record.kind != Kind.RELEASE:
        return ()
    later = ReleaseRecord.started_at >= record.started_at
    found = session.exec(select(ReleaseRecord.version).where(later, *_withdrawals(record.hub_id)))
    return tuple(sorted({version for versions in found for version in versions.split(",")}))


def has_ended(session: Session, release: str) -> bool:
    """Tell whether a release ended."""
    record = session.get(ReleaseRecord, release)
    return record is not None and bool(record.status)


def _withdrawals(hub_id: str) -> tuple[ColumnElement[bool] | bool, ...]:
    """Select the withdrawals of a model but those that ended in the line, before they hid it."""
    return (
        ReleaseRecord.kind == Kind.WITHDRAWAL,
        func.lower(ReleaseRecord.hub_id) == hub_id.lower(),
        or_(col(ReleaseRecord.status) == "", col(ReleaseRecord.step) != QUEUED),
    )


def _unended(session: Session, *which: ColumnElement[bool] | bool) -> list[ReleaseUnderWay]:
    found = session.exec(
        select(ReleaseRecord)
        .where(ReleaseRecord.status == "", *which)
        .order_by(col(ReleaseRecord.started_at))
    ).all()
    return [_as_read(record) for record in found]


def _as_read(found: ReleaseRecord) -> ReleaseUnderWay:
    return ReleaseUnderWay(
        id=found.id,
        thread=f"{found.repository}#{found.number}",
        hub_id=found.hub_id,
        requester=found.requester,
        requester_account=found.requester_account,
        step=found.step,
        digest=found.digest,
        kind=found.kind,
    )


def _same_repository(thread: Thread) -> ColumnElement[bool] | bool:
    if thread.repository_id:
        return ReleaseRecord.repository_id == thread.repository_id
    return ReleaseRecord.repository == thread.repository


def last_ended(session: Session, thread: Thread) -> EndedRelease | None:
    """Find the release of a thread that was started last, if it has ended."""
    found = session.exec(
        select(ReleaseRecord)
        .where(ReleaseRecord.status != "", _same_repository(thread), ReleaseRecord.number == thread.number)
        .order_by(col(ReleaseRecord.started_at).desc())
    ).first()
    if found is None:
        return None
    return EndedRelease(
        id=found.id,
        hub_id=found.hub_id,
        requester=found.requester,
        requester_account=found.requester_account,
        status=found.status,
        digest=found.digest,
        waivable=found.waivable or {},
    )


def unended(session: Session) -> Sequence[ReleaseRecord]:
    """List the releases that have not ended."""
    return session.exec(select(ReleaseRecord).where(ReleaseRecord.status == "")).all()


def of_repository(session: Session, thread: Thread) -> tuple[NotedRelease, ...]:
    """List what a thread's repository released and took back, the newest first."""
    found = session.exec(
        select(ReleaseRecord)
        .where(_same_repository(thread))
        .order_by(col(ReleaseRecord.started_at).desc())
        .limit(LISTED)
    )
    return tuple(_as_noted(record) for record in found)


def _as_noted(record: ReleaseRecord) -> NotedRelease:
    return NotedRelease(
        hub_id=record.hub_id,
        version=record.version.replace(",", ", "),
        kind="rehearsal" if record.rehearsal else record.kind,
        is_going=not record.status,
        standing=record.status or record.step,
        requester=record.requester,
        day=datetime.fromtimestamp(record.started_at, UTC).date().isoformat(),
        number=record.number,
    )


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
        record.waivable = {gate.gate: gate.seal for gate in progress.gates if gate.seal and not gate.passed}
        if progress.outcome.rehearsal is not None:
            record.rehearsed = asdict(progress.outcome.rehearsal)
    session.add(record)
