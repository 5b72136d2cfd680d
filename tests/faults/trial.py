"""A model to release, to take back and to withdraw, on a Hub that can be told to fail."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from huggingface_hub.utils import _http

from bot.release.actions import HubActions
from bot.release.course import TRANSIENT
from bot.release.progress import ReleaseOutcome
from bot.release.rollback import run as go_back
from bot.release.taking_back import HubRollback, HubWithdrawal
from bot.release.withdrawal import run as withdraw
from bot.release.workflow import run as release
from tests.faults.kinds import PATIENCE
from tests.faults.watching import Seen, Watch, watching
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model
from tests.release.direct import CLIENTS_OWN, DirectHub
from tests.release.versions import ROLLBACK, WITHDRAWAL, put_versions
from tests.release.worlds import MANIFEST, REQUEST, FolderSource, World

RELEASE, LATER, ROLLING_BACK, WITHDRAWING = "a first release", "a later release", "a rollback", "a withdrawal"
WHATS = (RELEASE, LATER, ROLLING_BACK, WITHDRAWING)
VERSIONS_BEFORE = {
    RELEASE: (),
    LATER: ("1.0.0",),
    ROLLING_BACK: ("1.0.0", "1.1.0"),
    WITHDRAWING: ("1.0.0", "1.1.0"),
}
"""The versions that the model has on the Hub before each."""
RELEASES = {RELEASE: "1.0.0", LATER: "1.1.0"}
"""The versions that are released."""


@dataclass
class Patient(World):
    """A world that waits before it tries again, as the engine does, until what was late has happened."""

    async def _try(self, action: Any, args: Any, kwargs: Any) -> Any:
        for _ in range(self.retries):
            try:
                return await action(*args, **kwargs)
            except TRANSIENT:
                await asyncio.sleep(3 * PATIENCE)
        return await action(*args, **kwargs)


@dataclass
class Noting(World):
    """A world that notes how many requests there had been when each step began."""

    count: Callable[[], int] = int
    begun: list[tuple[str, int]] = field(default_factory=list)

    async def step(self, name: str, action: Any, *args: Any, **kwargs: Any) -> Any:
        self.begun.append((name, self.count()))
        return await super().step(name, action, *args, **kwargs)


@dataclass(frozen=True)
class Trial:
    """A Hub, a model that is ready to be released, and a room for what is fetched."""

    hub: SandboxHub
    model: Path
    room: Path

    @property
    def other(self) -> Path:
        """Where the files lie that another release publishes meanwhile."""
        return self.room.with_name("other")

    def prepare(self, what: str) -> None:
        """Put the versions on the Hub that come before."""
        if VERSIONS_BEFORE[what]:
            put_versions(self.hub, *VERSIONS_BEFORE[what])

    def carry_out(self, what: str, world: World) -> ReleaseOutcome:
        """Do it, in this process."""
        return carry_out(what, world, self.hub, self.model, self.room)

    def release_other(self, what: str, *, same: bool) -> ReleaseOutcome:
        """Release the version as another attempt would, with the same files or others."""
        model = self.model
        if not same:
            model = self.other
            shutil.copytree(self.model, model, dirs_exist_ok=True)
            (model / "NOTICE").write_text("Something else.")
        return carry_out(what, World(), self.hub, model, self.room, id="r2")

    def forget(self) -> None:
        """Take off the Hub what was left there, and delete what was fetched."""
        for hub_id in self.hub.models():
            owner, _, name = hub_id.partition("/")
            httpx.request(
                "DELETE",
                f"{self.hub.url}/api/repos/delete",
                json={"name": name, "organization": owner, "type": "model"},
                headers={"authorization": f"Bearer {self.hub.token}"},
            ).raise_for_status()
        shutil.rmtree(self.room, ignore_errors=True)

    def requests(self, what: str) -> tuple[tuple[str, Seen], ...]:
        """List the requests of one that nothing goes wrong with, each with the step it belongs to."""
        self.forget()
        self.prepare(what)
        with watching(Watch()) as watch:
            world = Noting(count=lambda: len(watch.seen))
            self.carry_out(what, world)
        self.forget()
        return tuple((_step_at(world.begun, number), one) for number, one in enumerate(watch.seen))

    def steps(self, what: str) -> tuple[str, ...]:
        """Name the steps of one that nothing goes wrong with, in their order."""
        self.forget()
        self.prepare(what)
        world = Noting()
        self.carry_out(what, world)
        self.forget()
        return tuple(name for name, _ in world.begun)


def _step_at(begun: list[tuple[str, int]], number: int) -> str:
    return [name for name, first in begun if first <= number][-1]


def carry_out(
    what: str, world: World, hub: SandboxHub, model: Path, room: Path, id: str = "r1"
) -> ReleaseOutcome:
    """Release, go back or withdraw in this process."""
    access = DirectHub(hub.access)
    if what in RELEASES:
        text = MANIFEST.replace("version: 1.0.0", f"version: {RELEASES[what]}")
        actions = HubActions(FolderSource(model, text), access, room)
        return asyncio.run(release(replace(REQUEST, id=id), world, actions))
    if what == ROLLING_BACK:
        return asyncio.run(go_back(ROLLBACK, world, HubRollback(access, room)))
    world.role = "maintain"
    return asyncio.run(withdraw(WITHDRAWAL, world, HubWithdrawal(access)))


@contextmanager
def trial() -> Iterator[Trial]:
    """Start a Hub, and let the client not wait between its tries."""
    waiting, _http.time = _http.time, SimpleNamespace(**{**vars(time), "sleep": lambda _: None})  # type: ignore[attr-defined, assignment]  # the client's own waits
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", CLIENTS_OWN.split(":")[1], DeprecationWarning)
        place = Path(folder)
        with running_hub(place / "hub") as hub:
            yield Trial(hub, finished_model(place / "model"), place / "room")
    _http.time = waiting  # type: ignore[attr-defined]  # as above
