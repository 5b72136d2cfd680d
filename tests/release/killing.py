"""Processes that carry a release or a rollback out and end by SIGKILL in the middle of a step."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.release.actions import HubActions
from bot.release.progress import ReleaseOutcome
from bot.release.rollback import run as go_back
from bot.release.taking_back import HubRollback
from bot.release.workflow import run as release
from tests.fixtures.hub import SandboxHub
from tests.release.direct import DirectHub
from tests.release.versions import ROLLBACK
from tests.release.worlds import REQUEST, FolderSource, Journal, World

SECONDS = 60


@dataclass
class KilledWorld(World):
    """A world whose journal is a file, and whose process ends once a step is done and before it is noted."""

    file: Path = field(default_factory=Path)
    kill_in: str = ""

    async def step(self, name: str, action: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        result = await super().step(name, action, *args, **kwargs)
        self._keep()
        return result

    async def _try(self, action: Callable[..., Awaitable[Any]], args: Any, kwargs: Any) -> Any:
        result = await super()._try(action, args, kwargs)
        if action.__name__ == self.kill_in:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    async def next_decision(self, timeout_seconds: float) -> Any:
        decision = await super().next_decision(timeout_seconds)
        self._keep()
        if self.kill_in == "approve" and decision is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return decision

    def _keep(self) -> None:
        beside = self.file.with_suffix(".new")
        beside.write_bytes(pickle.dumps((self.journal.results, self.journal.given)))
        beside.replace(self.file)


@dataclass(frozen=True)
class Place:
    """What outlives the processes."""

    hub: SandboxHub
    model: Path
    folder: Path

    @property
    def journal(self) -> Path:
        """Where finished steps are noted."""
        return self.folder / "journal"

    @property
    def outcome(self) -> ReleaseOutcome | None:
        """Say how it ended, once a process came to the end."""
        file = self.folder / "outcome"
        outcome: ReleaseOutcome | None = pickle.loads(file.read_bytes()) if file.exists() else None
        return outcome


_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


def carry_out(what: str, place: Place, kill_in: str = "") -> int | None:
    """Go on in a process of its own; give the code it ended with."""
    process = _PROCESSES.Process(target=_carry_out, args=(what, place, kill_in))
    process.start()
    process.join(SECONDS)
    process.kill()
    process.join()
    return process.exitcode


def _carry_out(what: str, place: Place, kill_in: str) -> None:
    warnings.simplefilter("ignore")
    journal = Journal()
    if place.journal.exists():
        journal.results, journal.given = pickle.loads(place.journal.read_bytes())
    world = KilledWorld(journal, file=place.journal, kill_in=kill_in)
    hub, room = DirectHub(place.hub.access), place.folder / "room"
    if what == "release":
        outcome = asyncio.run(release(REQUEST, world, HubActions(FolderSource(place.model), hub, room)))
    else:
        outcome = asyncio.run(go_back(ROLLBACK, world, HubRollback(hub, room)))
    (place.folder / "outcome").write_bytes(pickle.dumps(outcome))
