"""Ring at the moments features set, with a delivery of the bot's own, so that waiting survives anything."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, delete, select, update

from bot.actions import SetTimer
from bot.events import TIMER, Thread
from bot.own_events import own_delivery
from bot.rows import put
from bot.store import RECEIVED_AGAIN, Delivery, DeliveryStatus

SUSPENDED = "This installation has been suspended"
"""What GitHub answers whoever asks for a suspended installation's token."""


class Timer(SQLModel, table=True):
    """A moment at which a feature wants to look at a thread again; ``number`` 0 stands for a repository."""

    home: str = Field(primary_key=True)
    """:attr:`Thread.home`."""
    number: int = Field(primary_key=True)
    feature: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    repository: str
    """What it was called when the timer was set."""
    repository_id: int = Field(sa_type=BigInteger)
    installation: int = Field(sa_type=BigInteger)
    due: float = Field(index=True)
    """Seconds since the epoch, UTC."""


def set_timer(session: Session, action: SetTimer, installation: int) -> None:
    """Set a timer, in place of the one of its name, or call that one off."""
    thread = action.thread
    place = (thread.home, thread.number, action.feature, action.name)
    if action.due is not None:
        put(
            session,
            Timer(
                home=thread.home,
                number=thread.number,
                feature=action.feature,
                name=action.name,
                repository=thread.repository,
                repository_id=thread.repository_id,
                installation=installation,
                due=action.due,
            ),
        )
    elif (kept := session.get(Timer, place)) is not None:
        session.delete(kept)


def ring(session: Session, now: float, limit: int) -> int:
    """Turn timers that are due into deliveries; give how many.

    Deliveries bring the order of the thread, the retries and the replay with them. Who takes a timer away
    is the one who rings it, so that several workers ring each once.
    """
    due = session.exec(select(Timer).where(Timer.due <= now).order_by(col(Timer.due)).limit(limit)).all()
    rung = 0
    for timer in due:
        taken = session.exec(
            delete(Timer).where(
                col(Timer.home) == timer.home,
                col(Timer.number) == timer.number,
                col(Timer.feature) == timer.feature,
                col(Timer.name) == timer.name,
                col(Timer.due) == timer.due,
            )
        )
        if taken.rowcount == 1:
            action = action_of(timer.feature, timer.name)
            place = Thread(timer.repository, timer.number, timer.repository_id)
            session.add(own_delivery(TIMER, action, timer.installation, place))
            rung += 1
    return rung


def ring_again(session: Session, installation: int) -> int:
    """Have timers ring once more that rang in vain while an installation was suspended; give how many.

    Whoever answers one reads what has become of the thing, so that it does no harm to come late. What people
    asked for meanwhile stays dead: they have gone on without it.
    """
    return session.exec(
        update(Delivery)
        .where(
            col(Delivery.status) == DeliveryStatus.dead,
            col(Delivery.installation_id) == installation,
            col(Delivery.event) == TIMER,
            col(Delivery.error).contains(SUSPENDED, autoescape=True),
        )
        .values(**RECEIVED_AGAIN)
    ).rowcount


def action_of(feature: str, name: str) -> str:
    """Name the action of a timer's event: what tells one feature's timers from another's."""
    return f"{feature}.{name}"
