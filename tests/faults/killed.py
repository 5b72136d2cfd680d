"""Processes that end by SIGKILL at a request or a step; the next one goes on from what was noted."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import warnings
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.release.progress import ReleaseOutcome, ReleaseProgress
from tests.faults.endings import DONE, Ending, before, left_over, reach_of, words_of, wrong_on_hub
from tests.faults.kinds import KILLS
from tests.faults.trial import Trial, carry_out
from tests.faults.watching import Watch, watching
from tests.fixtures.hub import SandboxHub
from tests.release.worlds import Journal, World

SECONDS = 120
"""How long a process may take that is not to end."""
BETWEEN, UNNOTED = "SIGKILL before it begins", "SIGKILL once done, not noted"
"""Where a step can be struck besides at its requests: what comes before is noted, or its own work is not."""
AT_STEPS = (BETWEEN, UNNOTED)

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Place:
    """What outlives the processes."""

    hub: SandboxHub
    model: Path
    room: Path

    @property
    def journal(self) -> Path:
        """Where finished steps and decisions are noted."""
        return self.room.with_name("journal")

    @property
    def end(self) -> Path:
        """Where the process that comes to the end says how it ended."""
        return self.room.with_name("end")


@dataclass
class NotingWorld(World):
    """A world whose journal is a file, and whose process may end at its step of a number, counted from 0."""

    file: Path = field(default_factory=Path)
    kind: str = ""
    at: int = -1
    steps: int = -1

    async def step(self, name: str, action: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        self.steps += 1
        self._end_if(BETWEEN)
        result = await super().step(name, action, *args, **kwargs)
        self._note()
        return result

    async def _try(self, action: Callable[..., Awaitable[Any]], args: Any, kwargs: Any) -> Any:
        result = await super()._try(action, args, kwargs)
        self._end_if(UNNOTED)
        return result

    async def next_decision(self, timeout_seconds: float) -> Any:
        decision = await super().next_decision(timeout_seconds)
        self._note()
        return decision

    def _end_if(self, kind: str) -> None:
        if (self.kind, self.at) == (kind, self.steps):
            os.kill(os.getpid(), signal.SIGKILL)

    def _note(self) -> None:
        beside = self.file.with_suffix(".new")
        beside.write_bytes(pickle.dumps((self.journal.results, self.journal.given)))
        beside.replace(self.file)


def kill(trial: Trial, what: str, kind: str, number: int) -> Ending:
    """End the process at the request, or the step, of a number, and let another go on from what was noted."""
    trial.forget()
    trial.prepare(what)
    place = Place(trial.hub, trial.model, trial.room)
    for file in (place.journal, place.end):
        file.unlink(missing_ok=True)
    earlier = before(trial.hub)
    if (code := _in_a_process(what, place, kind, number)) != -signal.SIGKILL:
        return Ending("", "", (f"the process was to be killed and ended with {code}",))
    if (code := _in_a_process(what, place)) != 0:
        return Ending("", "", (f"the process that went on ended with {code}",))
    outcome: ReleaseOutcome
    shown: ReleaseProgress
    outcome, shown = pickle.loads(place.end.read_bytes())
    wrong = wrong_on_hub(what, trial.hub, trial.model, outcome, earlier)
    wrong += left_over(trial.hub, outcome.next_step)
    if reach_of(outcome) != DONE:
        wrong.append(f"it did not come to its end: {outcome.message}")
    return Ending(reach_of(outcome), words_of(shown), tuple(wrong))


def _in_a_process(what: str, place: Place, kind: str = "", number: int = -1) -> int | None:
    process = _PROCESSES.Process(target=_go_on, args=(what, place, kind, number))
    process.start()
    process.join(SECONDS)
    process.kill()
    process.join()
    return process.exitcode


def _go_on(what: str, place: Place, kind: str, number: int) -> None:
    warnings.simplefilter("ignore")
    journal = Journal()
    if place.journal.exists():
        journal.results, journal.given = pickle.loads(place.journal.read_bytes())
    world = NotingWorld(journal, file=place.journal, kind=kind, at=number)
    struck = watching(Watch(number, KILLS[kind])) if kind in KILLS else nullcontext()
    # On standard output the client's code tells how far transfers are.
    with struck, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        outcome = carry_out(what, world, place.hub, place.model, place.room)
    place.end.write_bytes(pickle.dumps((outcome, journal.shown[-1])))
