"""Take the database away in the middle of a release, for a while: ``python -m tests.faults.outages``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.release.progress import Status
from bot.store import open_database
from tests.crash.releases import Hold, approve, begin, order, struck, until, wrong
from tests.postgresql import empty_database, postgresql_server
from tests.processes import Service, World, open_world

SENDING = Hold("hub", "POST", r"/commit/")
"""The release has sent its files, and waits for the answer, when the database goes."""


@dataclass
class Gate:
    """A way to a server, on a port of its own, that can be shut."""

    socket: Path
    """Where the server listens."""
    own_port: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _is_shut: bool = False
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def shut(self) -> None:
        """Break every connection off, and let nobody in."""
        self._is_shut = True
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._open])

    def open(self) -> None:
        """Let everybody in again."""
        self._is_shut = False

    async def serve(self, ready: threading.Event) -> None:
        """Pass on what comes, until the loop stops."""
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.own_port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if not self._is_shut:
                far_reader, far_writer = await asyncio.open_unix_connection(self.socket)
                ways = (_copy(reader, far_writer), _copy(far_reader, writer))
                with suppress(asyncio.CancelledError):
                    await asyncio.gather(*ways)
                far_writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while content := await reader.read(1 << 16):
            writer.write(content)
            await writer.drain()
    writer.close()


@contextmanager
def gate_to(url: str) -> Iterator[tuple[str, Gate]]:
    """Give the URL of a database of a server of our own by way of a gate."""
    far = make_url(url)
    gate = Gate(Path(str(far.query["host"])) / ".s.PGSQL.5432")
    ready = threading.Event()

    def run() -> None:
        with suppress(asyncio.CancelledError, RuntimeError):
            gate._loop.run_until_complete(gate.serve(ready))

    threading.Thread(target=run, daemon=True).start()
    ready.wait()
    near = far.set(host="127.0.0.1", port=gate.own_port, query={})
    yield near.render_as_string(hide_password=False), gate
    gate._loop.call_soon_threadsafe(gate._loop.stop)


def outage(world: World, service: Service, url: str, gate: Gate, seconds: float) -> list[str]:
    """Take the database away while files are sent, bring it back, and list what is not as it should be."""
    database = open_database(url)
    release = begin(world, f"away-{seconds:.0f}", database)
    order(world, SENDING, release)
    world.alice.comment(release.repository, release.number, "/release-model")
    approve(release)
    until(lambda: struck(world, SENDING), "files being sent")
    gate.shut()
    world.control(world.hub, "DELETE", "/faults")
    time.sleep(seconds)
    found = ["it is said to be well while its database is away"] if service.is_up() else []
    gate.open()
    began = time.monotonic()
    until(lambda: release.status, "the end of the release")
    until(lambda: any("giveback:reply" in body for body in release.comments()), "the last words")
    until(lambda: service.waiting == 0, "quiet")
    _say(f"{seconds:.0f} s away: went on and ended {time.monotonic() - began:.0f} s after it was back")
    if release.status != Status.PUBLISHED:
        found.append(f"it ended as {release.record()}")
    database.dispose()
    return [*found, *wrong(release)]


def main() -> int:
    """Take the database away for as long as is said, once for each; 1 when something is wrong after it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.outages", description=main.__doc__)
    parser.add_argument("seconds", nargs="*", type=float, default=[30.0, 360.0])
    options = parser.parse_args()
    bad = 0
    with postgresql_server() as server, empty_database(server) as url, gate_to(url) as (by_gate, gate):
        folder = Path(tempfile.mkdtemp(prefix="giveback-outages-"))
        with open_world(folder, webhooks=True) as world:
            service = world.service(by_gate)
            service.start()
            for seconds in options.seconds:
                for problem in outage(world, service, url, gate, seconds):
                    bad += 1
                    _say(f"{seconds:.0f} s: {problem}")
    return 1 if bad else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
