"""A GitHub, the service, and people who act on it: everything real, on loopback."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import yaml
from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, func, select

from bot import audit
from bot.app import create_app
from bot.apply import STATUS_MARKER
from bot.audit import AuditEntry
from bot.durable import Patience
from bot.sandbox.demo.people import Person
from bot.sandbox.demo.stage import free_port
from bot.sandbox.github import create_app as create_github
from bot.sandbox.serving import Running, run_in_thread
from bot.settings import Settings
from bot.store import Delivery, DeliveryStatus, open_database
from tests.webhooks import SECRET, headers_for

Json = dict[str, Any]
PATIENCE = 60.0
"""Seconds something may take before a test gives up on it."""

IMPATIENT = Patience(attempts=9, first=0.1)
LABELS = ("bug", "needs-info", "enhancement", "documentation", "model", "dataset", "tests", "question")
BOT = "giveback[bot]"
MANIFEST = Path(__file__).parent.parent / "app.yml"

_Seen = TypeVar("_Seen")


def eventually(
    look: Callable[[], _Seen], what: str = "what the test waits for", within: float = PATIENCE
) -> _Seen:
    """Look again and again until there is something to see; the longer it takes, the less often."""
    began = time.monotonic()
    while True:
        seen = look()
        if seen:
            return seen
        waited = time.monotonic() - began
        if waited > within:
            raise AssertionError(f"{what} did not come about within {within} seconds; last seen: {seen!r}")
        time.sleep(min(0.02 + waited / 10, 0.2))


class GitHub:
    """The sandbox GitHub, with what a test does behind its back."""

    def __init__(self, state: Path) -> None:
        self.server: Running = run_in_thread(create_github(state))
        self.url = self.server.url
        self.api = f"{self.url}/api/v3"
        self._http = httpx.Client(base_url=self.url, timeout=30)
        self._people: list[Person] = []

    def stop(self) -> None:
        self._http.close()
        for person in self._people:
            person.close()
        self.server.stop()

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = self._http.request(method, f"/_sandbox{path}", json=body or None)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def person(self, login: str) -> Person:
        made = self.control("POST", "/users", login=login)
        self._people.append(Person(self.api, login, made["token"]))
        return self._people[-1]

    def fault(self, path: str, kind: str, **more: Any) -> None:
        """Order a failure; see :mod:`bot.sandbox.faults`."""
        order = {"path": path, "kind": kind, **more}
        answer = self._http.post("/_sandbox/faults", json=order)
        assert answer.status_code == 201, answer.text

    def fired(self) -> int:
        """Count how often ordered failures struck."""
        return sum(fault["fired"] for fault in self.control("GET", "/faults")["faults"])

    def no_faults(self) -> None:
        self.control("DELETE", "/faults")

    @property
    def waiting(self) -> int:
        """Count the webhooks that are not delivered yet."""
        return int(self.control("GET", "/deliveries")["waiting"])

    def requests(self, since: int = 0) -> list[Json]:
        """List the API requests after a number."""
        listed: list[Json] = self.control("GET", f"/requests?since={since}")["requests"]
        return listed

    @property
    def last_request(self) -> int:
        return int(self.control("GET", "/requests?since=999999999")["last"])


@dataclass(eq=False)
class Scene:
    """One GitHub, one service, an organisation with the App installed, and two people.

    ``alice`` is an admin of the organisation, ``bob`` may only read and comment.
    """

    folder: Path
    github: GitHub
    app: Json
    org: str
    installation: int
    alice: Person
    bob: Person
    port: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    patience: Patience = IMPATIENT
    service: Running | None = None
    _database: Engine | None = None

    # The service.

    def start(self, **changes: Any) -> None:
        """Start the service, with settings of one's own."""
        made: dict[str, Any] = {
            "state": self.folder / "service",
            "database_url": f"sqlite:///{self.folder / 'service' / 'giveback.db'}",
            "github_app_id": str(self.app["id"]),
            "github_private_key": self.app["pem"],
            "webhook_secrets": SECRET,
            "github_api_url": self.github.api,
            "executor_id": "scene",
            "writes_per_minute": 6000,
            "slug": self.app["slug"],
            "hub_token": None,
            **self.settings,
            **changes,
        }
        settings = Settings(**made)
        self.service = run_in_thread(create_app(settings, patience=self.patience), port=self.port)
        self._database = open_database(settings.database_url)

    def stop(self) -> None:
        """Stop the service; GitHub stays up."""
        if self.service is not None:
            self.service.stop()
            self.service = None
        if self._database is not None:
            self._database.dispose()
            self._database = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the service for a while: GitHub's webhooks to it fail meanwhile."""
        self.stop()
        yield
        self.start()

    def session(self) -> Session:
        assert self._database is not None
        return Session(self._database, expire_on_commit=False)

    def settle(self) -> None:
        """Wait until every webhook so far is delivered and dealt with, and its echoes too."""

        def still() -> bool:
            if self.busy():
                return False
            arrived = self._count()
            return self.github.waiting == 0 and self.busy() == 0 and self._count() == arrived

        eventually(still, "quiet")

    def busy(self) -> int:
        """Count the deliveries that are not over."""
        return self._count(col(Delivery.status).in_([DeliveryStatus.received, DeliveryStatus.queued]))

    def _count(self, *where: ColumnElement[bool]) -> int:
        with self.session() as session:
            return session.exec(select(func.count()).select_from(Delivery).where(*where)).one()

    def deliveries(
        self, repository: str, event: str | None = None, action: str | None = None
    ) -> list[Delivery]:
        """List the deliveries about a repository, in order of arrival."""
        with self.session() as session:
            rows = session.exec(
                select(Delivery).where(Delivery.repository == repository).order_by(col(Delivery.sequence))
            ).all()
        return [row for row in rows if event in (None, row.event) and action in (None, row.action)]

    def delivery(self, repository: str, event: str, action: str | None = None) -> Delivery:
        """Give the first delivery of a kind, once it is over."""
        found, *_ = eventually(
            lambda: [
                row
                for row in self.deliveries(repository, event, action)
                if row.status not in ("received", "queued")
            ],
            f"the end of {event}.{action}",
        )
        return found

    def audit(self, delivery: Delivery) -> Sequence[AuditEntry]:
        """List what became of a delivery's plan."""
        with self.session() as session:
            return audit.entries(session, delivery.guid)

    def knock(self, event: str, payload: Json, guid: str | None = None) -> httpx.Response:
        """Send a signed delivery of one's own."""
        assert self.service is not None
        body = json.dumps(payload).encode()
        headers = headers_for(body, event=event, guid=guid or str(uuid.uuid4()))
        return httpx.post(f"{self.service.url}/webhook", content=body, headers=headers)

    # Repositories.

    def repository(
        self,
        files: Mapping[str, Any] | None = None,
        *,
        labels: Iterable[str] = LABELS,
        name: str | None = None,
    ) -> Place:
        """Make a repository that no other test uses."""
        name = name or f"models-{uuid.uuid4().hex[:8]}"
        self.github.control(
            "POST", "/repositories", owner=self.org, name=name, files={"README.md": "# hi\n", **(files or {})}
        )
        place = Place(self, f"{self.org}/{name}")
        known = {label["name"] for label in self.alice.call("GET", f"{place.path}/labels")}
        for label in labels:
            if label not in known:
                self.alice.call("POST", f"{place.path}/labels", {"name": label, "color": "ededed"})
        return place


