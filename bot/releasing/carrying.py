"""Run releases on the engine: the release library's workflow, and the thread's words."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter
from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import memory, releases, scratch
from bot.actions import DecideRelease, StartRelease, TakeBack
from bot.durable import Durable, Engine, Job, Queue
from bot.events import Thread
from bot.hub.errors import HubRefused
from bot.hub.publishing import Publisher
from bot.hub_tokens import HubTokens
from bot.installations import Installations
from bot.release.actions import DOWNLOADS, EARLIER, HubActions
from bot.release.approvals import GivenWaiver
from bot.release.attestations import COMMAND_LINE, Maker
from bot.release.attestations.signing import NO_KEY, Signing
from bot.release.lost import lost_release
from bot.release.progress import Kind, ReleaseOutcome, ReleaseProgress, Status
from bot.release.request import Decision, DecisionKind, ReleaseRequest
from bot.release.waived import FEATURE as WAIVE
from bot.release.waived import waivers_of
from bot.release.workflow import run
from bot.releases import ReleaseRecord
from bot.releasing import taking_back
from bot.releasing.records import record_of
from bot.releasing.source import RepositorySource, Surroundings
from bot.releasing.words import words_about, words_about_cancelled, words_in_line
from bot.releasing.world import DECISIONS, About, EngineWorld, as_message
from bot.transactions import in_transaction

log = logging.getLogger(__name__)

RELEASE = "release"
"""The kind of job that carries out a release; its argument is a :class:`ReleaseJob`."""


@dataclass(frozen=True)
class ReleaseJob:
    """What a release job is about."""

    request: ReleaseRequest
    thread: Thread
    installation: int
    own_issue: bool = False

    @property
    def about(self) -> About:
        """Say which release it is, and where its words go."""
        return About(self.request.id, self.request.private, self.thread, self.installation, self.own_issue)


_JOB = TypeAdapter(ReleaseJob)


@dataclass(frozen=True)
class EngineReleases:
    """Starts releases and passes decisions on, for applied plans."""

    engine: Engine
    database: Database

    async def start_release(self, action: StartRelease, installation: int) -> None:
        """Start a release; starting the same one again does nothing.

        When others of the model are ahead of it, its thread is told which.

        Raises:
            RefusedError: another one on the thread has not ended.
        """
        record = record_of(action, installation)
        job = _job_for(record, await in_transaction(self.database, _waivers, record))
        ahead = await in_transaction(self.database, releases.begin, record)
        if ahead:
            await asyncio.to_thread(self.engine.submit, words_in_line(record, ahead))
        # Should this fail, or the process die here, find_lost() hands it over later.
        await asyncio.to_thread(self.engine.submit, job)

    async def take_back(self, action: TakeBack, installation: int) -> None:
        """Start to take something back; starting the same one again does nothing.

        Raises:
            RefusedError: another one on the thread has not ended.
        """
        record = record_of(action, installation)
        job = taking_back.job_for(record)
        await in_transaction(self.database, releases.begin, record)
        await asyncio.to_thread(self.engine.submit, job)

    async def decide_release(self, action: DecideRelease, key: str) -> None:
        """Hand a decision to a release; the same key twice is one decision."""
        decision = Decision(
            DecisionKind(action.verdict), action.login, action.permission, action.digest, action.account
        )
        if decision.kind is DecisionKind.CANCEL:
            said = f"{decision.login} took it out of the line; it had not begun."
            record = await in_transaction(self.database, releases.end_queued, action.release, said)
            if record is not None:
                await asyncio.to_thread(self.engine.submit, words_about_cancelled(record))
        # Also to one that was taken out: its turn may have come at the same moment.
        message = as_message(decision)
        await asyncio.to_thread(self.engine.send, action.release, DECISIONS, message, key)


class Jobs(Engine, Protocol):
    """The engine, which also knows what became of jobs."""

    def ended(self, jobs: list[str]) -> dict[str, str]:
        """Say how jobs that are over ended."""


@dataclass(frozen=True)
class Releasing:
    """Carries releases out."""

    database: Database
    engine: Jobs
    installation: Installations
    hub: HubTokens
    """Who may publish where on the Hub, and with which token."""
    room: Path
    """Folder for the files of releases under way."""
    size_limit: int
    """Bytes of one release, at most."""
    maker: Maker = COMMAND_LINE
    signing: Signing = NO_KEY
    """With what published models are signed."""
    surroundings: Surroundings = field(default_factory=Surroundings)
    """Where releases may take their files from."""

    async def handle(self, argument: str, durable: Durable) -> None:
        """Carry out one release: the job of kind :data:`RELEASE`."""
        job = _JOB.validate_json(argument)
        if await in_transaction(self.database, releases.has_ended, job.request.id):
            return  # it was taken out of the line, or a run that was cut off had said how it ended
        world = EngineWorld(self.database, self.engine, self.installation, job.about, durable)
        try:
            model = await in_transaction(self.database, releases.model_of, job.request.id)
            access = await self.hub.access(job.request.repository, model)
            withdrawn = await in_transaction(self.database, releases.withdrawn_of, model)
        except HubRefused as error:
            await world.report(_without_hub(job.request, error))
            return
        source = RepositorySource(self.installation(job.installation), self.size_limit, self.surroundings)
        async with Publisher(access) as publisher:
            actions = HubActions(source, publisher, self.room, self.maker, self.signing, withdrawn=withdrawn)
            await run(job.request, world, actions)

    def sweep(self) -> None:
        """Remove what releases left on the disk that have ended, or that nobody knows."""
        scratch.sweep()
        # Listed first: the folder of a release that is begun meanwhile is not among these.
        there = list(self.room.iterdir()) if self.room.is_dir() else []
        needed = {record.id for record in self._unended()}
        for folder in there:
            if folder.name.removesuffix(DOWNLOADS).removesuffix(EARLIER) not in needed:
                shutil.rmtree(folder, ignore_errors=True)

    def find_lost(self) -> None:
        """End releases whose job ended without a word, and give those a job that never got one.

        Otherwise the model and the thread would be locked by them for ever.
        """
        ended = self.engine.ended([record.id for record in self._unended()])
        # A job says how its release ended before it ends itself: what has not ended now got no word.
        for record in self._unended():
            if record.id in ended:
                log.error("the job of %s ended as %s without a word", record.id, ended[record.id])
                self._end(record)
            elif record.step == releases.QUEUED:
                with Session(self.database) as session:
                    waivers = _waivers(session, record)
                self.engine.submit(_job_for(record, waivers))

    def _end(self, record: ReleaseRecord) -> None:
        progress = (
            lost_release(
                ReleaseProgress(record.id, record.requester, record.commit, hub_id=record.hub_id), record.step
            )
            if record.kind == Kind.RELEASE
            else taking_back.lost(record)
        )
        thread = record.thread
        # Said first: should the process die here, it is all done again, and said once.
        self.engine.submit(words_about(progress, thread, record.installation, f"{record.id}:lost"))
        with Session(self.database) as session:
            releases.note_progress(session, progress)
            session.commit()

    def _unended(self) -> Sequence[ReleaseRecord]:
        with Session(self.database) as session:
            return releases.unended(session)


def _waivers(session: Session, record: ReleaseRecord) -> tuple[GivenWaiver, ...]:
    """Find what maintainers of the repository waived for the model."""
    thread = Thread(record.repository, 0, record.repository_id)
    return waivers_of(record.hub_id, memory.recall(session, thread, WAIVE).values())


def _job_for(record: ReleaseRecord, waivers: tuple[GivenWaiver, ...]) -> Job:
    """Name the job that carries a release out; the same for the same release."""
    if record.kind != Kind.RELEASE:
        return taking_back.job_for(record)
    request = ReleaseRequest(
        id=record.id,
        repository=record.repository,
        commit=record.commit,
        requester=record.requester,
        requester_account=record.requester_account,
        private=record.private,
        waivers=waivers,
        dry_run=record.rehearsal,
    )
    about = ReleaseJob(request, record.thread, record.installation, record.own_issue)
    return Job(
        kind=RELEASE,
        id=record.id,
        # A rehearsal changes nothing, so it waits for nobody and nobody for it.
        partition=record.id if record.rehearsal else record.hub_id.lower(),
        argument=_JOB.dump_json(about).decode(),
        queue=Queue.RELEASES,
    )


def _without_hub(request: ReleaseRequest, why: HubRefused) -> ReleaseProgress:
    """Say that this service cannot publish the model."""
    outcome = ReleaseOutcome(Status.FAILED, f"{why.message} Nothing was sent to the Hub.", why.next_step)
    return ReleaseProgress(request.id, request.requester, request.commit).ended(outcome)
