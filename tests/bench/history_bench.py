"""Count the API requests that reading a repository's whole history takes, beside the fewest possible."""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
from jinja2 import FileSystemLoader
from sqlmodel import Session

from bot import histories
from bot.durable import Patience
from bot.events import Thread
from bot.github.client import AppClient
from bot.github.reader import GitHubReader
from bot.installations import Installation
from bot.learning import Learning, LearnJob
from bot.rendering import environment
from bot.sandbox.github import create_app
from bot.sandbox.github.store import Store
from bot.sandbox.serving import run_in_thread
from bot.store import open_database
from tests.sandbox.github.stage import Listener, Stage
from tests.tables import create_tables

ISSUES = 20_000
PAGE = 100
"""Issues in one answer at most (REST "List repository issues", GraphQL connections)."""
MODELS = "/repos/alice/models"
LONG_AGO = "2025-01-01T00:00:00Z"
"""When all of it happened: what changed of late is read again each night."""
WORDS = "It fails when the model is loaded a second time, and not before.\n" * 12
"""A body of some 800 characters."""


class _Steps:
    """Does the steps of a job at once."""

    job = "learn/bench"
    patience = Patience(attempts=1)

    async def step(self, name: str, action: Callable[[], Awaitable[str]]) -> str:
        return await action()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing fails")

    async def receive(self, topic: str, seconds: float) -> str | None:
        raise AssertionError("nobody is asked")


def run(quick: bool) -> dict[str, Any]:
    """Read a history, half of it closed, from the sandbox GitHub, and then what a quiet night changed."""
    issues = 1_000 if quick else ISSUES
    with tempfile.TemporaryDirectory() as name, Listener() as listener:
        folder = Path(name)
        with run_in_thread(create_app(folder / "github")) as server, Stage(server.url, listener) as stage:
            stage.bob.post(f"{MODELS}/issues", {"title": "The first", "body": WORDS})
            app, installation = stage.app, stage.installation["id"]
        _fill(folder / "github", issues)
        with run_in_thread(create_app(folder / "github", hourly_limit=1_000_000)) as server:
            return asyncio.run(_read(server.url, folder, app, installation, issues))


def _fill(folder: Path, issues: int) -> None:
    """Put issues into the sandbox's own database: through its API that would take many minutes."""
    store = Store(folder)
    (first,) = store.issues
    old = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
    closed = {"state": "closed", "state_reason": "completed", "closed_at": LONG_AGO}
    store.issues.save(replace(first, **cast(Any, old)))
    for number in range(2, issues + 1):
        more = {"id": store.next_id(), "number": number, "title": f"Issue {number}", **old}
        store.issues.save(replace(first, **cast(Any, more | (closed if number % 2 else {}))))
    store.commit()
    store.close()


async def _read(url: str, folder: Path, app: Any, installation: int, issues: int) -> dict[str, Any]:
    database = open_database(f"sqlite:///{folder / 'giveback.db'}")
    create_tables(database)
    client = AppClient(api_url=f"{url}/api/v3", app_id=str(app["id"]), private_key=app["pem"])
    reader = GitHubReader(client.installation(installation), url)
    learning = Learning(database, lambda _: cast(Installation, SimpleNamespace(reader=reader)), lambda _: "")
    argument = LearnJob(installation=installation, place=Thread("alice/models", 0, 1)).model_dump_json()
    start, before = time.perf_counter(), _requests(url)
    await learning.handle(argument, _Steps())
    seconds, after = time.perf_counter() - start, _requests(url)
    await learning.handle(argument, _Steps())
    with Session(database) as session:
        kept = histories.count(session, "1")
    await client.close()
    database.dispose()
    return {
        "issues": issues,
        "kept": kept,
        "seconds": seconds,
        "asked": after - before,
        "issue_pages": math.ceil(issues / PAGE),
        "outcome_pages": math.ceil(((issues - 1) // 2) / PAGE),
        "night": _requests(url) - after,
    }


def _requests(url: str) -> int:
    """Give the number of the last API request in the sandbox's own log."""
    answer = httpx.get(f"{url}/_sandbox/requests", params={"since": 999_999_999}).raise_for_status()
    return int(answer.json()["last"])


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    templates = environment(FileSystemLoader(Path(__file__).parent))
    return templates.get_template("history.md.j2").render(**result)
