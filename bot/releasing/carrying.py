"""Run releases on the engine: the release library's workflow, and the thread's words."""

from __future__ import annotations

import asyncio
import itertools
import logging
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Generic, ParamSpec, Protocol, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import releases
from bot.actions import Action, DecideRelease, Reply, SetSection, StartRelease
from bot.durable import Durable, Engine, GaveUpError, Job, Queue
from bot.errors import GoneError, TransientError
from bot.events import Thread
from bot.hub.errors import HubError, HubRefused, HubUnavailable
from bot.hub.jobs import HubAccess
from bot.hub.publishing import Publisher
from bot.installations import Installations
from bot.plan import Plan
from bot.plan_jobs import PLAN, PlanJob
from bot.release.actions import DOWNLOADS, HubActions
from bot.release.lost import lost_release
from bot.release.progress import ReleaseOutcome, ReleaseProgress, Status
from bot.release.request import Decision, DecisionKind, ReleaseRequest
from bot.release.sources import SourceError
from bot.release.workflow import TRANSIENT, run
from bot.releases import ReleaseRecord
from bot.releasing.source import RepositorySource
from bot.rendering import render
from bot.transactions import in_transaction

log = logging.getLogger(__name__)

RELEASE = "release"
"""The kind of job that carries out a release; its argument is a :class:`ReleaseJob`."""

SECTION = "release-model"
DECISIONS = "decisions"
GLIMPSES = 0.5
"""Seconds between notes of how far a transfer is."""

CRASHES = 10
"""How often in a row a step may be begun and not end before it counts as what ends the process."""

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True)
class ReleaseJob:
    """What a release job is about."""

    request: ReleaseRequest
    thread: Thread
    installation: int


_JOB = TypeAdapter(ReleaseJob)
_DECISION = TypeAdapter(Decision)


@dataclass(frozen=True)
class EngineReleases:
    """Starts releases and passes decisions on, for applied plans."""

    engine: Engine
    database: Database

    async def start_release(self, action: StartRelease, installation: int) -> None:
        """Start a release; starting the same one again does nothing.

        Raises:
            RefusedError: another one of the model, or on the thread, has not ended.
        """
        record = ReleaseRecord(
            id=action.release,
            repository=action.thread.repository,
            repository_id=action.thread.repository_id,
            number=action.thread.number,
            installation=installation,
            requester=action.requester,
            requester_account=action.requester_account,
            hub_id=action.model,
            commit=action.commit,
            private=action.private,
            started_at=time.time(),
            updated_at=time.time(),
        )
        job = _job_for(record)
        await in_transaction(self.database, releases.begin, record)
        # Should this fail, or the process die here, find_lost() hands it over later.
        await asyncio.to_thread(self.engine.submit, job)

    async def decide_release(self, action: DecideRelease, key: str) -> None:
        """Hand a decision to a release; the same key twice is one decision."""
        decision = Decision(
            DecisionKind(action.verdict), action.login, action.permission, action.digest, action.account
        )
        message = _DECISION.dump_json(decision).decode()
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
    hub: HubAccess | None
    room: Path
    """Folder for the files of releases under way."""
    size_limit: int
    """Bytes of one release, at most."""

    async def handle(self, argument: str, durable: Durable) -> None:
        """Carry out one release: the job of kind :data:`RELEASE`."""
        job = _JOB.validate_json(argument)
        world = _World(self, job, durable)
        if self.hub is None:
            await world.report(_without_hub(job.request))
            return
        source = RepositorySource(self.installation(job.installation), self.size_limit)
        await run(job.request, world, HubActions(source, Publisher(self.hub), self.room))

    def sweep(self) -> None:
        """Remove what releases left on the disk that have ended, or that nobody knows."""
        # Listed first: the folder of a release that is begun meanwhile is not among these.
        there = list(self.room.iterdir()) if self.room.is_dir() else []
        needed = {record.id for record in self._unended()}
        for folder in there:
            if folder.name.removesuffix(DOWNLOADS) not in needed:
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
                self.engine.submit(_job_for(record))

    def _end(self, record: ReleaseRecord) -> None:
        progress = lost_release(
            ReleaseProgress(record.id, record.requester, record.commit, hub_id=record.hub_id), record.step
        )
        thread = record.thread
        # Said first: should the process die here, it is all done again, and said once.
        self.engine.submit(_words(progress, thread, record.installation, f"{record.id}:lost"))
        with Session(self.database) as session:
            releases.note_progress(session, progress)
            session.commit()

    def _unended(self) -> Sequence[ReleaseRecord]:
        with Session(self.database) as session:
            return releases.unended(session)


