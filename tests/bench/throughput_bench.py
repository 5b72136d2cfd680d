"""Measure how many events the service sees through to their last action in a second."""

from __future__ import annotations

import json
import random
import resource
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from jinja2 import FileSystemLoader

from bot.rendering import environment
from tests.bench import machine
from tests.crash.campaign import await_quiet
from tests.crash.counting import LABELS, remember
from tests.crash.load import BODY, TITLE
from tests.postgresql import empty_database, postgresql_server
from tests.processes import Json, World, open_world
from tests.webhooks import headers_for

EVENTS, THREADS = 2000, 200
SENDERS = 8
SEED = 5


def run(quick: bool) -> dict[str, Any]:
    """Send ``issues.opened`` deliveries as fast as they are acknowledged, on each kind of database."""
    events, threads = (200, 20) if quick else (EVENTS, THREADS)
    results = {}
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder)) as world:
        results["SQLite"] = _measure(world, f"sqlite:///{folder}/giveback.db", events, threads)
        with postgresql_server() as server, empty_database(server) as url:
            results["PostgreSQL"] = _measure(world, url, events, threads)
    return {"events": events, "threads": threads, "databases": results}


def _measure(world: World, database_url: str, events: int, threads: int) -> dict[str, float]:
    name = f"bench-{uuid.uuid4().hex[:6]}"
    repository = world.repository(name)
    issues = [
        world.bob.call("POST", f"/repos/{repository['full_name']}/issues", {"title": TITLE, "body": BODY})
        for _ in range(threads)
    ]
    about = [issues[number % threads] for number in range(events)]
    random.Random(SEED).shuffle(about)
    bodies = [_payload(world, repository, issue) for issue in about]
    service = world.service(database_url, name)
    service.start()
    requests, own = world.last_request, resource.getrusage(resource.RUSAGE_SELF)
    cpu, everything, began = machine.cpu_of(service.pid), machine.cpu_of_everything(), time.perf_counter()
    with httpx.Client(timeout=60) as http, ThreadPoolExecutor(SENDERS) as senders:
        for answer in senders.map(
            lambda body: http.post(f"{service.url}/webhook", content=body, headers=headers_for(body)), bodies
        ):
            answer.raise_for_status()
    acknowledged = time.perf_counter() - began
    await_quiet(service)
    duration = time.perf_counter() - began
    cpu = machine.cpu_of(service.pid) - cpu
    everything = machine.cpu_of_everything() - everything
    spent = resource.getrusage(resource.RUSAGE_SELF)
    loader = spent.ru_utime + spent.ru_stime - own.ru_utime - own.ru_stime
    asked = world.last_request - requests
    service.stop()
    _check(world, repository, issues, database_url, events)
    return {
        "rate": events / duration,
        "acknowledged_rate": events / acknowledged,
        "cpu_each": cpu / events,
        "service_cores": cpu / duration,
        "other_cores": (everything - cpu - loader) / duration,
        "requests_each": asked / events,
    }


def _payload(world: World, repository: Json, issue: Json) -> bytes:
    payload = {
        "action": "opened",
        "issue": issue,
        "repository": repository,
        "sender": issue["user"],
        "installation": {"id": world.installation},
    }
    return json.dumps(payload).encode()


def _check(world: World, repository: Json, issues: list[Json], database_url: str, events: int) -> None:
    """Make sure that what was counted was really done."""
    statuses = Counter(row.status for row in remember(database_url).deliveries.values())
    labelled = sum(
        set(LABELS) <= set(world.alice.labels(repository["full_name"], issue["number"])) for issue in issues
    )
    if statuses != {"handled": events} or labelled != len(issues):
        raise RuntimeError(f"deliveries {dict(statuses)}, {labelled} of {len(issues)} issues labelled")


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    templates = environment(FileSystemLoader(Path(__file__).parent))
    return templates.get_template("throughput.md.j2").render(**result)
