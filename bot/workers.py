"""Know which workers are alive, so that the work of one that died for good is taken over."""

from __future__ import annotations

from sqlmodel import Field, Session, SQLModel, col, delete, select


class Worker(SQLModel, table=True):
    """A process that runs jobs, and when it was last heard of (seconds since the epoch)."""

    executor: str = Field(primary_key=True)
    seen_at: float = Field(index=True)


def beat(session: Session, executor: str, now: float) -> None:
    """Say that a worker is alive."""
    session.merge(Worker(executor=executor, seen_at=now))


def silent(session: Session, now: float, patience: float) -> list[str]:
    """List the workers not heard of for ``patience`` seconds."""
    return list(session.exec(select(Worker.executor).where(col(Worker.seen_at) < now - patience)).all())


def bury(session: Session, executor: str, now: float, patience: float) -> None:
    """Forget a silent worker whose work was taken over; one that came back in the meantime stays."""
    session.exec(delete(Worker).where(col(Worker.executor) == executor, col(Worker.seen_at) < now - patience))
