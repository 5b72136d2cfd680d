"""Measure how many deliveries the inbox acknowledges, against a Probot app that only counts them."""

from __future__ import annotations

import json
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from jinja2 import FileSystemLoader
from sqlalchemy import func
from sqlmodel import Session, select

from bot.rendering import environment
from bot.store import Delivery, open_database
from tests.bench import machine
from tests.postgresql import empty_database, postgresql_server
from tests.webhooks import SECRET, sign

HERE = Path(__file__).parent
CONNECTIONS = 32
PAYLOAD_BYTES = 12_000
QUIET = 0.3
"""Cores other programs may use during a round; a round with more is measured again."""


class Round(NamedTuple):
    """One run of wrk against one server. Times are milliseconds."""

    rate: float
    """Deliveries answered with 2xx, a second."""
    p50: float
    p99: float
    longest: float
    acknowledged: int
    kept: int
    """Deliveries the server says it has: rows in its database, or its count."""
    cpu: float
    """Microseconds of the server's CPU for each delivery."""
    others: float
    """Cores that other programs and the system itself used meanwhile."""


class Server(NamedTuple):
    """A running server under measurement."""

    url: str
    pid: int
    kept: Callable[[], int]
    alone: bool = True
    """Whether the process does all the work; a database server's part cannot be told from others' work."""


@contextmanager
def _listening(command: Sequence[str | Path], environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Run a server that prints its address first; give the address and the process's id."""
    root = HERE.parent.parent
    path = {"PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=root, env={**path, **environment}
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"{command} did not start")
            yield url, process.pid
        finally:
            process.terminate()


@contextmanager
def inbox_on_sqlite() -> Iterator[Server]:
    """Serve the inbox as ``giveback serve`` does, on a new SQLite file that syncs every commit."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/giveback.db"
        command = [sys.executable, "-m", "tests.inbox_process", url]
        with _listening(command, {}) as (address, pid):
            yield Server(address, pid, lambda: rows(url))


@contextmanager
def probot() -> Iterator[Server]:
    """Serve the Probot app that counts in memory."""
    environment = {"WEBHOOK_SECRET": SECRET, "NODE_ENV": "production"}
    with _listening([machine.NODE, HERE / "probot" / "index.js"], environment) as (address, pid):
        yield Server(address, pid, lambda: int(httpx.get(f"{address}/count").text))


@contextmanager
def inbox_on_postgresql() -> Iterator[Server]:
    """Serve the inbox as ``giveback serve`` does, on a new PostgreSQL on the same machine."""
    with postgresql_server() as server, empty_database(server) as url:
        command = [sys.executable, "-m", "tests.inbox_process", url]
        with _listening(command, {}) as (address, pid):
            yield Server(address, pid, lambda: rows(url), alone=False)


SERVERS = {
    "Probot 14, counting in memory": probot,
    "Giveback's inbox, durable in SQLite": inbox_on_sqlite,
    "Giveback's inbox, durable in PostgreSQL": inbox_on_postgresql,
}


def rows(database_url: str) -> int:
    """Count the deliveries in a database."""
    database = open_database(database_url)
    with Session(database) as session:
        count = session.exec(select(func.count()).select_from(Delivery)).one()
    database.dispose()
    return count


def prepare() -> bytes:
    """Install what is measured against; give the payload, GitHub's ``issues.opened`` nearest 12 kB."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed to put load on the servers: apt-get install wrk")
    packages = HERE / "probot" / "node_modules"
    if not packages.is_dir():
        npm = Path(sys.executable).with_name("npm")
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=packages.parent, check=True
        )
    examples = json.loads((packages / "@octokit/webhooks-examples/api.github.com/index.json").read_bytes())
    issues = next(event["examples"] for event in examples if event["name"] == "issues")
    bodies = [
        json.dumps(example, separators=(",", ":"), ensure_ascii=False).encode()
        for example in issues
        if example["action"] == "opened"
    ]
    return min(bodies, key=lambda body: abs(len(body) - PAYLOAD_BYTES))


