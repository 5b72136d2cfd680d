"""Keep the issues of repositories, for learning from them and for finding similar ones.

A repository is known here by :attr:`bot.events.Thread.home`, which outlives its name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import func
from sqlmodel import Field, Session, SQLModel, col, select

from bot.store import PackedBytes
from bot.triage.disclosure import is_hidden
from bot.triage.history import PastIssue

FEW = 1000
"""Issues that are held in memory at once."""


class HistoryIssue(SQLModel, table=True):
    """An issue or pull request as it was when it was last heard of."""

    __tablename__ = "history_issue"

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    issue: bytes = Field(sa_type=PackedBytes)
    """A :class:`PastIssue` as JSON; empty for one that was deleted, moved away or taken out of view."""
    changed_at: float = Field(index=True)
    """Seconds since the epoch, UTC."""


class HistoryMark(SQLModel, table=True):
    """How far the history of a repository has been read. Moments are as GitHub writes them."""

    __tablename__ = "history_mark"

    repository: str = Field(primary_key=True)
    page: str | None = None
    """The page to go on with; ``None`` before the first."""
    whole: bool = False
    """Whether the last page was reached once; from then on webhooks and what changed keep it current."""
    since: str | None = None
    """The moment up to which everything was heard of; what changed from then on is read next."""
    changes_page: str | None = None
    """The page of changes to go on with, where many came at one moment."""
    outcomes_page: str | None = None
    """The page of outcomes to go on with; ``None`` before the first of a round."""
    outcomes_begun: str | None = None
    """When the round under way began."""
    outcomes_since: str | None = None
    """When the last whole round began; the next one looks at what changed from then on."""


def mark_of(session: Session, repository: str) -> HistoryMark | None:
    """Tell how far a repository's history has been read; ``None`` when nobody asked for it."""
    return session.get(HistoryMark, repository)


def set_mark(session: Session, repository: str, page: str | None, *, whole: bool) -> None:
    """Note how far a repository's history has been read."""
    mark = mark_of(session, repository) or HistoryMark(repository=repository)
    mark.page, mark.whole = page, whole
    session.add(mark)


def note(session: Session, repository: str, **changes: str | None) -> None:
    """Change fields of a repository's mark, which is there already."""
    mark = session.get_one(HistoryMark, repository)
    for name, value in changes.items():
        setattr(mark, name, value)
    session.add(mark)


def keep(session: Session, repository: str, issues: Iterable[PastIssue]) -> None:
    """Keep issues as they are now, in place of what was known of them; none of what is out of view."""
    now = time.time()
    for issue in issues:
        if is_hidden(issue.body):
            drop(session, repository, issue.number)
            continue
        kept = session.get(HistoryIssue, (repository, issue.number))
        if kept is not None and kept.issue and not issue.duplicate_of:
            before = PastIssue.model_validate_json(kept.issue)
            issue = issue.model_copy(update={"duplicate_of": before.duplicate_of})
        content = issue.model_dump_json().encode()
        session.merge(HistoryIssue(repository=repository, number=issue.number, issue=content, changed_at=now))


def keep_marks(session: Session, repository: str, marks: Mapping[int, tuple[int, ...]]) -> None:
    """Note which issues each one is marked a duplicate of, where that is news."""
    for number, originals in marks.items():
        kept = session.get(HistoryIssue, (repository, number))
        if kept is None or not kept.issue:
            continue
        issue = PastIssue.model_validate_json(kept.issue)
        if issue.duplicate_of != originals:
            changed = issue.model_copy(update={"duplicate_of": originals})
            kept.issue, kept.changed_at = changed.model_dump_json().encode(), time.time()
            session.add(kept)


def drop(session: Session, repository: str, number: int) -> None:
    """Forget what an issue said: it was deleted, moved to another repository, or taken out of view."""
    session.merge(HistoryIssue(repository=repository, number=number, issue=b"", changed_at=time.time()))


def drop_if_kept(session: Session, repository: str, number: int) -> None:
    """Forget what an issue said, where histories of its repository are kept at all."""
    if mark_of(session, repository) is not None:
        drop(session, repository, number)


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


def some_of(session: Session, repository: str, numbers: Sequence[int]) -> dict[int, PastIssue]:
    """Give the issues and pull requests of some numbers that are kept."""
    rows = session.exec(
        select(HistoryIssue).where(
            HistoryIssue.repository == repository, col(HistoryIssue.number).in_(numbers)
        )
    ).all()
    return {row.number: PastIssue.model_validate_json(row.issue) for row in rows if row.issue}


def _few(session: Session, repository: str, after: int) -> Sequence[HistoryIssue]:
    return session.exec(
        select(HistoryIssue)
        .where(HistoryIssue.repository == repository, HistoryIssue.number > after)
        .order_by(col(HistoryIssue.number))
        .limit(FEW)
    ).all()


def changed_since(
    session: Session, repository: str, moment: float, after: int, limit: int = FEW
) -> list[tuple[int, float]]:
    """List what has changed from a moment on, as number and moment; :func:`some_of` has what is still there.

    They come by moment and number; ``after`` is the number to go on behind at exactly that moment.
    """
    rows = session.exec(
        select(HistoryIssue.number, HistoryIssue.changed_at)
        .where(
            HistoryIssue.repository == repository,
            (col(HistoryIssue.changed_at) > moment)
            | ((col(HistoryIssue.changed_at) == moment) & (col(HistoryIssue.number) > after)),
        )
        .order_by(col(HistoryIssue.changed_at), col(HistoryIssue.number))
        .limit(limit)
    ).all()
    return [(number, changed_at) for number, changed_at in rows]
