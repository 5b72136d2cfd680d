"""Measure a release of a large model to a sandbox Hub, step by step, against ``hf upload`` of its folder.

``python -m tests.bench.publish_bench FOLDER HUB ROOM`` carries out the release in this process and prints
JSON; the token comes on standard input. ``GIVEBACK_BENCH_PUBLISH_MB`` sets the size of the model in MB, and
``GIVEBACK_BENCH_ROOM`` the folder on whose disk it is made.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from jinja2 import FileSystemLoader

from bot.cards.card import render_card
from bot.cards.reading import read_facts
from bot.hub.jobs import HubAccess
from bot.hub.process import child_environment
from bot.hub.publishing import Publisher
from bot.release.actions import HubActions
from bot.release.gates.results import GateResult
from bot.release.manifest import read_manifest
from bot.release.progress import ReleaseOutcome, Status
from bot.release.request import Pin, PinKind, ReleaseRequest
from bot.release.workflow import run as release
from bot.rendering import environment
from bot.sandbox.demo.stage import free_port
from tests.bench.machine import cpu_of_ended_children, peak_memory
from tests.release.worlds import REQUEST, World

HERE = Path(__file__).parent
TOP = HERE.parent.parent
MEGABYTES, QUICK = 5000, 200
SHARDS = 20
BLOCK = 4 * 1024 * 1024
GOAL, MEMORY = 1.15, 400
"""Times what ``hf upload`` takes, and MB of a process, at most."""
THEIRS, OURS = "acme/theirs", "acme/ours"
APART = ("check", "verify", "held")
"""The steps that are counted apart: gates and verification, which ``hf upload`` has none of, and asking
whether a dry run forbids to go on, which the bench's world answers itself."""
MANIFEST = f"""\
hub_id: {OURS}
version: 1.0.0
source: models/digits
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
description: A model of noise, to see how fast it goes.
intended_use: Measuring.
limitations: It knows nothing.
"""


