"""Measure how soon somebody who comments a command sees that the bot has noticed."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from bot.rendering import environment
from tests.crash.campaign import await_quiet
from tests.processes import BOT, World, open_world

TRIES = 50
LOOK_EVERY = 0.004
"""Seconds between two looks at GitHub."""

PATIENCE = 30.0


def run(quick: bool) -> dict[str, Any]:
    """Comment ``/help`` on an idle service, and time the reaction and the reply as they appear on GitHub."""
    tries = 5 if quick else TRIES
    pauses = random.Random(1)
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder), webhooks=True) as world:
        service = world.service(f"sqlite:///{folder}/giveback.db")
        service.start()
        repository = world.repository("bench")["full_name"]
        number = world.alice.open_issue(repository, "A question", "How does it work?")
        for _ in range(3):
            _ask(world, repository, number)
        times = []
        for _ in range(tries):
            await_quiet(service)
            time.sleep(pauses.uniform(0.3, 0.9))  # idle, and at no fixed beat with the engine's polling
            times.append(_ask(world, repository, number))
    return {"seen": [seen for seen, _ in times], "answered": [answered for _, answered in times]}


def _ask(world: World, repository: str, number: int) -> tuple[float, float]:
    """Comment a command; give the seconds until the reaction and until the reply can be seen."""
    before = len(_replies(world, repository, number))
    began = time.perf_counter()
    comment = world.bob.comment(repository, number, "/help")
    seen = _await(lambda: "eyes" in world.bob.reactions(repository, comment), began)
    answered = _await(lambda: len(_replies(world, repository, number)) > before, began)
    return seen, answered


def _replies(world: World, repository: str, number: int) -> list[str]:
    path = f"/repos/{repository}/issues/{number}/comments?per_page=100&page="
    found: list[str] = []
    for page in (1, 2):
        said = world.bob.call("GET", f"{path}{page}")
        found += [one["body"] for one in said if one["user"]["login"] == BOT]
        if len(said) < 100:
            break
    return found


def _await(look: Callable[[], bool], began: float) -> float:
    while not look():
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError(f"nothing to be seen after {PATIENCE:.0f} s")
        time.sleep(LOOK_EVERY)
    return time.perf_counter() - began


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    rows = [
        {
            "name": name,
            "median": statistics.median(times) * 1000,
            "p95": statistics.quantiles(times, n=20)[-1] * 1000,
            "fastest": min(times) * 1000,
            "slowest": max(times) * 1000,
        }
        for name, times in (("eyes on the comment", result["seen"]), ("the reply", result["answered"]))
    ]
    templates = environment(FileSystemLoader(Path(__file__).parent))
    return templates.get_template("reaction.md.j2").render(rows=rows, tries=len(result["seen"]))
