"""Keep the issues of repositories, for learning from them and for finding similar ones.

A repository is known here by :attr:`bot.events.Thread.home`, which outlives its name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import func
from sqlmodel import Field, Session, SQLModel, col, select

from bot.store import PackedBytes
from bot.triage.history import PastIssue

FEW = 1000
"""Issues that are held in memory at once."""


class HistoryIssue(SQLModel, table=True):
    """An issue or pull request as it was when it was last heard of."""

    __tablename__ = "history_issue"

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    issue: bytes = Field(sa_type=PackedBytes)
    """A :class:`PastIssue` as JSON; empty for one that was deleted or moved away."""
    changed_at: float = Field(index=True)
    """Seconds since the epoch, UTC."""


class HistoryMark(SQLModel, table=True):
    """How far the history of a repository has been read."""

    __tablename__ = "history_mark"

    repository: str = Field(primary_key=True)
    page: str | None = None
    """The page to go on with; ``None`` before the first."""
    whole: bool = False
    """Whether the last page was reached once; from then on webhooks keep it current."""


def mark_of(session: Session, repository: str) -> HistoryMark | None:
    """Tell how far a repository's history has been read; ``None`` when nobody asked for it."""
    return session.get(HistoryMark, repository)


def set_mark(session: Session, repository: str, page: str | None, *, whole: bool) -> None:
    """Note how far a repository's history has been read."""
    session.merge(HistoryMark(repository=repository, page=page, whole=whole))


def keep(session: Session, repository: str, issues: Iterable[PastIssue]) -> None:
    """Keep issues as they are now, in place of what was known of them."""
    now = time.time()
    for issue in issues:
        kept = session.get(HistoryIssue, (repository, issue.number))
        if kept is not None and kept.issue and not issue.duplicate_of:
            before = PastIssue.model_validate_json(kept.issue)
            issue = issue.model_copy(update={"duplicate_of": before.duplicate_of})
        content = issue.model_dump_json().encode()
        session.merge(HistoryIssue(repository=repository, number=issue.number, issue=content, changed_at=now))


def drop(session: Session, repository: str, number: int) -> None:
    """Forget what an issue said: it was deleted, or moved to another repository."""
    session.merge(HistoryIssue(repository=repository, number=number, issue=b"", changed_at=time.time()))


def count(session: Session, repository: str) -> int:
    """Count the issues and pull requests that are kept."""
    kept = select(func.count()).select_from(HistoryIssue).where(HistoryIssue.repository == repository)
    return session.exec(kept).one()


def all_of(session: Session, repository: str) -> Iterator[PastIssue]:
    """Go through a repository's issues and pull requests, oldest first."""
    last = 0
    while rows := _few(session, repository, last):
        for row in rows:
            if row.issue:
                yield PastIssue.model_validate_json(row.issue)
        last = rows[-1].number
        session.expunge_all()


def _few(session: Session, repository: str, after: int) -> Sequence[HistoryIssue]:
    return session.exec(
        select(HistoryIssue)
        .where(HistoryIssue.repository == repository, HistoryIssue.number > after)
        .order_by(col(HistoryIssue.number))
        .limit(FEW)
    ).all()


def changed_since(
    session: Session, repository: str, moment: float, after: int, limit: int = FEW
) -> list[tuple[int, float, PastIssue | None]]:
    """List what has changed from a moment on, as number, moment and issue; ``None`` for one that is gone.

    They come by moment and number; ``after`` is the number to go on behind at exactly that moment.
    """
    rows = session.exec(
        select(HistoryIssue)
        .where(
            HistoryIssue.repository == repository,
            (col(HistoryIssue.changed_at) > moment)
            | ((col(HistoryIssue.changed_at) == moment) & (col(HistoryIssue.number) > after)),
        )
        .order_by(col(HistoryIssue.changed_at), col(HistoryIssue.number))
        .limit(limit)
    ).all()
    return [
        (row.number, row.changed_at, PastIssue.model_validate_json(row.issue) if row.issue else None)
        for row in rows
    ]
