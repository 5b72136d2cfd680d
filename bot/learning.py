"""Read the history of repositories in the background, and learn from it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import histories
from bot.actions import LearnHistory
from bot.aside import aside
from bot.durable import Durable, Engine, GaveUpError, Job, Queue
from bot.events import Event, Thread
from bot.installations import Installation
from bot.store import in_transaction
from bot.triage.history import PastIssue

logger = logging.getLogger(__name__)

LEARN = "learn"
"""The kind of job that reads and learns a repository's history; its argument is a :class:`LearnJob`."""

WHOLE = "whole"
"""What the step that reads a page gives when there is no further one."""

_GONE = ("deleted", "transferred")


class LearnJob(BaseModel):
    """The repository to learn, and the installation it is read through."""

    model_config = ConfigDict(frozen=True)

    installation: int
    place: Thread


@dataclass(frozen=True)
class EngineLearning:
    """Begins to learn, for applied plans."""

    engine: Engine

    async def learn_history(self, action: LearnHistory, installation: int) -> None:
        """Begin to read and learn a repository's history; the same again does nothing."""
        about = LearnJob(installation=installation, place=action.thread)
        job = Job(
            kind=LEARN,
            id=f"{LEARN}/{action.thread.home}/{action.key}",
            partition=action.thread.home,
            argument=about.model_dump_json(),
            queue=Queue.BACKGROUND,
        )
        await asyncio.to_thread(self.engine.submit, job)


@dataclass(frozen=True)
class Learning:
    """Reads histories page by page; killed at any moment it goes on with the page it was at."""

    database: Database
    installation: Callable[[int], Installation]
    learn: Callable[[Thread], str]
    """Learns from what is kept of a repository, and says in a few words how that went."""

    async def handle(self, argument: str, durable: Durable) -> None:
        """Learn one repository: the job of kind :data:`LEARN`."""
        job = LearnJob.model_validate_json(argument)

        async def read_page() -> str:
            return await self._read_page(job)

        async def learn() -> str:
            return await aside(self.learn, job.place)

        try:
            while await durable.step("read a page", read_page) != WHOLE:
                pass
            logger.info("%s: %s", job.place, await durable.step("learn", learn))
        except GaveUpError as error:
            # It begins again where it stopped with the next night.
            logger.warning("%s: its history could not be read now: %s", job.place, error)

    async def _read_page(self, job: LearnJob) -> str:
        """Read and keep one page, a hundred issues; after the last one webhooks keep them current."""
        mark = await in_transaction(self.database, histories.mark_of, job.place.home)
        if mark is not None and mark.whole:
            return WHOLE
        reader = self.installation(job.installation).reader
        items, following = await reader.issues_page(job.place.repository, mark.page if mark else None)
        issues = [PastIssue.model_validate(item) for item in items]

        def keep(session: Session) -> None:
            histories.keep(session, job.place.home, issues)
            page = following or (mark.page if mark else None)
            histories.set_mark(session, job.place.home, page, whole=following is None)

        await in_transaction(self.database, keep)
        return following or WHOLE


async def notice(database: Database, event: Event) -> None:
    """Keep an issue or pull request as an event tells of it, where its repository's history is kept."""
    if event.name not in ("issues", "pull_request") or not event.has_thread:
        return
    about: dict[str, object] = {"pull_request": {}} if event.name == "pull_request" else {}
    try:
        issue = PastIssue.model_validate({**event.raw[event.name.removesuffix("s")], **about})
    except (ValidationError, TypeError):
        logger.warning("delivery %s: not kept for learning, for it is not as GitHub documents it", event.guid)
        return
    home, number = event.thread.home, event.thread.number

    def keep(session: Session) -> None:
        if histories.mark_of(session, home) is None:
            return
        if event.action in _GONE:
            histories.drop(session, home, number)
        else:
            histories.keep(session, home, [issue])

    await in_transaction(database, keep)
