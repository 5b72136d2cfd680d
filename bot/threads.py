"""Remember what the bot itself put on a thread: its status comment, the sections in it, its labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, select

from bot.events import Thread
from bot.rows import put

# Everywhere here ``repository`` is :attr:`Thread.home`: a repository keeps what belongs to it under any name.


class StatusComment(SQLModel, table=True):
    """The one comment on a thread that the bot keeps editing."""

    __tablename__ = "status_comment"

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    comment: int = Field(sa_type=BigInteger)
    body: str = ""
    """What it says now, so that an edit that changes nothing is not made."""


class Section(SQLModel, table=True):
    """One feature's words in a status comment."""

    __tablename__ = "status_section"

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    section: str = Field(primary_key=True)
    body: str


class AddedLabel(SQLModel, table=True):
    """A label the bot added: it may take it away again, and never adds it twice."""

    __tablename__ = "added_label"

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    label: str = Field(primary_key=True)


class OutOfView(SQLModel, table=True):
    """A thread whose text was hidden: only one section may have words on it."""

    __tablename__ = "thread_out_of_view"

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    section: str


def status_comment(session: Session, thread: Thread) -> StatusComment | None:
    """Find the thread's status comment."""
    return session.get(StatusComment, (thread.home, thread.number))


def remember_status_comment(session: Session, thread: Thread, comment: int, body: str) -> None:
    """Note which comment is the status comment and what it says."""
    put(session, StatusComment(repository=thread.home, number=thread.number, comment=comment, body=body))


def forget_status_comment(session: Session, thread: Thread) -> None:
    """Note that the status comment was deleted by somebody."""
    known = status_comment(session, thread)
    if known is not None:
        session.delete(known)


def sections(session: Session, thread: Thread) -> dict[str, str]:
    """Give the sections of the thread's status comment by name."""
    rows = session.exec(
        select(Section).where(Section.repository == thread.home, Section.number == thread.number)
    )
    return {row.section: row.body for row in rows}


def set_section(session: Session, thread: Thread, name: str, body: str) -> None:
    """Set a section, or take it away with an empty body; words about a thread out of view are dropped."""
    hidden = session.get(OutOfView, (thread.home, thread.number))
    if hidden is not None and name != hidden.section:
        return
    if body:
        put(session, Section(repository=thread.home, number=thread.number, section=name, body=body))
    elif (kept := session.get(Section, (thread.home, thread.number, name))) is not None:
        session.delete(kept)


def take_out_of_view(session: Session, thread: Thread, section: str) -> None:
    """Drop what features say about a thread, except in one section, and keep them from saying more."""
    for name in sections(session, thread):
        if name != section:
            set_section(session, thread, name, "")
    session.merge(OutOfView(repository=thread.home, number=thread.number, section=section))


def bring_into_view(session: Session, thread: Thread) -> None:
    """Let features speak on a thread again."""
    hidden = session.get(OutOfView, (thread.home, thread.number))
    if hidden is not None:
        session.delete(hidden)


def in_order(named: Mapping[str, str], order: Iterable[str]) -> list[str]:
    """Sort sections the way the features are listed; sections of features no longer there come last."""
    ranks = {name: rank for rank, name in enumerate(order)}
    return [
        body
        for name, body in sorted(named.items(), key=lambda item: (ranks.get(item[0], len(ranks)), item[0]))
    ]


def added_labels(session: Session, thread: Thread) -> frozenset[str]:
    """Give the labels the bot has added to a thread and not taken away itself."""
    rows = session.exec(
        select(AddedLabel).where(AddedLabel.repository == thread.home, AddedLabel.number == thread.number)
    )
    return frozenset(row.label for row in rows)


def note_added(session: Session, thread: Thread, labels: Iterable[str]) -> None:
    """Remember labels as the bot's own."""
    for label in labels:
        session.merge(AddedLabel(repository=thread.home, number=thread.number, label=label))


def note_removed(session: Session, thread: Thread, label: str) -> None:
    """Forget a label the bot took away."""
    row = session.get(AddedLabel, (thread.home, thread.number, label))
    if row is not None:
        session.delete(row)


def all_added_labels(session: Session, home: str) -> dict[int, set[str]]:
    """Return the bot's own labels on every thread of a repository, by number."""
    found: dict[int, set[str]] = {}
    for row in session.exec(select(AddedLabel).where(AddedLabel.repository == home)):
        found.setdefault(row.number, set()).add(row.label)
    return found
