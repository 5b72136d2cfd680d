"""Kill the service in the middle of each step of a release, and look at what was published in the end."""

from __future__ import annotations

import base64
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.apply import STATUS_MARKER
from bot.cards.card import render_card
from bot.cards.reading import read_facts
from bot.hub.staging import staging_repository
from bot.release.progress import STEPS
from bot.releases import ReleaseRecord
from bot.releasing import CRASHES
from bot.sandbox.demo.people import Person
from tests.fixtures.make_models import DECLARED, tuned_model
from tests.processes import BOT, ORGANISATION, Service, World

FOLDER = "models/digits"
VERSION = "1.0.0"
PATIENCE = 90.0
"""Seconds each part of a release may take."""

HELD = 5.0
"""Seconds a request of the step is held, so that the kill strikes in its middle."""

_Seen = TypeVar("_Seen")


@dataclass(frozen=True)
class Hold:
    """A request of a step that is answered late.

    With ``done`` it is carried out first: the kill then leaves a deed that the service does not know of.
    """

    place: str
    """``github`` or ``hub``."""
    method: str
    path: str
    done: bool = True


HOLDS: Mapping[str, Hold] = {
    "collect": Hold("github", "GET", r"/git/(trees|blobs)/", done=False),
    "stage": Hold("hub", "GET", r"/api/whoami-v2", done=False),
    "upload": Hold("hub", "POST", r"/commit/"),
    "verify": Hold("hub", "GET", r"/resolve/", done=False),
    "publish": Hold("hub", "PUT", r"/settings"),
    "tag": Hold("hub", "POST", r"/tag/"),
}
"""What holds each step; ``check``, ``approve``, ``attest`` and ``announce`` ask nobody. The last words come
after ``announce`` and can be held."""

TRIES = 8
"""``check`` takes so little time that the kill can come too late; then another release is tried."""


@dataclass(frozen=True)
class Release:
    """A release that is under way on a thread."""

    world: World
    repository: str
    number: int
    hub_id: str
    files: Mapping[str, bytes]
    database: Engine
    """The service's own."""

    def record(self) -> ReleaseRecord | None:
        """Read how far the service says it is."""
        with Session(self.database, expire_on_commit=False) as session:
            wanted = select(ReleaseRecord).where(ReleaseRecord.hub_id == self.hub_id)
            return session.exec(wanted).one_or_none()

    @property
    def step(self) -> str:
        """Name the step the service says it is in."""
        record = self.record()
        return record.step if record else ""

    @property
    def status(self) -> str:
        """Say how it ended, or nothing."""
        record = self.record()
        return record.status if record else ""

    def comments(self) -> list[str]:
        """List what the bot has said on the thread."""
        said = self.world.alice.comments(self.repository, self.number)
        return [one["body"] for one in said if one["user"]["login"] == BOT]

    def say(self, person: Person, words: str) -> None:
        """Comment, and wait until the bot has carried it out."""
        comment = person.comment(self.repository, self.number, words)
        until(lambda: "rocket" in person.reactions(self.repository, comment), f"the receipt for {words}")


def kill_during(step: str, world: World, service: Service, database: Engine) -> Release:
    """Release a model, kill the running service in a step, start it again, and see the release to its end."""
    for _ in range(TRIES):
        release = begin(world, step, database)
        _kill_in(step, world, service, release)
        stopped_in = release.step
        for place in (world.github, world.hub):
            world.control(place, "DELETE", "/faults")
        service.start()
        if stopped_in == step:
            break
    else:
        raise AssertionError(f"the service was killed in {stopped_in} {TRIES} times, not in {step}")
    if not _is_approved_before(step):
        approve(release)
    until(lambda: release.status, "the end of the release")
    until(lambda: any("giveback:reply" in body for body in release.comments()), "the last words")
    until(lambda: service.waiting == 0, "quiet")
    return release


def _kill_in(step: str, world: World, service: Service, release: Release) -> None:
    hold = HOLDS.get(step)
    if hold is not None:
        order(world, hold, release)
    release.world.alice.comment(release.repository, release.number, "/release-model")
    if _is_approved_before(step):
        approve(release)
    if step == "announce":
        hold = Hold("github", "POST", rf"/issues/{release.number}/comments$")
        until(lambda: release.step in ("tag", "announce"), "the last step")
        order(world, hold, release)
        until(lambda: struck(world, hold), "the last words")
    else:
        until(lambda: release.step == step, f"the step {step}", every=0.001)
        if hold is not None:
            until(lambda: struck(world, hold), f"a request of the step {step}")
            time.sleep(0.3)  # so that what is carried out first is
    service.kill()


def _is_approved_before(step: str) -> bool:
    return STEPS.index(step) > STEPS.index("approve")


def crash_until_given_up(world: World, service: Service, database: Engine) -> Release:
    """Let a release's first step look as if it had ended the service again and again; see it to its end."""
    release = begin(world, "crashing", database)
    hold = HOLDS["collect"]
    order(world, hold, release)
    release.world.alice.comment(release.repository, release.number, "/release-model")
    until(lambda: struck(world, hold), "a request of the first step")
    service.kill()
    world.control(world.github, "DELETE", "/faults")
    with Session(database) as session:
        found = session.exec(select(ReleaseRecord).where(ReleaseRecord.hub_id == release.hub_id)).one()
        assert found.unfinished == 1
        found.unfinished = CRASHES
        session.commit()
    service.start()
    until(lambda: release.status, "the end of the release")
    until(lambda: any("giveback:reply" in body for body in release.comments()), "the last words")
    return release


