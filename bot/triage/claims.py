"""Know who works on an issue, when there was the last sign of it, and what follows from silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict

DAY = 86_400.0
"""Seconds."""


class Claim(BaseModel):
    """Who works on an issue, as it is remembered; moments are seconds since the epoch."""

    model_config = ConfigDict(frozen=True)

    login: str
    account: int = 0
    """GitHub's number of the account, which outlives a rename; 0 where nobody said it."""
    since: float
    heard: float
    """When there was the last sign of work."""
    reminded: float | None = None
    """When the claimer was asked; ``None`` once they were heard again."""
    assigned_before: bool = False
    """Whether they were assigned before they claimed it: that is not the bot's to take back."""

    def is_of(self, login: str, account: int) -> bool:
        """Tell whether somebody is the claimer."""
        if self.account and account:
            return self.account == account
        return self.login.casefold() == login.casefold()

    def heard_at(self, moment: float) -> Claim:
        """Take note of a sign of work; one that is no news changes nothing."""
        if moment <= max(self.heard, self.reminded or 0.0):
            return self
        return self.model_copy(update={"heard": moment, "reminded": None})

    def heard_by(self, signs: Iterable[tuple[str, float]]) -> Claim:
        """Take note of the latest sign among what people did, given as login and moment."""
        theirs = [moment for login, moment in signs if login.casefold() == self.login.casefold()]
        return self.heard_at(max(theirs, default=0.0))


class Step(Enum):
    """What is to become of a claim now."""

    KEEP = "keep"
    REMIND = "remind"
    FREE = "free"


@dataclass(frozen=True)
class Clock:
    """How long silence may last, in days: until the claimer is asked, and from then on until the end."""

    remind_after: int
    free_after: int

    def due(self, claim: Claim) -> float:
        """Say when to look at a claim next."""
        if claim.reminded is not None:
            return claim.reminded + self.free_after * DAY
        return claim.heard + self.remind_after * DAY

    def step(self, claim: Claim, now: float) -> Step:
        """Decide about a claim; nobody loses an issue without having been asked."""
        if now < self.due(claim):
            return Step.KEEP
        return Step.REMIND if claim.reminded is None else Step.FREE


def claim_in(value: Mapping[str, Any] | None) -> Claim | None:
    """Read a claim out of what is kept about an issue."""
    return Claim.model_validate(value) if value is not None else None


def names_issue(text: str, repository: str, number: int) -> bool:
    """Tell whether a pull request's words name an issue of its repository.

    (GitHub Docs, "Autolinked references and URLs".)
    """
    name = re.escape(repository)
    pattern = rf"(?:(?<![\w./-])(?:{name})?#|(?<![\w-])GH-|/{name}/issues/){number}(?!\w)"
    return re.search(pattern, text, re.IGNORECASE) is not None
