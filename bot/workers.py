"""Know which workers are alive, so that the work of one that died for good is taken over once."""

from __future__ import annotations

from sqlmodel import Field, Session, SQLModel, col, delete, select


class Worker(SQLModel, table=True):
    """A process that runs jobs, and when it was last heard of (seconds since the epoch)."""

    executor: str = Field(primary_key=True)
    seen_at: float = Field(index=True)


def beat(session: Session, executor: str, now: float) -> None:
    """Say that a worker is alive."""
    session.merge(Worker(executor=executor, seen_at=now))


def retire(session: Session, executor: str) -> None:
    """Say that a worker stopped in good order and left nothing behind for others to wait for."""
    session.exec(delete(Worker).where(col(Worker.executor) == executor))


def claim_dead(session: Session, executor: str, now: float, patience: float) -> list[str]:
    """Claim the workers not heard of for ``patience`` seconds; each is claimed by one survivor only."""
    silent = session.exec(
        select(Worker.executor).where(Worker.executor != executor, col(Worker.seen_at) < now - patience)
    ).all()
    return [
        dead
        for dead in silent
        if session.exec(
            delete(Worker).where(col(Worker.executor) == dead, col(Worker.seen_at) < now - patience)
        ).rowcount
    ]
