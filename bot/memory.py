"""Remember what features ask to be remembered, on a thread or on a repository."""

from __future__ import annotations

from typing import Any

from sqlmodel import JSON, Field, Index, Session, SQLModel, select

from bot.actions import Remember
from bot.events import Thread
from bot.rows import put


class Memory(SQLModel, table=True):
    """Something a feature wants to know later; ``number`` is 0 for what is about the whole repository.

    ``repository`` is :attr:`Thread.home`.
    """

    # One key is looked for on all threads of a repository, of which there may be a hundred thousand.
    __table_args__ = (Index("ix_memory_everywhere", "repository", "feature", "key"),)

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    feature: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: dict[str, Any] = Field(sa_type=JSON)


def keep(session: Session, action: Remember) -> None:
    """Keep a value, in place of what was kept under its key, or forget it."""
    place = (action.thread.home, action.number, action.feature, action.key)
    if action.value is not None:
        repository, number, feature, key = place
        row = Memory(repository=repository, number=number, feature=feature, key=key, value=action.value)
        put(session, row)
    elif (kept := session.get(Memory, place)) is not None:
        session.delete(kept)


def recall(session: Session, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
    """Return what a feature keeps about a thread or, with number 0, about a repository, by key."""
    rows = session.exec(
        select(Memory).where(
            Memory.repository == thread.home, Memory.number == thread.number, Memory.feature == feature
        )
    )
    return {row.key: row.value for row in rows}


def recall_everywhere(session: Session, thread: Thread, feature: str, key: str) -> dict[int, dict[str, Any]]:
    """Return what a feature keeps under one key on every thread of a thread's repository, by number."""
    rows = session.exec(
        select(Memory).where(Memory.repository == thread.home, Memory.feature == feature, Memory.key == key)
    )
    return {row.number: row.value for row in rows}