def make_model(folder: Path, size: int) -> int:
    """Write a model of noise in shards, with its index and card; give its bytes."""
    folder.mkdir()
    noise = os.urandom(BLOCK)
    weights = {}
    each = max(BLOCK, size // SHARDS // BLOCK * BLOCK)
    for shard in range(1, SHARDS + 1):
        name = f"model-{shard:05}-of-{SHARDS:05}.safetensors"
        tensor = f"model.layers.{shard}.mlp.weight"
        header = json.dumps({tensor: {"dtype": "U8", "shape": [each], "data_offsets": [0, each]}}).encode()
        with (folder / name).open("wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            for block in range(each // BLOCK):
                file.write(f"{shard:08}{block:08}".encode() + noise[16:])
        weights[tensor] = name
    index = {"metadata": {"total_size": each * SHARDS}, "weight_map": weights}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}')
    card = render_card(read_facts(folder), read_manifest(MANIFEST).declared())
    (folder / "README.md").write_text(card.text, encoding="utf-8")
    return sum(file.stat().st_size for file in folder.iterdir())


@dataclass
class LinkedFolder:
    """A source that costs nothing: the files are links to those of a folder on the same disk."""

    folder: Path

    async def manifest(self, request: ReleaseRequest) -> str | None:
        """Give the manifest's text."""
        return MANIFEST

    async def files(
        self, request: ReleaseRequest, source: str, into: Path, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        """Link the files."""
        for file in self.folder.iterdir():
            os.link(file, into / file.name)
        return (Pin(f"https://github.com/{request.repository}", PinKind.COMMIT, request.commit),)


@dataclass
class Timed(World):
    """A world that times the steps."""

    seconds: dict[str, float] = field(default_factory=dict)

    async def step(self, name: str, action: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Take a step, and add up how long it took."""
        start = time.perf_counter()
        try:
            return await super().step(name, action, *args, **kwargs)
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - start


def carry_out(folder: Path, access: HubAccess, room: Path) -> dict[str, Any]:
    """Release the model, and tell how long each step took. Raises RuntimeError when it was not published."""
    world = Timed()
    start = time.perf_counter()
    ended = asyncio.run(_released(folder, access, room, world))
    if ended.status is not Status.PUBLISHED:
        raise RuntimeError(f"{ended.message} {[_told(one) for one in ended.gates if not one.passed]}")
    return {
        "seconds": time.perf_counter() - start,
        "steps": world.seconds,
        "memory": peak_memory(),
    }


async def _released(folder: Path, access: HubAccess, room: Path, world: Timed) -> ReleaseOutcome:
    """Release it as the service does, with one process that talks to the Hub."""
    async with Publisher(access) as publisher:
        return await release(REQUEST, world, HubActions(LinkedFolder(folder), publisher, room))


def run(quick: bool) -> dict[str, Any]:
    """Upload and release the same folder, one after the other, each to a Hub of its own that is empty."""
    megabytes = int(os.environ.get("GIVEBACK_BENCH_PUBLISH_MB") or (QUICK if quick else MEGABYTES))
    with tempfile.TemporaryDirectory(dir=os.environ.get("GIVEBACK_BENCH_ROOM")) as place:
        folder = Path(place) / "model"
        size = make_model(folder, megabytes * 1_000_000)
        with hub(Path(place) / "theirs") as served, watched(served.process) as theirs_memory:
            theirs = _uploaded(folder, served.access, Path(place) / "home")
            theirs["stored"] = _stored(served.access.endpoint)
        with hub(Path(place) / "ours") as served, watched(served.process) as ours_memory:
            command = [sys.executable, "-m", __name__, str(folder), served.access.endpoint]
            used = cpu_of_ended_children()
            with (
                subprocess.Popen(
                    [*command, str(Path(place) / "room")],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=TOP,
                    text=True,
                ) as child,
                watched(child) as child_memory,
            ):
                told, _ = child.communicate(served.access.token)
            if child.returncode != 0:
                raise RuntimeError("the release did not end well")
            ours = {**json.loads(told), "cpu": cpu_of_ended_children() - used}
            ours["stored"] = _stored(served.access.endpoint)
    memory = {
        "the service": ours["memory"],
        "its process that talks to the Hub": child_memory.get("bot.hub.child", 0.0),
        "its process that looks for secrets": child_memory.get("bot.release.detecting", 0.0),
        "hf upload": theirs["memory"],
        "the sandbox Hub, with hf upload": max(theirs_memory.values(), default=0.0),
        "the sandbox Hub, with the release": max(ours_memory.values(), default=0.0),
    }
    return {"bytes": size, "shards": SHARDS, "theirs": theirs, "ours": ours, "memory": memory}


def _stored(url: str) -> int:
    """Count the bytes of large files that reached a Hub."""
    seen = httpx.get(f"{url}/_sandbox/requests").raise_for_status().json()["requests"]
    puts = [one for one in seen if one["method"] == "PUT" and one["path"].startswith("/_storage/")]
    return sum(one["bytes"] for one in puts)


def _uploaded(folder: Path, access: HubAccess, home: Path) -> dict[str, float]:
    """Upload a folder with the Hub's own tool, over plain LFS as the release does."""
    home.mkdir()
    program = Path(sys.executable).with_name("hf")
    command = [str(program), "upload", THEIRS, str(folder), ".", "--private"]
    start, used = time.perf_counter(), cpu_of_ended_children()
    with (
        subprocess.Popen(
            command, env=child_environment(access, home), stdout=subprocess.DEVNULL, cwd=home
        ) as child,
        watched(child) as memory,
    ):
        code = child.wait()
    if code != 0:
        raise RuntimeError(f"hf upload ended with {code}")
    return {
        "seconds": time.perf_counter() - start,
        "cpu": cpu_of_ended_children() - used,
        "memory": max(memory.values(), default=0.0),
    }


@dataclass(frozen=True)
class Served:
    """A Hub in a process of its own, and who may write to acme/*."""

    process: subprocess.Popen[bytes]
    access: HubAccess


@contextmanager
def hub(state: Path) -> Iterator[Served]:
    """Serve an empty Hub."""
    port = free_port()
    command = [sys.executable, "-m", "bot", "sandbox", "hub", "--port", str(port), "--state", str(state)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=TOP) as process:
        try:
            yield Served(process, HubAccess(url, _account(url)))
        finally:
            process.terminate()


def _account(url: str) -> str:
    until = time.monotonic() + 60
    while True:
        try:
            made = httpx.post(f"{url}/_sandbox/users", json={"name": "releaser", "orgs": {"acme": "write"}})
            return str(made.raise_for_status().json()["token"])
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def watched(process: subprocess.Popen[Any]) -> Iterator[dict[str, float]]:
    """Note the most memory in MB of a process and those below it, by the module they run."""
    most: dict[str, float] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for pid in (process.pid, *_below(process.pid)):
                module, peak = _module(pid), _peak(pid)
                most[module] = max(most.get(module, 0.0), peak)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _below(pid: int) -> list[int]:
    try:
        found = [
            int(one)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for one in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return found + [deeper for one in found for deeper in _below(one)]


def _module(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return ""
    return words[words.index("-m") + 1] if "-m" in words else words[0]


def _peak(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def _told(result: GateResult) -> str:
    return f"{result.gate}: {result.outcome}: {'; '.join(result.evidence[:3])}"


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    sending = sum(seconds for step, seconds in result["ours"]["steps"].items() if step not in APART)
    template = environment(FileSystemLoader(HERE)).get_template("publish.md.j2")
    return template.render(**result, sending=sending, apart=APART, goal=GOAL, memory_goal=MEMORY)


if __name__ == "__main__":
    model, endpoint, place = sys.argv[1:]
    print(json.dumps(carry_out(Path(model), HubAccess(endpoint, sys.stdin.read()), Path(place))))