def measure(server: Server, body: Path, seconds: int) -> Round:
    """Put load on a server once."""
    signature = sign(body.read_bytes())
    server_cpu, everything = machine.cpu_of(server.pid), machine.cpu_of_everything()
    load_cpu = machine.cpu_of_ended_children()
    load: list[str | Path] = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "-s",
        HERE / "load.lua",
        server.url,
    ]
    wrk = subprocess.run(
        [*load, "--", body, signature, str(secrets.randbelow(2**31))],
        capture_output=True,
        text=True,
        check=True,
    )
    server_cpu = machine.cpu_of(server.pid) - server_cpu
    ours = server_cpu + machine.cpu_of_ended_children() - load_cpu
    measured: dict[str, float] = json.loads(wrk.stdout.splitlines()[-1])
    duration = measured["microseconds"] / 1e6
    if measured["refused"] or measured["broken"]:
        raise RuntimeError(f"{measured['refused']} refused and {measured['broken']} broken requests")
    acknowledged = int(measured["requests"])
    return Round(
        rate=acknowledged / duration,
        p50=measured["p50"] / 1000,
        p99=measured["p99"] / 1000,
        longest=measured["max"] / 1000,
        acknowledged=acknowledged,
        kept=server.kept(),
        cpu=server_cpu / acknowledged * 1e6,
        others=(machine.cpu_of_everything() - everything - ours) / duration,
    )


def run(quick: bool) -> dict[str, Any]:
    """Measure every server in turn, several rounds, each round on a server started anew.

    Raises:
        RuntimeError: a server refused requests, or does not have what it acknowledged.
    """
    rounds, seconds = (2, 3) if quick else (7, 10)
    body = prepare()
    taken: dict[str, list[Round]] = {name: [] for name in SERVERS}
    waits: list[float] = []
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        for _ in range(rounds):
            waits += machine.disk_waits(2)
            for name, serve in SERVERS.items():
                taken[name].append(_undisturbed_round(name, serve, Path(file.name), seconds))
    return {
        "payload_bytes": len(body),
        "seconds": seconds,
        "disk": {
            "p50": statistics.median(waits),
            "p99": statistics.quantiles(waits, n=100)[-1],
            "longest": max(waits),
        },
        "rounds": {name: [one._asdict() for one in results] for name, results in taken.items()},
    }


def _undisturbed_round(
    name: str, serve: Callable[[], AbstractContextManager[Server]], body: Path, seconds: int
) -> Round:
    """Measure a server started anew; again, up to twice, when other programs kept the machine busy."""
    for _attempt in range(3):
        with serve() as server:
            measure(server, body, 1)  # the first second is for warming up
            before = server.kept()
            result = measure(server, body, seconds)
        result = result._replace(kept=result.kept - before)
        # wrk hangs up at its end: what was on its way then, here and while warming up, is kept all the same.
        if not 0 <= result.kept - result.acknowledged <= 2 * CONNECTIONS:
            raise RuntimeError(f"{name}: {result.acknowledged} acknowledged, {result.kept} kept")
        print(
            f"{name}: {result.rate:,.0f}/s, p50 {result.p50:.1f} ms, p99 {result.p99:.1f} ms, "
            f"{result.cpu:.0f} µs of CPU each, other programs {result.others:.2f} cores"
        )
        if result.others <= QUIET or not server.alone:
            break
    return result


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    servers = [
        {
            "name": name,
            "lowest": min(one["rate"] for one in rounds),
            "highest": max(one["rate"] for one in rounds),
            **{field: statistics.median(one[field] for one in rounds) for field in Round._fields},
            "longest": max(one["longest"] for one in rounds),
        }
        for name, rounds in result["rounds"].items()
    ]
    theirs, ours, *_ = servers
    return (
        environment(FileSystemLoader(HERE))
        .get_template("inbox.md.j2")
        .render(
            servers=servers,
            rate_ratio=ours["rate"] / theirs["rate"],
            p99_ratio=ours["p99"] / theirs["p99"],
            payload_bytes=result["payload_bytes"],
            connections=CONNECTIONS,
            seconds=result["seconds"],
            count=len(result["rounds"][ours["name"]]),
            busiest=max(one["others"] for rounds in list(result["rounds"].values())[:2] for one in rounds),
            quiet=QUIET,
            disk=result["disk"],
        )
    )
