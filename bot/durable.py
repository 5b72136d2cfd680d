"""What work that survives a crash may ask of the engine."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import NamedTuple, Protocol, TypeVar

from bot.errors import RefusedError, TransientError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Queue(StrEnum):
    """The queues: short work, and work that must not hold up the short work."""

    THREADS = "threads"
    """Deliveries and plans, a line for each thread."""
    RELEASES = "releases"
    """Releases, which wait for people for days."""
    BACKGROUND = "background"
    """Long work that nobody waits for, such as reading the history of a repository."""


@dataclass(frozen=True)
class Job:
    """A piece of durable work. Submitting the same ``id`` twice runs it once.

    Jobs of one ``partition`` of a queue run one at a time, the lowest ``order`` first; of one order, the
    one submitted first. Within the same second the one whose ``id`` sorts first counts as the first.
    """

    kind: str
    id: str
    partition: str
    argument: str = ""
    order: int = 1
    queue: Queue = Queue.THREADS


@dataclass(frozen=True)
class Patience:
    """How retries are spaced, in seconds: ``first``, then twice as long each time up to ``longest``.

    By itself it lasts about an hour: longer than most outages of GitHub.
    """

    attempts: int = 20
    first: float = 1.0
    longest: float = 300.0

    def wait(self, attempt: int, asked: float | None) -> float:
        """Give the wait after the ``attempt``-th failure; never shorter than the other side asked for."""
        doublings = min(attempt - 1, 60)  # of which more would be no number any more
        return max(asked or 0.0, min(self.longest, self.first * 2.0**doublings))


class GaveUpError(Exception):
    """A step failed in a way that trying again does not help, or was tried often enough.

    ``transient`` tells the second from the first.
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class Trouble(NamedTuple):
    """Why something could not be done, whether that may pass, and how long the other side asked to wait."""

    error: str
    transient: bool = False
    retry_after: float | None = None


def trouble_with(job: str, name: str, error: Exception) -> Trouble:
    """Say what an error means for the one who tried, and log it; to be called where it is handled."""
    match error:
        case TransientError():
            logger.info("%s, step %s: %s", job, name, error)
            return Trouble(str(error), transient=True, retry_after=error.retry_after)
        case RefusedError():
            logger.warning("%s, step %s was refused (%d): %s", job, name, error.status, error)
            return Trouble(f"refused ({error.status}): {error}")
        case _:
            logger.exception("%s, step %s failed", job, name)
            return Trouble(f"{type(error).__name__}: {error}")


class Durable(Protocol):
    """The engine as a running job sees it.

    A job is run again from its start after a crash; what its steps returned is remembered and not done
    again. Everything else a job does must therefore come out the same each time.
    """

    @property
    def job(self) -> str:
        """Give the job's id."""

    @property
    def patience(self) -> Patience:
        """Say how often and how far apart to try again."""

    async def step(self, name: str, action: Callable[[], Awaitable[str]]) -> str:
        """Do something once and remember the text it returned.

        A ``TransientError`` is tried again, later and later, as long as patience lasts.

        Raises:
            GaveUpError: it failed for good; the message says why.
        """

    async def sleep(self, seconds: float) -> None:
        """Wait, across restarts too."""

    async def receive(self, topic: str, seconds: float) -> str | None:
        """Wait up to so many seconds for a message; ``None`` when none came."""


async def patiently(durable: Durable, name: str, action: Callable[[], Awaitable[Result]]) -> Result:
    """Do something that is not remembered, so that a job that is run again does it again.

    It costs no writing, where a step costs two. Trying again is as for a step.

    Raises:
        GaveUpError: it failed for good; the message says why.
    """
    for attempt in count(1):
        try:
            return await action()
        except Exception as error:
            trouble = trouble_with(durable.job, name, error)
            if not trouble.transient or attempt >= durable.patience.attempts:
                raise GaveUpError(trouble.error, transient=trouble.transient) from error
        await durable.sleep(durable.patience.wait(attempt, trouble.retry_after))
    raise AssertionError("counting does not end")


Work = Callable[[str, Durable], Awaitable[None]]
"""A kind of job: gets its argument, and the engine."""


class Engine(Protocol):
    """Runs jobs."""

    def submit(self, job: Job) -> None:
        """Put a job in its line."""

    def send(self, job: str, topic: str, message: str, key: str) -> None:
        """Hand a message to a job; the same ``key`` twice is delivered once."""

    def start(self, works: Mapping[str, Work]) -> None:
        """Begin running jobs."""

    def stop(self) -> None:
        """Stop; what is under way goes on at the next start."""
