"""Set the stage, play the story, and say how it ended."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Column, Table

from bot.app_manifest import read_app_manifest
from bot.sandbox.cards import put_card, signed_data
from bot.sandbox.demo.people import Person
from bot.sandbox.demo.stage import NotStartedError, Stage, free_port
from bot.sandbox.demo.story import (
    MODEL,
    ORGANISATION,
    ORIGINS,
    REPOSITORY,
    Places,
    StepFailedError,
    Story,
    scenery,
)

LABELS = {"needs-info": "fbca04", "model": "0e8a16"}
"""Labels a maintainer adds to those that GitHub gives every new repository, with their colours."""

START = "Start the service, a GitHub and a Hub"

Front = Callable[[str], str]
"""Puts something in front of an API's address and gives the address to use instead."""


def demo(*, keep: bool = False, console: Console | None = None, front: Front | None = None) -> int:
    """Play the story on fresh processes and give the exit code, 0 when every step went well.

    ``keep`` leaves everything running until Ctrl-C. ``front`` can put a proxy between everybody and
    GitHub's API.
    """
    console = console or Console()
    folder = Path(tempfile.mkdtemp(prefix="giveback-demo-"))
    stage = Stage(folder)
    story: Story | None = None
    people: dict[str, Person] = {}
    console.print(f"[bold]{START}[/bold], everything below {folder}")
    try:
        story = _set(stage, people, console, front)
        story.play()
        _summarise(story, console)
        if keep:
            console.print("\nEverything keeps running: open the links. Ctrl-C ends it.")
            stage.wait()
    except Exception as error:
        console.print(f"\n[bold red]Failed at: {story.step if story else START}[/bold red]")
        if isinstance(error, StepFailedError | NotStartedError | httpx.HTTPError):
            console.print(str(error), style="red", markup=False)
        else:
            console.print_exception()
        console.print(f"The service's last words:\n{stage.end_of_log('service')}", markup=False)
        return 1
    finally:
        for person in people.values():
            person.close()
        stage.stop()
    return 0


def _set(stage: Stage, people: dict[str, Person], console: Console, front: Front | None) -> Story:
    """Start the processes, make the people and the repository, and install the App."""
    github = stage.start("github", *_sandbox(stage, "github"))
    hub = stage.start("hub", *_sandbox(stage, "hub"))
    api = front(f"{github}/api/v3") if front else f"{github}/api/v3"
    port = free_port()
    secret = secrets.token_hex(20)
    tokens = {login: _post(github, "users", login=login)["token"] for login in ("maya", "sam", "noor")}
    _post(github, "organizations", login=ORGANISATION)
    _post(github, "repositories", owner=ORGANISATION, name=REPOSITORY.split("/")[1], files=scenery())
    _member(github, "maya", "admin")
    _member(github, "sam", "write")
    app = _post(
        github,
        "apps",
        name="Giveback",
        manifest=read_app_manifest(),
        webhook_url=f"http://127.0.0.1:{port}/webhook",
        webhook_secret=secret,
    )
    hub_account = _post(hub, "users", name="acme-releases", orgs={ORGANISATION: "write"})
    for kind, origin, licence in ORIGINS:
        files = signed_data({"digits.csv": b"pixel,digit\n0,1\n"}) if kind == "dataset" else None
        put_card(hub, hub_account["token"], kind, origin, f"license: {licence}", files)
    database = f"sqlite:///{stage.folder / 'service' / 'giveback.db'}"
    service = stage.start(
        "service",
        ["serve"],
        port,
        "/health",
        GIVEBACK_STATE=str(stage.folder / "service"),
        GIVEBACK_PORT=str(port),
        GIVEBACK_GITHUB_APP_ID=str(app["id"]),
        GIVEBACK_GITHUB_PRIVATE_KEY=app["pem"],
        GIVEBACK_WEBHOOK_SECRETS=secret,
        GIVEBACK_HUB_TOKEN=hub_account["token"],
        GIVEBACK_GITHUB_URL=github,
        GITHUB_API_URL=api,
        HF_ENDPOINT=hub,
        DATABASE_URL=database,
    )
    people |= {login: Person(api, login, token) for login, token in tokens.items()}
    for name, colour in LABELS.items():
        people["maya"].call("POST", f"/repos/{REPOSITORY}/labels", {"name": name, "color": colour})
    _post(github, "installations", app_slug=app["slug"], account=ORGANISATION)
    console.print(f"   GitHub {github}\n   Hub {hub}\n   Giveback {service}, installed on {ORGANISATION}")
    places = Places(stage.folder, github, api, hub, service, database)
    return Story(places, console, people["maya"], people["sam"], people["noor"])


def _sandbox(stage: Stage, name: str) -> tuple[list[str], int, str]:
    port = free_port()
    state = str(stage.folder / name)
    return ["sandbox", name, "--port", str(port), "--state", state], port, "/"


def _post(address: str, what: str, **body: Any) -> dict[str, Any]:
    answer = httpx.post(f"{address}/_sandbox/{what}", json=body, timeout=30, trust_env=False)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def _member(github: str, login: str, permission: str) -> None:
    body = {"repository": REPOSITORY, "login": login, "permission": permission}
    httpx.put(f"{github}/_sandbox/collaborators", json=body, timeout=30, trust_env=False).raise_for_status()


def _summarise(story: Story, console: Console) -> None:
    files = Table(
        "file", Column("sha256", no_wrap=True), title=f"Published as {MODEL} v1.0.0, verified file by file"
    )
    for name, digest in story.published.items():
        files.add_row(name, f"{digest[:32]}…")
    console.print()
    console.print(files)
    for what, address in story.links:
        console.print(f"   {what}: {address}", highlight=False, soft_wrap=True)
