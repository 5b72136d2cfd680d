"""A GitHub, a Hub and the service as processes of their own: the service can be killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.app_manifest import read_app_manifest
from bot.sandbox.demo.people import Person
from bot.sandbox.demo.stage import Stage, free_port
from tests.fixtures.hub import put_origins
from tests.webhooks import SECRET

Json = dict[str, Any]
ORGANISATION = "acme"
LABELS = ("needs-info", "model")
"""Labels a repository gets beside those that GitHub gives every new one."""

BOT = "giveback[bot]"
START_SECONDS = 60.0


class Service:
    """``giveback serve``, begun, killed and begun again at one address with one database."""

    def __init__(self, environment: Mapping[str, str], log: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Give the id of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def begin(self) -> None:
        """Start the process, and do not wait for it."""
        assert self._process is None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self._environment),
            )

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.begin()
        deadline = time.monotonic() + START_SECONDS
        while not self.is_up():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the service did not start:\n{self.end_of_log()}")
            time.sleep(0.1)

    def is_up(self) -> bool:
        """Tell whether the service answers."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health", timeout=5).status_code == 200
        return False

    @property
    def waiting(self) -> int:
        """Count the deliveries that are not over."""
        return int(httpx.get(f"{self.url}/health", timeout=30).json()["waiting"])

    def kill(self) -> None:
        """End the process with SIGKILL, which it can neither notice nor delay."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End the process in good order, if it runs."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def end_of_log(self) -> str:
        """Give the last lines the service wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


@dataclass
class World:
    """A GitHub with the App installed, a Hub, people, and services for the App.

    ``alice`` is an admin of the organisation, ``bob`` may only read and comment. The App's webhooks go to
    ``port``, or nowhere.
    """

    folder: Path
    github: str
    hub: str
    hub_token: str
    app: Json
    installation: int
    alice: Person
    bob: Person
    port: int
    services: list[Service] = field(default_factory=list)

    @property
    def api(self) -> str:
        """Give the address of GitHub's API."""
        return f"{self.github}/api/v3"

    def service(self, database_url: str, name: str = "service", **environment: str) -> Service:
        """Make a service; a second one in the same world needs another name."""
        port = free_port() if self.services else self.port
        ours = {
            "GIVEBACK_STATE": str(self.folder / name),
            "GIVEBACK_PORT": str(port),
            "GIVEBACK_EXECUTOR_ID": name,
            "GIVEBACK_GITHUB_APP_ID": str(self.app["id"]),
            "GIVEBACK_GITHUB_PRIVATE_KEY": self.app["pem"],
            "GIVEBACK_WEBHOOK_SECRETS": SECRET,
            "GIVEBACK_HUB_TOKEN": self.hub_token,
            "GIVEBACK_GITHUB_URL": self.github,
            "GIVEBACK_WRITES_PER_MINUTE": "6000",
            "GITHUB_API_URL": self.api,
            "HF_ENDPOINT": self.hub,
            "DATABASE_URL": database_url,
        }
        passed_on = ("PATH", "HOME", "TMPDIR", "SSL_CERT_DIR")
        kept = {name: value for name, value in os.environ.items() if name in passed_on}
        self.services.append(Service(kept | ours | environment, self.folder / f"{name}.log", port))
        return self.services[-1]

    def control(self, place: str, method: str, path: str, body: object = None) -> Any:
        """Do behind the back of GitHub or the Hub, at address ``place``, what its ``/_sandbox`` offers."""
        answer = httpx.request(method, f"{place}/_sandbox{path}", json=body, timeout=30).raise_for_status()
        return answer.json() if answer.content else None

    def repository(self, name: str, files: Mapping[str, object] | None = None) -> Json:
        """Make a repository with the App at work on it, as its payloads show it."""
        body = {"owner": ORGANISATION, "name": name, "files": {"README.md": "# hi\n", **(files or {})}}
        made: Json = self.control(self.github, "POST", "/repositories", body)
        for label in LABELS:
            label_body = {"name": label, "color": "ededed"}
            self.alice.call("POST", f"/repos/{ORGANISATION}/{name}/labels", label_body)
        return made

    def requests(self, since: int = 0) -> list[Json]:
        """List the API requests to GitHub after a number."""
        listed: list[Json] = self.control(self.github, "GET", f"/requests?since={since}")["requests"]
        return listed

    @property
    def last_request(self) -> int:
        """Give the number of the last API request to GitHub."""
        return int(self.control(self.github, "GET", "/requests?since=999999999")["last"])


@contextmanager
def open_world(folder: Path, *, webhooks: bool = False) -> Iterator[World]:
    """Start a GitHub and a Hub, and end everything at the end.

    With ``webhooks`` GitHub sends the App's events to the world's first service; otherwise whoever made
    this world sends them.
    """
    stage = Stage(folder)
    people: list[Person] = []
    world: World | None = None
    try:
        github = stage.start("github", *_sandbox(folder, "github"))
        hub = stage.start("hub", *_sandbox(folder, "hub"))
        post = httpx.Client(timeout=30)
        with post:
            tokens = [
                post.post(f"{github}/_sandbox/users", json={"login": login}).json()["token"]
                for login in ("alice", "bob")
            ]
            members = {"login": ORGANISATION, "members": {"alice": "admin"}}
            post.post(f"{github}/_sandbox/organizations", json=members).raise_for_status()
            port = free_port()
            registration = {
                "name": "Giveback",
                "manifest": read_app_manifest(),
                "webhook_url": f"http://127.0.0.1:{port}/webhook" if webhooks else "",
                "webhook_secret": SECRET,
            }
            app = post.post(f"{github}/_sandbox/apps", json=registration).raise_for_status().json()
            where = {"app_slug": app["slug"], "account": ORGANISATION}
            installed = post.post(f"{github}/_sandbox/installations", json=where).raise_for_status().json()
            releaser = {"name": "releaser", "orgs": {ORGANISATION: "write"}}
            hub_token = post.post(f"{hub}/_sandbox/users", json=releaser).raise_for_status().json()["token"]
        put_origins(hub, hub_token)
        for login, token in zip(("alice", "bob"), tokens, strict=True):
            people.append(Person(f"{github}/api/v3", login, token))
        world = World(folder, github, hub, hub_token, app, installed["id"], people[0], people[1], port)
        # A campaign asks more often than an hour of GitHub's limit allows.
        world.control(github, "PUT", "/limits", {"hourly": 10_000_000})
        yield world
    finally:
        for service in world.services if world is not None else ():
            service.stop()
        for person in people:
            person.close()
        stage.stop()


def _sandbox(folder: Path, name: str) -> tuple[list[str], int, str]:
    port = free_port()
    return ["sandbox", name, "--port", str(port), "--state", str(folder / name)], port, "/"
