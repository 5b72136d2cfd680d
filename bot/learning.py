"""Read the history of repositories in the background, and learn from it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import histories
from bot.actions import LearnHistory
from bot.aside import aside
from bot.durable import Durable, Engine, GaveUpError, Job, Queue
from bot.errors import TransientError
from bot.events import Event, Thread
from bot.installations import Installation, Reader
from bot.knowledge import note_fix
from bot.transactions import in_transaction
from bot.triage.history import PastIssue
from bot.triage.similar.remembered import Fix

logger = logging.getLogger(__name__)

LEARN = "learn"
"""The kind of job that reads and learns a repository's history; its argument is a :class:`LearnJob`."""

WHOLE = "whole"
"""What the step that reads a page gives when there is no further one."""

CAUGHT_UP = "caught up"
"""What the steps that read what has changed give when nothing is left."""

FOR_PEOPLE = 0.2
"""Share of an hour's requests that reading histories leaves to what people wait for."""

MARGIN = 600.0
"""Seconds before a reading began that the next one looks at again: GitHub's clock is another one."""

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

        async def read_changes() -> str:
            return await self._read_changes(job)

        async def read_outcomes() -> str:
            return await self._read_outcomes(job)

        async def learn() -> str:
            return await aside(self.learn, job.place)

        try:
            while await durable.step("read a page", read_page) != WHOLE:
                pass
            while await durable.step("read what changed", read_changes) != CAUGHT_UP:
                pass
            while await durable.step("read marks", read_outcomes) != CAUGHT_UP:
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
        begun, reader = _a_while_ago(), self._reader(job)
        items, following = await reader.issues_page(job.place.repository, mark.page if mark else None)
        issues = [PastIssue.model_validate(item) for item in items]

        def keep(session: Session) -> None:
            histories.keep(session, job.place.home, issues)
            page = following or (mark.page if mark else None)
            histories.set_mark(session, job.place.home, page, whole=following is None)
            if mark is None or mark.since is None:
                histories.note(session, job.place.home, since=begun)

        await in_transaction(self.database, keep)
        return following or WHOLE

    async def _read_changes(self, job: LearnJob) -> str:
        """Read and keep a page of what changed, of which some webhook may have been missed.

        Each page is asked for anew from the last change of the one before: numbered pages would shift
        while issues go on changing. Only where a whole page changed at one moment its next page is taken.
        """
        mark = await in_transaction(self.database, histories.mark_of, job.place.home)
        if mark is None or mark.since is None:
            return CAUGHT_UP
        items, following = await self._reader(job).issues_page(
            job.place.repository, mark.changes_page, mark.since
        )
        issues = [PastIssue.model_validate(item) for item in items]
        latest = max((str(item["updated_at"]) for item in items), default=mark.since)
        page = following if latest == mark.since else None

        def keep(session: Session) -> None:
            histories.keep(session, job.place.home, issues)
            histories.note(session, job.place.home, since=latest, changes_page=page)

        await in_transaction(self.database, keep)
        return CAUGHT_UP if following is None else page or latest

    async def _read_outcomes(self, job: LearnJob) -> str:
        """Read and keep which of a hundred closed issues are duplicates of which, and what fixed them."""
        mark = await in_transaction(self.database, histories.mark_of, job.place.home)
        if mark is None:
            return CAUGHT_UP
        begun = _a_while_ago() if mark.outcomes_page is None else mark.outcomes_begun
        found, following = await self._reader(job).outcomes(
            job.place.repository, mark.outcomes_page, mark.outcomes_since
        )
        fixes = {
            number: Fix(by=outcome.fixed_by, commit=outcome.fix)
            for number, outcome in found.items()
            if outcome.fixed_by is not None
        }

        def keep(session: Session) -> None:
            home = job.place.home
            histories.keep_marks(session, home, {number: one.duplicate_of for number, one in found.items()})
            for number, fix in fixes.items():
                note_fix(session, job.place, number, fix)
            histories.note(session, home, outcomes_page=following, outcomes_begun=begun)
            if following is None:
                histories.note(session, home, outcomes_since=begun)

        await in_transaction(self.database, keep)
        return following or CAUGHT_UP

    def _reader(self, job: LearnJob) -> Reader:
        """Give what reads the repository, as long as that leaves enough of the hour to people.

        Raises:
            TransientError: it has to wait for the next hour.
        """
        reader = self.installation(job.installation).reader
        limit = reader.client.primary_limit
        if limit is not None and limit.share_left() < FOR_PEOPLE:
            wait = max(1.0, limit.resets - time.time())
            raise TransientError("the rest of this hour's requests is left to people", retry_after=wait)
        return reader


def _a_while_ago() -> str:
    """Give a moment from which on nothing can have been missed, as GitHub writes it."""
    return datetime.fromtimestamp(time.time() - MARGIN, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