@dataclass(frozen=True)
class Place:
    """A repository, and what can be seen on it."""

    scene: Scene
    name: str

    @property
    def path(self) -> str:
        return f"/repos/{self.name}"

    def write(self, path: str, text: str | bytes, branch: str = "main") -> str:
        """Commit a file as alice and give the commit."""
        where = f"{self.path}/contents/{quote(path)}"
        listed = self.scene.alice.call("GET", f"{self.path}/git/trees/{branch}?recursive=1")["tree"]
        known = [entry["sha"] for entry in listed if entry["path"] == path]
        content = base64.b64encode(text.encode() if isinstance(text, str) else text).decode()
        body = {"message": f"Change {path}", "content": content, "branch": branch}
        if known:
            body["sha"] = known[0]
        return str(self.scene.alice.call("PUT", where, body)["commit"]["sha"])

    def pull_request(self, files: Mapping[str, str], *, by: Person | None = None) -> tuple[int, str]:
        """Open a pull request that changes files, from a branch; give its number and head."""
        branch = f"work-{uuid.uuid4().hex[:6]}"
        self.scene.alice.branch(self.name, branch)
        for path, text in files.items():
            self.write(path, text, branch)
        by = by or self.scene.alice
        head = self.scene.alice.call("GET", f"{self.path}/git/ref/heads/{branch}")["object"]["sha"]
        return by.open_pull_request(self.name, branch, "A change", "Please take it"), head

    def bot_comments(self, number: int) -> list[Json]:
        return [one for one in self.scene.alice.comments(self.name, number) if one["user"]["login"] == BOT]

    def status_comments(self, number: int) -> list[Json]:
        return [one for one in self.bot_comments(number) if one["body"].startswith(STATUS_MARKER)]

    def replies(self, number: int) -> list[str]:
        bodies = [one["body"] for one in self.bot_comments(number)]
        return [body for body in bodies if not body.startswith(STATUS_MARKER)]

    def labels(self, number: int) -> list[str]:
        return self.scene.alice.labels(self.name, number)

    def checks(self, commit: str, name: str | None = None) -> list[Json]:
        """List the check runs on a commit, those of one name if it is given, newest first."""
        answer = self.scene.alice.call("GET", f"{self.path}/commits/{commit}/check-runs?filter=all")
        return [run for run in answer["check_runs"] if name in (None, run["name"])]

    def notes(self, run: Json) -> list[Json]:
        """List the annotations of a check run."""
        return list(self.scene.alice.call("GET", f"{self.path}/check-runs/{run['id']}/annotations"))

    def bot_requests(self, since: int) -> list[str]:
        """List what the bot asked of this repository after a request number, as ``METHOD path``.

        The reading of its history is left out: that goes on in the background, whatever a test does.
        """
        asked = [
            f"{one['method']} {one['path'].removeprefix(self.path)}"
            for one in self.scene.github.requests(since)
            if one["installation_id"] and one["path"].startswith(self.path)
        ]
        return [one for one in asked if one != "GET /issues"]


@contextmanager
def open_scene(
    folder: Path, *, org: str = "octo", patience: Patience = IMPATIENT, **settings: Any
) -> Iterator[Scene]:
    """Set the stage, start the service, and take everything down at the end."""
    github = GitHub(folder / "github")
    try:
        alice, bob = github.person("alice"), github.person("bob")
        github.control("POST", "/organizations", login=org, members={"alice": "admin"})
        port = free_port()
        app = github.control(
            "POST",
            "/apps",
            name="Giveback",
            manifest=yaml.safe_load(MANIFEST.read_text()),
            webhook_url=f"http://127.0.0.1:{port}/webhook",
            webhook_secret=SECRET,
        )
        made = github.control("POST", "/installations", app_slug=app["slug"], account=org)
        scene = Scene(folder, github, app, org, made["id"], alice, bob, port, settings, patience)
        scene.start()
        try:
            yield scene
        finally:
            scene.stop()
    finally:
        github.stop()
