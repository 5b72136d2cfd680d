"""Let time pass for the timers of a thread."""

from __future__ import annotations

from sqlmodel import select

from bot.memory import Memory
from bot.timers import Timer
from tests.scene import Place, eventually

DAY = 86_400.0


def let_pass(place: Place, feature: str, number: int, days: float) -> None:
    """Move what a feature keeps about a thread into the past, and wait for what rings then."""
    scene = place.scene
    home = _home(place)
    before = len(scene.deliveries(place.name, "giveback.timer"))
    with scene.session() as session:
        for kept in session.exec(
            select(Memory).where(
                Memory.repository == home, Memory.number == number, Memory.feature == feature
            )
        ):
            kept.value = {
                name: value - days * DAY if isinstance(value, float) else value
                for name, value in kept.value.items()
            }
            session.add(kept)
        timers = session.exec(
            select(Timer).where(Timer.home == home, Timer.number == number, Timer.feature == feature)
        ).all()
        for timer in timers:
            timer.due -= days * DAY
            session.add(timer)
        session.commit()
    eventually(lambda: len(scene.deliveries(place.name, "giveback.timer")) > before, "a timer")
    scene.settle()


def timers(place: Place, feature: str, number: int) -> int:
    """Count the timers a feature has on a thread."""
    with place.scene.session() as session:
        found = session.exec(
            select(Timer).where(Timer.home == _home(place), Timer.number == number, Timer.feature == feature)
        ).all()
    return len(found)


def _home(place: Place) -> str:
    return str(place.scene.alice.call("GET", place.path)["id"])