def begin(world: World, name: str, database: Engine) -> Release:
    """Make a repository with a finished model, a manifest, and a thread to ask on."""
    hub_id = f"{ORGANISATION}/{name}-{time.monotonic_ns():x}"
    folder = Path(tempfile.mkdtemp()) / "model"
    tuned_model(folder)
    card = render_card(read_facts(folder), replace(DECLARED, model_id=hub_id)).text
    (folder / "README.md").write_text(card, encoding="utf-8")
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }
    shutil.rmtree(folder.parent)
    manifest = (
        f"hub_id: {hub_id}\nversion: {VERSION}\nsource: {FOLDER}\nlicense: {DECLARED.license}\n"
        f"base_models: [{ORGANISATION}/digits-base]\ndatasets: [{ORGANISATION}/digits]\n"
    )
    sources: dict[str, object] = {
        f"{FOLDER}/{path}": {"base64": base64.b64encode(content).decode()} for path, content in files.items()
    }
    name = hub_id.partition("/")[2]
    world.repository(name, {"model-release.yml": manifest, **sources})
    repository = f"{ORGANISATION}/{name}"
    member = {"repository": repository, "login": world.bob.login, "permission": "write"}
    world.control(world.github, "PUT", "/collaborators", member)
    number = world.alice.open_issue(repository, f"Release {VERSION}", "It is time.")
    return Release(world, repository, number, hub_id, files, database)


def wrong(release: Release) -> list[str]:
    """List what is not as it should be after a release that was published once."""
    record = release.record()
    found = [] if record and record.status == "published" else [f"it ended as {record}"]
    hub = Hub(release.world, release.hub_id)
    info = hub.get(f"/api/models/{release.hub_id}", anonymous=True)
    if info.status_code != 200:
        return [*found, f"it is not public: {info.status_code}"]
    commits = hub.json("/commits/main")
    releases = [one for one in commits if one["title"].startswith(f"Release {VERSION}")]
    if len(releases) != 1 or len(commits) != 2:
        found.append(f"its commits are {[one['title'] for one in commits]}")
    tags = {one["name"]: one["targetCommit"] for one in hub.json("/refs")["tags"]}
    if tags != {f"v{VERSION}": releases[0]["id"] if releases else None}:
        found.append(f"its tags are {tags}")
    for path, content in release.files.items():
        served = hub.get(f"/{release.hub_id}/resolve/v{VERSION}/{quote(path)}", anonymous=True)
        if served.content != content:
            found.append(f"{path} is not what was released ({served.status_code})")
    said = release.comments()
    statuses = [body for body in said if body.startswith(STATUS_MARKER)]
    endings = [body for body in said if "is published: " in body and not body.startswith(STATUS_MARKER)]
    if (len(statuses), len(endings), len(said)) != (1, 1, 2):
        found.append(f"the thread says {said}")
    beside = staging_repository(release.hub_id, record.id if record else "")
    if hub.get(f"/api/models/{beside}").status_code != 404:
        found.append(f"{beside} is left over")
    return found


@dataclass(frozen=True)
class Hub:
    """One model on the Hub."""

    world: World
    hub_id: str

    def get(self, path: str, *, anonymous: bool = False) -> httpx.Response:
        """Ask the Hub, as its owner or as a stranger."""
        headers = {} if anonymous else {"authorization": f"Bearer {self.world.hub_token}"}
        return httpx.get(f"{self.world.hub}{path}", headers=headers, follow_redirects=True, timeout=30)

    def json(self, path: str) -> Any:
        """Ask the Hub's API about the model."""
        return self.get(f"/api/models/{self.hub_id}{path}").raise_for_status().json()


def until(look: Callable[[], _Seen], what: str, every: float = 0.05) -> _Seen:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {PATIENCE:.0f} s")
        time.sleep(every)
    return seen


def approve(release: Release) -> None:
    """Let bob approve what the thread asks for."""

    def asked() -> bool:
        return any("Waiting for approval" in body for body in release.comments())

    until(lambda: release.step == "approve" and asked(), "the question for approval")
    [line] = {found for body in release.comments() for found in re.findall(r"/approve [0-9a-f]{12}", body)}
    release.say(release.world.bob, line)


def order(world: World, hold: Hold, release: Release) -> None:
    """Have a request held."""
    where = world.github if hold.place == "github" else world.hub
    fault = {"path": hold.path, "method": hold.method, "kind": "delay", "seconds": HELD}
    world.control(where, "POST", "/faults", {**fault, "after_response": hold.done})


def struck(world: World, hold: Hold) -> bool:
    """Tell whether a request is held."""
    where = world.github if hold.place == "github" else world.hub
    return any(fault["fired"] for fault in world.control(where, "GET", "/faults")["faults"])
