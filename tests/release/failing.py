"""The Hub failing at one request of a release or a rollback, at each in turn; ``make faults`` takes them all.

Whatever fails, the end is published once, whole and verified, or not at all, and the last words say which;
and the same asked for again, once the Hub works, ends well.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from huggingface_hub.utils import _http

from bot.release.actions import HubActions
from bot.release.course import TRANSIENT
from bot.release.progress import Reach, ReleaseOutcome, Status
from bot.release.rollback import run as go_back
from bot.release.taking_back import HubRollback, HubWithdrawal
from bot.release.withdrawal import run as withdraw
from bot.release.workflow import run as release
from bot.rendering import render
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model
from tests.release.direct import CLIENTS_OWN, DirectHub
from tests.release.versions import HUB_ID, ROLLBACK, VERSIONS, WITHDRAWAL, files_at, put_versions
from tests.release.worlds import REQUEST, FolderSource, World

ANY = "^/(?!_sandbox)"
TWO = ("1.0.0", "1.1.0")
"""Versions that a model has before one of them is taken back."""
PATIENCE = 0.3
"""Seconds after which the client gives up on an answer, when answers are late."""

FAULTS: dict[str, dict[str, Any]] = {
    "a rate limit": {"kind": "status", "status": 429, "headers": {"RateLimit": '"api";r=0;t=0'}, "times": 1},
    "an error": {"kind": "status", "status": 500, "times": 1},
    "an error after it was done": {"kind": "status", "status": 500, "times": 1, "after_response": True},
    "a cut connection": {"kind": "cut", "times": 1},
    "a cut connection after it was done": {"kind": "cut", "times": 1, "after_response": True},
    "no answer in time": {"kind": "delay", "seconds": 2 * PATIENCE, "times": 1},
    "an answer that comes too late": {
        "kind": "delay",
        "seconds": 2 * PATIENCE,
        "times": 1,
        "after_response": True,
    },
    "an outage that lasts": {"kind": "status", "status": 503},
    "a connection that stays cut": {"kind": "cut"},
    "a token that is revoked": {
        "kind": "status",
        "status": 401,
        "headers": {"X-Error-Message": "Invalid user token."},
    },
}
"""What happens to a request, by what to call it; without ``times`` it happens to all that follow too."""


@dataclass
class Waiting(World):
    """A world that waits before it tries again, as the engine does, until what was late has happened."""

    async def _try(self, action: Any, args: Any, kwargs: Any) -> Any:
        for _ in range(self.retries):
            try:
                return await action(*args, **kwargs)
            except TRANSIENT:
                await asyncio.sleep(3 * PATIENCE)
        return await action(*args, **kwargs)


@dataclass
class Trial:
    """A model to release, on a Hub that can be told to fail."""

    hub: SandboxHub
    model: Path
    room: Path

    def release(self, world: World) -> ReleaseOutcome:
        """Release the model."""
        actions = HubActions(FolderSource(self.model), DirectHub(self.hub.access), self.room)
        return asyncio.run(release(REQUEST, world, actions))

    def go_back(self, world: World) -> ReleaseOutcome:
        """Go back to the first of two versions."""
        return asyncio.run(go_back(ROLLBACK, world, HubRollback(DirectHub(self.hub.access), self.room)))

    def withdraw(self, world: World) -> ReleaseOutcome:
        """Withdraw the second of two versions, bob being a maintainer."""
        world.role = "maintain"
        return asyncio.run(withdraw(WITHDRAWAL, world, HubWithdrawal(DirectHub(self.hub.access))))

    def forget(self) -> None:
        """Take everything off the Hub that a release or a rollback left there."""
        for hub_id in self.hub.models():
            owner, _, name = hub_id.partition("/")
            httpx.request(
                "DELETE",
                f"{self.hub.url}/api/repos/delete",
                json={"name": name, "organization": owner, "type": "model"},
                headers={"authorization": f"Bearer {self.hub.token}"},
            ).raise_for_status()
        shutil.rmtree(self.room, ignore_errors=True)


@contextmanager
def trial() -> Iterator[Trial]:
    """Start a Hub, and let the client neither wait between its tries nor for ever."""
    waiting, _http.time = _http.time, SimpleNamespace(**{**vars(time), "sleep": lambda _: None})  # type: ignore[attr-defined, assignment]  # the client's own waits
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", CLIENTS_OWN.split(":")[1], DeprecationWarning)
        place = Path(folder)
        with running_hub(place / "hub") as hub:
            yield Trial(hub, finished_model(place / "model"), place / "room")
    _http.time = waiting  # type: ignore[attr-defined]  # as above


@contextmanager
def failing(hub: SandboxHub, fault: str, index: int) -> Iterator[None]:
    """Let the request of this index fail."""
    ordered = FAULTS[fault]
    late = ordered["kind"] == "delay"
    hub.fault(ANY, after=index, **ordered)
    if late:
        _http.set_client_factory(_impatient)
    try:
        yield
    finally:
        if late:
            _http.set_client_factory(_http.default_client_factory)
        hub.no_faults()


def _impatient() -> Any:
    client = _http.default_client_factory()
    client.timeout = PATIENCE
    return client


def requests_of(hub: SandboxHub) -> int:
    """Count the requests since the last time."""
    counted = len(httpx.get(f"{hub.url}/_sandbox/requests").json()["requests"])
    httpx.delete(f"{hub.url}/_sandbox/requests").raise_for_status()
    return counted


def wrong_release(trial: Trial, fault: str, index: int) -> list[str]:
    """Release while a request fails, and again when none does; list what is not as it should be."""
    world = _world(fault)
    with failing(trial.hub, fault, index):
        outcome = trial.release(world)
    found = _wrong_words(outcome, render("comments/release_ended.md.j2", progress=world.journal.shown[-1]))
    found += _wrong_end(trial, outcome)
    told = outcome.next_step
    if outcome.status is not Status.PUBLISHED:
        outcome = trial.release(World())
    found += [] if outcome.status is Status.PUBLISHED else [f"again: {outcome.message}"]
    found += _wrong_end(trial, outcome)
    left = [one for one in trial.hub.models() if one != HUB_ID and one not in told]
    trial.forget()
    return found + [f"{one} is left over" for one in left]


def _wrong_words(outcome: ReleaseOutcome, words: str) -> list[str]:
    said = {
        Reach.NOTHING: "ended without publishing",
        Reach.UNCERTAIN: "whether it was published is not certain",
        Reach.PUBLISHED: "is published",
    }[outcome.reach]
    return [] if said in words else [f"{outcome.reach} is told as: {words}"]


def _wrong_end(trial: Trial, outcome: ReleaseOutcome) -> list[str]:
    """Compare what is on the Hub with how far the release says that it came."""
    hub = trial.hub
    public = hub.is_public(HUB_ID)
    if outcome.reach is Reach.NOTHING and public:
        return [f"it is public, and the words are: {outcome.message}"]
    if outcome.reach is Reach.PUBLISHED and not public:
        return [f"it is not public, and the words are: {outcome.message}"]
    if not public:
        return []
    found = []
    head, *earlier = hub.commits(HUB_ID)
    if len(earlier) != 1:
        found.append(f"there are {len(earlier) + 1} commits")
    for file in trial.model.iterdir():
        if hub.content(HUB_ID, file.name) != file.read_bytes():
            found.append(f"{file.name} differs")
    tags = hub.tags(HUB_ID)
    if outcome.status is Status.PUBLISHED and tags != {"v1.0.0": head}:
        found.append(f"the tags are {tags}")
    return found


def wrong_rollback(trial: Trial, fault: str, index: int) -> list[str]:
    """Go back while a request fails, and again when none does; list what is not as it should be."""
    hub = trial.hub
    commits = put_versions(hub, "1.0.0", "1.1.0")
    before = hub.commits(HUB_ID)
    world = _world(fault)
    with failing(hub, fault, index):
        outcome = trial.go_back(world)
    held = files_at(hub, "main")
    found = [] if held in (VERSIONS["1.0.0"], VERSIONS["1.1.0"]) else ["main holds half of a version"]
    if outcome.reach is Reach.NOTHING and held != VERSIONS["1.1.0"]:
        found.append(f"it went back, and the words are: {outcome.message}")
    if outcome.reach is Reach.PUBLISHED and held != VERSIONS["1.0.0"]:
        found.append(f"it did not go back, and the words are: {outcome.message}")
    if outcome.status is not Status.ROLLED_BACK:
        kept = ("look", "restore") if outcome.reach is Reach.PUBLISHED else ("look",)
        world.journal.results = _until_failure(world, kept)
        outcome = trial.go_back(World(journal=world.journal))
    if outcome.status is not Status.ROLLED_BACK:
        found.append(f"again: {outcome.message}")
    if hub.commits(HUB_ID) != [outcome.commit, *before]:
        found.append(f"the commits are {hub.commits(HUB_ID)}")
    if hub.tags(HUB_ID) != {"v1.0.0": outcome.commit, "v1.1.0": commits["1.1.0"]}:
        found.append(f"the tags are {hub.tags(HUB_ID)}")
    trial.forget()
    return found


def wrong_withdrawal(trial: Trial, fault: str, index: int) -> list[str]:
    """Withdraw a version while a request fails, and again when none does; list what should not be so."""
    hub = trial.hub
    commits = put_versions(hub, "1.0.0", "1.1.0")
    world = _world(fault)
    with failing(hub, fault, index):
        outcome = trial.withdraw(world)
    found = []
    if f"{HUB_ID} is private;" in outcome.message and hub.is_public(HUB_ID):
        found.append(f"it is public, and the words are: {outcome.message}")
    if outcome.status is not Status.WITHDRAWN:
        if outcome.reach is Reach.NOTHING and "v1.1.0" not in hub.tags(HUB_ID):
            found.append(f"it is deleted, and the words are: {outcome.message}")
        again = trial.withdraw(World())
        outcome = replace(again, commit=hub.commits(HUB_ID)[0])
        if "has no version 1.1.0" in again.message:  # only the answer to the last request got lost
            outcome = replace(outcome, status=Status.WITHDRAWN)
    if outcome.status is not Status.WITHDRAWN:
        found.append(f"again: {outcome.message}")
    if hub.tags(HUB_ID) != {"v1.0.0": commits["1.0.0"], "v1.0.0+without-1.1.0": outcome.commit}:
        found.append(f"the tags are {hub.tags(HUB_ID)}")
    if files_at(hub, "main") != VERSIONS["1.0.0"] or hub.is_public(HUB_ID):
        found.append("main does not hold the version that stays, or it is public")
    trial.forget()
    return found


def _world(fault: str) -> World:
    return Waiting() if FAULTS[fault]["kind"] == "delay" else World()


def _until_failure(world: World, kept: tuple[str, ...]) -> list[tuple[str, bytes]]:
    """Give the steps that a run which goes on would find done."""
    results = []
    for name, result in world.journal.results:
        if name not in (*kept, "held", "verify"):
            break
        results.append((name, result))
    return results


def requests_when_nothing_fails(one: Trial, carry_out: Callable[[World], object], *versions: str) -> int:
    """Count the requests of something that is carried out on a model with these versions."""
    if versions:
        put_versions(one.hub, *versions)
    requests_of(one.hub)
    carry_out(World())
    count = requests_of(one.hub)
    one.forget()
    return count


def main() -> int:
    """Let every request fail in every way, and say what was not as it should be."""
    bad = 0
    with trial() as one:
        for what, count, attempt in (
            ("rollback", requests_when_nothing_fails(one, one.go_back, *TWO), wrong_rollback),
            ("withdrawal", requests_when_nothing_fails(one, one.withdraw, *TWO), wrong_withdrawal),
            ("release", requests_when_nothing_fails(one, one.release), wrong_release),
        ):
            for fault in FAULTS:
                for index in range(count):
                    for problem in attempt(one, fault, index):
                        bad += 1
                        _say(f"{what}, request {index}, {fault}: {problem}")
                _say(f"{what}: {fault} at each of {count} requests")
    return 1 if bad else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # on standard output the child's code tells how far transfers are


if __name__ == "__main__":
    sys.exit(main())
