"""Learn a repository's own labels from its history, when the App is installed and every night."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from pydantic import Field

from bot.actions import Action, LearnHistory, Remember, SetTimer
from bot.config import Section
from bot.events import REPOSITORY_ADDED, Event, Thread
from bot.feature import Feature

NIGHTLY = "nightly"
BEGUN = "begun"


class LearningSection(Section):
    """Learn from closed and labelled issues what this repository calls its issues."""

    hour: int = Field(
        default=3, ge=0, le=23, description="The hour (UTC) after which it learns again each night."
    )


class Reads(Protocol):
    """What this feature reads."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, object]]:
        """Return what a feature keeps about a repository, by key."""


feature = Feature[LearningSection, Reads]("learning", LearningSection)


@feature.on(REPOSITORY_ADDED, "added")
async def repository_added(event: Event, section: LearningSection, reads: Reads) -> Sequence[Action]:
    """Read the history of a repository the App was installed on, and come back every night."""
    return begin(event.place, section.hour, datetime.now(UTC), "the App was installed here")


@feature.on("issues", "opened")
async def issue_opened(event: Event, section: LearningSection, reads: Reads) -> Sequence[Action]:
    """Begin where the App was installed before it could learn."""
    if BEGUN in await reads.recall(event.place, feature.name):
        return []
    return begin(event.place, section.hour, datetime.now(UTC), "its history was never read")


@feature.on_timer(NIGHTLY)
async def night_came(event: Event, section: LearningSection, reads: Reads) -> Sequence[Action]:
    """Learn again with what happened since."""
    now = datetime.fromtimestamp(time.time(), UTC)
    return [
        LearnHistory(thread=event.place, key=now.date().isoformat(), reason="a night has passed"),
        SetTimer(
            thread=event.place,
            name=NIGHTLY,
            due=next_night(event.place, section.hour, now),
            reason="to learn again tomorrow",
        ),
    ]


def begin(place: Thread, hour: int, now: datetime, reason: str) -> list[Action]:
    """Plan to read a repository's history now, and to come back every night."""
    return [
        LearnHistory(thread=place, key="first", reason=reason),
        Remember(thread=place, key=BEGUN, value={"at": now.isoformat()}, reason=reason),
        SetTimer(thread=place, name=NIGHTLY, due=next_night(place, hour, now), reason="to learn again"),
    ]


def next_night(place: Thread, hour: int, now: datetime) -> float:
    """Return the next moment to learn, in seconds since the epoch, UTC.

    Repositories are spread over the hour, so that not all of them ask GitHub at the same moment.
    """
    spread = int.from_bytes(sha256(place.home.encode()).digest()[:4], "big") % 3600
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(seconds=spread)
    while moment <= now:
        moment += timedelta(days=1)
    return moment.timestamp()
