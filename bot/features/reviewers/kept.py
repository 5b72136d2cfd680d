"""What is kept about reviewers: of a pull request, whom it asked; of a repository, turns and absences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from bot.actions import Remember
from bot.events import Thread

ASKED, RELEASED = "asked", "released"
AWAY, TURN = "away:", "turn:"

Memory = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Asked:
    """Whom the bot asked on a pull request, and whom it let go: they are not picked for it again."""

    people: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    ever: bool = False
    """Whether anybody was asked, teams included."""

    @classmethod
    def read(cls, memory: Memory) -> Asked:
        """Read it from the memory of a pull request."""
        return cls(
            tuple(memory.get(ASKED, {}).get("people", ())),
            tuple(memory.get(RELEASED, {}).get("people", ())),
            ASKED in memory,
        )

    def and_now(self, people: Sequence[str], *, without: str = "") -> Asked:
        """Give the same after more people were asked, perhaps instead of somebody."""
        back = {login.casefold() for login in people}
        released = dict.fromkeys((*self.released, *([without] if without else ())))
        return Asked(
            tuple(dict.fromkeys((*self.people, *people))),
            tuple(login for login in released if login.casefold() not in back),
            True,
        )

    def remembered(self, thread: Thread, reason: str) -> list[Remember]:
        """Keep it."""
        return [
            Remember(thread=thread, key=ASKED, value={"people": list(self.people)}, reason=reason),
            Remember(thread=thread, key=RELEASED, value={"people": list(self.released)}, reason=reason),
        ]


def turn_of(place: Thread, name: str, now: float) -> Remember:
    """Note that somebody, or a team as ``@org/team``, was asked: others come first next time."""
    return Remember(
        thread=place, key=f"{TURN}{name.casefold()}", value={"at": now}, reason=f"it was {name}'s turn"
    )


def turns(memory: Memory) -> dict[str, float]:
    """Give the moment of everybody's last turn, by name in lower case."""
    return {key.removeprefix(TURN): value["at"] for key, value in memory.items() if key.startswith(TURN)}


def absence_of(place: Thread, login: str, until: date | None) -> Remember:
    """Note somebody's last day away, or with ``None`` that they are back."""
    value = None if until is None else {"until": until.isoformat()}
    said = "is back" if until is None else f"is away until {until.isoformat()}"
    return Remember(thread=place, key=f"{AWAY}{login.casefold()}", value=value, reason=f"{login} {said}")


def away(memory: Memory, today: date) -> dict[str, date]:
    """Give the last day of everybody who is away today, by login in lower case."""
    days = {
        key.removeprefix(AWAY): date.fromisoformat(value["until"])
        for key, value in memory.items()
        if key.startswith(AWAY)
    }
    return {login: until for login, until in days.items() if until >= today}


def day_of(now: float) -> date:
    """Give the day of a moment, in seconds since the epoch, in UTC."""
    return datetime.fromtimestamp(now, UTC).date()
