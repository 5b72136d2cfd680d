"""Remember the parts of the check run that features share, commit by commit."""

from __future__ import annotations

from hashlib import sha256

from sqlmodel import Field, Session, SQLModel, col, delete, select

from bot.actions import ReportPart


class CheckPart(SQLModel, table=True):
    """One part, as it was last reported."""

    __tablename__ = "check_part"

    repository: str = Field(primary_key=True)
    commit: str = Field(primary_key=True)
    part: str = Field(primary_key=True)
    report: str
    """The whole :class:`ReportPart`, as JSON."""


class ShownCheck(SQLModel, table=True):
    """What the check run on a commit says now."""

    __tablename__ = "shown_check"

    repository: str = Field(primary_key=True)
    commit: str = Field(primary_key=True)
    digest: str


def keep(session: Session, report: ReportPart) -> None:
    """Keep a part, in place of what was reported of it before."""
    session.merge(
        CheckPart(
            repository=report.repository,
            commit=report.commit,
            part=report.part,
            report=report.model_dump_json(),
        )
    )


def forget(session: Session, repository: str, commit: str, part: str) -> None:
    """Forget what was reported of a part, and with the last one of a commit what its check run says."""
    here = (col(CheckPart.repository) == repository, col(CheckPart.commit) == commit)
    session.exec(delete(CheckPart).where(*here, col(CheckPart.part) == part))
    if session.exec(select(CheckPart.part).where(*here).limit(1)).first() is None:
        shown_here = (col(ShownCheck.repository) == repository, col(ShownCheck.commit) == commit)
        session.exec(delete(ShownCheck).where(*shown_here))


def parts_of(session: Session, repository: str, commit: str) -> tuple[ReportPart, ...]:
    """List the parts of a commit, by name."""
    rows = session.exec(
        select(CheckPart)
        .where(CheckPart.repository == repository, CheckPart.commit == commit)
        .order_by(col(CheckPart.part))
    )
    return tuple(ReportPart.model_validate_json(row.report) for row in rows)


def digest(parts: tuple[ReportPart, ...]) -> str:
    """Name what parts say together."""
    return sha256("\n".join(part.model_dump_json() for part in parts).encode()).hexdigest()[:32]


def shown(session: Session, repository: str, commit: str) -> str | None:
    """Give the digest of what the check run on a commit says, if there is one."""
    row = session.get(ShownCheck, (repository, commit))
    return row.digest if row else None


def note_shown(session: Session, repository: str, commit: str, what: str) -> None:
    """Note what the check run on a commit says now."""
    session.merge(ShownCheck(repository=repository, commit=commit, digest=what))
