"""What the bot keeps for itself: notes, timers and what it learns."""

from __future__ import annotations

from typing import Any, Literal

from bot.actions.base import Identity, ThreadAction


class Remember(ThreadAction):
    """Keep a feature's own words on a thread or, with number 0, on a repository; ``None`` forgets them.

    A feature reads them with ``recall``, and sees nobody else's.
    """

    kind: Literal["remember"] = "remember"
    key: str
    value: dict[str, Any] | None

    def identity(self) -> Identity:
        """Return what is kept, and whose it is."""
        return (*super().identity(), self.feature, self.key)


class SetTimer(ThreadAction):
    """Come back to a thread or, with number 0, to a repository at a moment; ``None`` calls it off.

    The feature then gets an event called ``giveback.timer`` whose action is ``name``. A timer that is set
    again under its name rings at the new moment only.
    """

    kind: Literal["set_timer"] = "set_timer"
    name: str
    due: float | None
    """Seconds since the epoch, UTC."""

    def identity(self) -> Identity:
        """Return the timer's name, and whose it is."""
        return (*super().identity(), self.feature, self.name)


class LearnHistory(ThreadAction):
    """Read the history of a repository in the background, as far as it is not read, and learn from it."""

    kind: Literal["learn_history"] = "learn_history"
    key: str
    """Two of one key are one: a day, for what happens nightly."""
