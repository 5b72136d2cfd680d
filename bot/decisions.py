"""Keep what was decided about a delivery until it is carried out: a second decision might be another one."""

from __future__ import annotations

from sqlmodel import Field, Session, SQLModel, col, delete, select

from bot.rows import put


class KeptDecision(SQLModel, table=True):
    """What one attempt at a delivery came to."""

    __tablename__ = "decision"

    job: str = Field(primary_key=True)
    """The job that sees the delivery through; a replay is another one."""
    attempt: int = Field(primary_key=True)
    decision: str
    """As JSON."""


def keep(session: Session, job: str, attempt: int, decision: str) -> None:
    """Keep the decision of one attempt."""
    put(session, KeptDecision(job=job, attempt=attempt, decision=decision))


def kept(session: Session, job: str) -> dict[int, str]:
    """Return what the attempts so far came to, by number; the first is 1."""
    rows = session.exec(select(KeptDecision).where(KeptDecision.job == job)).all()
    return {row.attempt: row.decision for row in rows}


def forget(session: Session, job: str) -> None:
    """Forget the decisions of a job that has nothing left to carry out."""
    session.exec(delete(KeptDecision).where(col(KeptDecision.job) == job))
