"""The engine and the thread, as the workflows of the release library see them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, ParamSpec, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import releases
from bot.durable import Durable, Engine, GaveUpError, Job
from bot.errors import GoneError, TransientError
from bot.events import Thread
from bot.hub.errors import HubError, HubRefused, HubUnavailable
from bot.installations import Installations
from bot.release.course import TRANSIENT
from bot.release.progress import ReleaseProgress
from bot.release.request import Decision
from bot.release.sources import SourceError
from bot.release.sources.errors import is_full, no_room
from bot.releasing.words import words_about
from bot.transactions import may_pass

log = logging.getLogger(__name__)

DECISIONS = "decisions"
GLIMPSES = 0.5
"""Seconds between notes of how far a transfer is."""
TOLD_EVERY = 20.0
"""Seconds after which the thread is shown how far a transfer is, at least: each time is an edit on GitHub."""

CRASHES = 10
"""How often in a row a step may be begun and not end before it counts as what ends the process."""

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")
R = TypeVar("R")

_DECISION = TypeAdapter(Decision)


def as_message(decision: Decision) -> str:
    """Put a decision into the form in which the engine hands it to a release."""
    return _DECISION.dump_json(decision).decode()


@dataclass(frozen=True)
class About:
    """Say which release it is, whether its repository was private, and where its words go."""

    release: str
    private: bool
    thread: Thread
    installation: int
    own_issue: bool = False
    """Whether the thread is an issue that was opened for the release."""


@dataclass(frozen=True)
class _StepOutcome(Generic[T]):
    """What a step returned, or the words and the next step it was refused with."""

    value: T | None = None
    refused: tuple[str, str] | None = None


@dataclass
class EngineWorld:
    """The engine and the thread, as the release workflow sees them."""

    database: Database
    engine: Engine
    installations: Installations
    about: About
    durable: Durable
    told_every: float = TOLD_EVERY
    reports: int = 0
    glimpsed: float = field(default=0.0)
    told: float = field(default=0.0)
    telling: asyncio.Future[None] | None = None

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
        release = self.about.release
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
            f"Tell who runs this bot the release's id, {self.about.release}; the log says what happened.",
        )

    async def report(self, progress: ReleaseProgress) -> None:
        """Show the release in the thread's status comment, and tell people when it has ended."""
        await self._until_told()
        self.reports += 1
        words = self._words(progress, f"{self.about.release}:{self.reports:04}")
        if progress.outcome is None:
            await self._for_certain(self._remember, releases.note_progress, progress)
            await self._for_certain(self.engine.submit, words)
        else:
            # The end is noted last: should telling it fail for good, find_lost() finds the release.
            await self._for_certain(self.engine.submit, words)
            await self._for_certain(self._remember, releases.note_progress, progress)

    async def _for_certain(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something in the database that changes nothing the second time, again should it fail.

        A database that is away is waited for as long as it takes, as everywhere.
        """
        for attempt in itertools.count(1):
            try:
                return await asyncio.to_thread(action, *args, **kwargs)
            except Exception as error:
                if attempt >= self.durable.patience.attempts and not may_pass(error):
                    raise
                log.warning("%s: noting how far it is failed: %s", self.about.release, error)
            await asyncio.sleep(self.durable.patience.wait(attempt, None))
        raise AssertionError("counting never ends")

    def _words(self, progress: ReleaseProgress, name: str) -> Job:
        about = self.about
        return words_about(progress, about.thread, about.installation, name, own_issue=about.own_issue)

    async def _until_told(self) -> None:
        """Let no words about a transfer come after those about what followed it."""
        if self.telling is not None:
            (failed,) = await asyncio.gather(self.telling, return_exceptions=True)
            if failed is not None:
                log.warning("%s: telling how far it is failed: %s", self.about.release, failed)
        self.telling, self.told = None, time.monotonic()

    def glimpse(self, progress: ReleaseProgress) -> None:
        """Note how far a transfer is, a few times a second at most, and tell the thread now and then."""
        now = time.monotonic()
        if now - self.told >= self.told_every and 0 < progress.percent < 100 and self._is_told():
            self.told = now
            name = f"{self.about.release}:{self.reports:04}:{progress.percent:02}"
            words = self._words(progress, name)
            self.telling = asyncio.get_running_loop().run_in_executor(None, self.engine.submit, words)
        if now - self.glimpsed >= GLIMPSES or progress.done_bytes == progress.total_bytes:
            self.glimpsed = now
            # Not waited for: a transfer does not stop so that somebody may look at it.
            asyncio.get_running_loop().run_in_executor(None, self._remember, releases.note_transfer, progress)

    def _is_told(self) -> bool:
        return self.telling is None or self.telling.done()

    async def next_decision(self, timeout_seconds: float) -> Decision | None:
        """Wait for somebody's decision."""
        message = await self.durable.receive(DECISIONS, timeout_seconds)
        return None if message is None else _DECISION.validate_json(message)

    async def held(self) -> str | None:
        """Say what forbids to send anything now: a dry run, or that the repository was taken back."""

        async def ask() -> str:
            why = await self.installations.why_dry(self.about.installation, self.about.thread.repository)
            return why or await self._withdrawn() or await self._hidden()

        try:
            return await self.durable.step("held", ask) or None
        except GaveUpError:
            return "Whether the release may go on could not be found out."

    async def _withdrawn(self) -> str:
        """Say whether the repository's people have taken it back since they asked; empty when not."""
        name = self.about.thread.repository
        try:
            # Its installation too: what is public can be read wherever the App is installed.
            await self.installations.app.installation_of(name)
            now = await self.installations(self.about.installation).reader.repository(name)
        except GoneError:
            return f"{name} cannot be reached any more: it was deleted, or Giveback was removed from it."
        if now.private and not self.about.private:
            return f"{name} was made private after the release was asked for."
        return f"{name} was archived." if now.archived else ""

    async def _hidden(self) -> str:
        """Say whether versions of the model are withdrawn since it was asked for; empty when none is."""
        versions = await asyncio.to_thread(self._remember, releases.withdrawn_since, self.about.release)
        return f"Withdrawing {', '.join(versions)} of the model was asked for meanwhile." if versions else ""

    def _remember(self, change: Callable[[Session, A], R], about: A) -> R:
        with Session(self.database) as session:
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
        asked = error.retry_after if isinstance(error, HubUnavailable) else None
        raise TransientError(error.message, asked) from error
    except (HubError, SourceError) as error:
        outcome = _StepOutcome(refused=(error.message, error.next_step))
    except OSError as error:
        if is_full(error):
            raise TransientError(no_room().message) from error
        raise
    return adapter.dump_json(outcome).decode()
