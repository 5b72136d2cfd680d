"""Follow repositories through their names, so that what is remembered about them is not lost."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, delete, select, update

from bot.check_parts import CheckPart, ShownCheck
from bot.histories import HistoryIssue, HistoryMark
from bot.memory import Memory
from bot.releases import ReleaseRecord
from bot.repository_config import LastGoodConfig
from bot.threads import AddedLabel, Section, StatusComment
from bot.timers import Timer

MOVED: tuple[type[SQLModel], ...] = (
    StatusComment,
    Section,
    AddedLabel,
    Memory,
    Timer,
    CheckPart,
    ShownCheck,
    ReleaseRecord,
    LastGoodConfig,
    HistoryIssue,
    HistoryMark,
)
"""The tables whose rows belong to a repository by its name, and go with it."""


class KnownRepository(SQLModel, table=True):
    """The name a repository goes by; GitHub keeps the number through renames and transfers."""

    __tablename__ = "known_repository"

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    name: str = Field(unique=True)


def notice(session: Session, number: int, name: str) -> None:
    """Take note of a repository's name; rows kept under its former name get the new one.

    A name may have a new owner before the former one is heard of again: what was kept under it is then set
    aside, and comes back with the former one's next event.
    """
    known = session.get(KnownRepository, number)
    if known is not None and known.name == name:
        return
    holder = session.exec(select(KnownRepository).where(KnownRepository.name == name)).first()
    if holder is not None:
        _move(session, name, f"~{holder.id}")
        holder.name = f"~{holder.id}"
        session.add(holder)
        session.flush()
    if known is not None:
        _move(session, known.name, name)
        known.name = name
        session.add(known)
    else:
        session.add(KnownRepository(id=number, name=name))


def _move(session: Session, before: str, after: str) -> None:
    for table in MOVED:
        column = table.__table__.c.repository  # type: ignore[attr-defined]  # every table class has it
        session.exec(delete(table).where(column == after))  # of a name nobody answers to any more
        session.exec(update(table).where(column == before).values(repository=after))