@dataclass(frozen=True)
class _StepOutcome(Generic[T]):
    """What a step returned, or the words and the next step it was refused with."""

    value: T | None = None
    refused: tuple[str, str] | None = None


@dataclass
class _World:
    """The engine and the thread, as the release workflow sees them."""

    releasing: Releasing
    job: ReleaseJob
    durable: Durable
    reports: int = 0
    glimpsed: float = field(default=0.0)

    async def step(
        self, name: str, action: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a step on the engine, which remembers its result as JSON."""
        adapter = _outcome_of(action)
        attempt = partial(_attempt, adapter, partial(self._watched, name, partial(action, *args, **kwargs)))
        try:
            outcome = adapter.validate_json(await self.durable.step(name, attempt))
        except GaveUpError as error:
            if not error.transient:
                raise self._broken(name) from error
            raise HubUnavailable(str(error), "Start the release again when it is back.") from error
        if outcome.refused is not None:
            raise HubRefused(*outcome.refused)
        return cast(T, outcome.value)

    async def _watched(self, name: str, action: Callable[[], Awaitable[T]]) -> T:
        """Do a step's work, unless the process ended in its middle again and again."""
        release = self.job.request.id
        unfinished = await self._for_certain(self._remember, releases.note_step_begun, release)
        try:
            if unfinished >= CRASHES:
                raise self._broken(name)
            return await action()
        finally:
            # Not reached when the process dies, which is what is counted.
            await self._for_certain(self._remember, releases.note_step_ended, release)

    def _broken(self, step: str) -> HubRefused:
        """End the release when a mistake of ours broke a step, so that the thread is told and not blocked."""
        return HubRefused(
            f"An internal error stopped the step “{step}”.",
            f"Tell who runs this bot the release's id, {self.job.request.id}; the log says what happened.",
        )

    async def report(self, progress: ReleaseProgress) -> None:
        """Show the release in the thread's status comment, and tell people when it has ended."""
        self.reports += 1
        name = f"{self.job.request.id}:{self.reports:04}"
        words = _words(progress, self.job.thread, self.job.installation, name)
        if progress.outcome is None:
            await self._for_certain(self._remember, releases.note_progress, progress)
            await self._for_certain(self.releasing.engine.submit, words)
        else:
            # The end is noted last: should telling it fail for good, find_lost() finds the release.
            await self._for_certain(self.releasing.engine.submit, words)
            await self._for_certain(self._remember, releases.note_progress, progress)

    async def _for_certain(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something in the database that changes nothing the second time, again should it fail."""
        for attempt in itertools.count(1):
            try:
                return await asyncio.to_thread(action, *args, **kwargs)
            except Exception as error:
                if attempt >= self.durable.patience.attempts:
                    raise
                log.warning("%s: noting how far it is failed: %s", self.job.request.id, error)
            await asyncio.sleep(self.durable.patience.wait(attempt, None))
        raise AssertionError("counting never ends")

    def glimpse(self, progress: ReleaseProgress) -> None:
        """Note how far a transfer is, a few times a second at most."""
        now = time.monotonic()
        if now - self.glimpsed >= GLIMPSES or progress.done_bytes == progress.total_bytes:
            self.glimpsed = now
            # Not waited for: a transfer does not stop so that somebody may look at it.
            asyncio.get_running_loop().run_in_executor(None, self._remember, releases.note_transfer, progress)

    async def next_decision(self, timeout_seconds: float) -> Decision | None:
        """Wait for somebody's decision."""
        message = await self.durable.receive(DECISIONS, timeout_seconds)
        return None if message is None else _DECISION.validate_json(message)

    async def held(self) -> str | None:
        """Say what forbids to send anything now: a dry run, or that the repository was taken back."""

        async def ask() -> str:
            why = await self.releasing.installation.why_dry(self.job.installation, self.job.thread.repository)
            return why or await self._withdrawn()

        try:
            return await self.durable.step("held", ask) or None
        except GaveUpError:
            return "Whether the release may go on could not be found out."

    async def _withdrawn(self) -> str:
        """Say whether the repository's people have taken it back since they asked; empty when not."""
        name = self.job.thread.repository
        try:
            # Its installation too: what is public can be read wherever the App is installed.
            await self.releasing.installation.app.installation_of(name)
            now = await self.releasing.installation(self.job.installation).reader.repository(name)
        except GoneError:
            return f"{name} cannot be reached any more: it was deleted, or Giveback was removed from it."
        if now.private and not self.job.request.private:
            return f"{name} was made private after the release was asked for."
        return f"{name} was archived." if now.archived else ""

    def _remember(self, change: Callable[[Session, A], R], about: A) -> R:
        with Session(self.releasing.database) as session:
            result = change(session, about)
            session.commit()
            return result


def _outcome_of(action: Callable[..., Awaitable[T]]) -> TypeAdapter[_StepOutcome[T]]:
    """Know how to remember what a step returns, from the step's own annotation."""
    return TypeAdapter(_StepOutcome[get_type_hints(action)["return"]])  # type: ignore[misc, arg-type]  # known only now


async def _attempt(adapter: TypeAdapter[_StepOutcome[T]], action: Callable[[], Awaitable[T]]) -> str:
    """Try a step; what is refused for good is an outcome to remember, what may pass is tried again."""
    try:
        outcome = _StepOutcome(value=await action())
    except TRANSIENT as error:
        raise TransientError(error.message) from error
    except (HubError, SourceError) as error:
        outcome = _StepOutcome(refused=(error.message, error.next_step))
    return adapter.dump_json(outcome).decode()


def _job_for(record: ReleaseRecord) -> Job:
    """Name the job that carries a release out; the same for the same release."""
    request = ReleaseRequest(
        id=record.id,
        repository=record.repository,
        commit=record.commit,
        requester=record.requester,
        requester_account=record.requester_account,
        private=record.private,
    )
    about = ReleaseJob(request, record.thread, record.installation)
    return Job(
        kind=RELEASE,
        id=record.id,
        partition=record.hub_id.lower(),
        argument=_JOB.dump_json(about).decode(),
        queue=Queue.RELEASES,
    )


def _words(progress: ReleaseProgress, thread: Thread, installation: int, name: str) -> Job:
    """Put words for the thread in the thread's own line, where they cannot race its other events."""
    actions: list[Action] = [
        SetSection(
            thread=thread,
            section=SECTION,
            body=render("comments/release.md.j2", progress=progress),
            reason=f"the release is at {progress.current or 'its end'}",
            feature=SECTION,
        )
    ]
    if progress.outcome is not None:
        actions.append(
            Reply(
                thread=thread,
                key=f"release {progress.id}",
                body=render("comments/release_ended.md.j2", progress=progress),
                reason=f"the release ended: {progress.outcome.status}",
                feature=SECTION,
            )
        )
    plan = PlanJob(installation=installation, name=name, plan=Plan(actions=tuple(actions)))
    return Job(kind=PLAN, id=name, partition=thread.line, argument=plan.model_dump_json())


def _without_hub(request: ReleaseRequest) -> ReleaseProgress:
    """Say that this service cannot publish at all."""
    outcome = ReleaseOutcome(
        Status.FAILED,
        "This service has no Hub token, so it cannot publish. Nothing was sent to the Hub.",
        "Ask who runs it to set GIVEBACK_HUB_TOKEN; giveback doctor says how.",
    )
    return ReleaseProgress(request.id, request.requester, request.commit).ended(outcome)
