"""Know what the author of an issue was asked for, and what follows from silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict

DAY = 86_400.0
"""Seconds."""


class Question(BaseModel):
    """What was asked, as it is remembered; moments are seconds since the epoch."""

    model_config = ConfigDict(frozen=True)

    login: str
    account: int = 0
    """GitHub's number of the author's account, which outlives a rename; 0 where nobody said it."""
    asked: tuple[str, ...]
    """Labels of what is still missing."""
    since: float
    """When it was asked, or when some of it came last."""
    reminded: float | None = None
    closes: float | None = None
    """The end of the day that was named as the last one; before it nothing is closed."""
    replied: float | None = None
    """When the author replied: from then on nobody waits for them."""
    closed: bool = False
    """Whether the bot closed the issue because nothing came."""

    @property
    def last_day(self) -> float | None:
        """Give a moment of the day that was named."""
        return None if self.closes is None else self.closes - 1.0

    def is_of(self, login: str, account: int) -> bool:
        """Tell whether somebody is who was asked."""
        if self.account and account:
            return self.account == account
        return self.login.casefold() == login.casefold()


class Step(Enum):
    """What is to become of a question now."""

    KEEP = "keep"
    REMIND = "remind"
    CLOSE = "close"


@dataclass(frozen=True)
class Patience:
    """How long to wait, in days: until the one reminder, and from then on until closing; None for never."""

    remind_after: int | None
    close_after: int | None

    def asks(self, login: str, account: int, labels: Sequence[str], now: float) -> Question:
        """Begin to wait."""
        closes = self._closes(now) if self.remind_after is None else None
        return Question(login=login, account=account, asked=tuple(labels), since=now, closes=closes)

    def partly_answered(self, question: Question, labels: Sequence[str], now: float) -> Question:
        """Wait for the rest, from now on."""
        moved = self._closes(now) if question.closes is not None else None
        return question.model_copy(update={"asked": tuple(labels), "since": now, "closes": moved})

    def reminded(self, question: Question, now: float) -> Question:
        """Note that the author was reminded, and which day was named."""
        return question.model_copy(update={"reminded": now, "closes": self._closes(now)})

    def due(self, question: Question) -> float | None:
        """Say when to look again; None when nothing follows from silence any more."""
        if question.replied is not None or question.closed:
            return None
        if question.reminded is None and self.remind_after is not None:
            return question.since + self.remind_after * DAY
        return question.closes if self.close_after is not None else None

    def step(self, question: Question, now: float) -> Step:
        """Decide what follows now; nothing is closed whose day was not named before."""
        due = self.due(question)
        if due is None or now < due:
            return Step.KEEP
        if question.reminded is None and self.remind_after is not None:
            return Step.REMIND
        return Step.CLOSE

    def _closes(self, now: float) -> float | None:
        """Give the end, in UTC, of the last day somebody has."""
        if self.close_after is None:
            return None
        return (now // DAY + self.close_after + 1) * DAY


def question_in(value: Mapping[str, Any] | None) -> Question | None:
    """Read a question out of what is kept about an issue."""
    return Question.model_validate(value) if value is not None else None
