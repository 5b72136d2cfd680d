"""Kill the service at random moments under load, again and again, and count what came of every delivery."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass

import httpx
from sqlalchemy.engine import make_url

from tests.crash.counting import count, remember
from tests.crash.load import Load
from tests.processes import Service, World

RATE = 25.0
"""Deliveries a second, more than the service can work off while it is killed all the time."""

LIVES = (0.1, 3.0)
"""Seconds the service may live under load before it is killed."""

KILLED_WHILE_STARTING = 0.25
"""Share of the kills that strike before the service answers again, while it recovers."""

QUIET_SECONDS = 300.0


@dataclass(frozen=True)
class Figures:
    """What a campaign came to."""

    database: str
    seed: int
    kills: int
    kills_while_starting: int
    threads: int
    sent: int
    acknowledged: int
    cut: int
    """Deliveries whose connection a kill broke."""
    repeated: int
    """Times an acknowledged delivery was sent again."""
    handled: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    uncalled: tuple[str, ...]
    begun_again: int
    """Deliveries whose work was begun more than once."""
    seconds: float


def campaign(world: World, database_url: str, rounds: int, seed: int, *, rate: float = RATE) -> Figures:
    """Kill the service ``rounds`` times and count at the end.

    The moments come from ``seed``; what the service is doing at each of them is up to the machine.
    """
    began = time.monotonic()
    moments = random.Random(seed)
    name = f"campaign-{uuid.uuid4().hex[:8]}"
    service = world.service(database_url, name)
    repository = world.repository(name)
    service.start()
    load = Load(world, repository, [service.url], rate, seed)
    load.start()
    starting = 0
    try:
        for _ in range(rounds):
            starting += _kill_once(service, moments)
    finally:
        load.stop()
    await_quiet(service.url)
    service.stop()
    memory = remember(database_url)
    counted = count(load.sent, memory, world.alice, repository["full_name"])
    return Figures(
        database=make_url(database_url).get_backend_name(),
        seed=seed,
        kills=rounds,
        kills_while_starting=starting,
        threads=len({one.number for one in load.sent}),
        sent=len(load.sent),
        acknowledged=load.acknowledged,
        cut=sum(one.cut for one in load.sent),
        repeated=sum(one.repeats for one in load.sent),
        handled=counted.handled,
        lost=tuple(counted.lost),
        doubled=tuple(counted.doubled),
        uncalled=tuple(counted.uncalled),
        begun_again=sum(row.attempts > 1 for row in memory.deliveries.values()),
        seconds=time.monotonic() - began,
    )


def _kill_once(service: Service, moments: random.Random) -> bool:
    """Kill the service and start it again; tell whether it was killed while it started."""
    if moments.random() < KILLED_WHILE_STARTING:
        service.kill()
        service.begin()
        time.sleep(moments.uniform(1.0, 4.0))
        early = not service.is_up()
    else:
        time.sleep(moments.uniform(*LIVES))
        early = False
    service.kill()
    service.start()
    return early


def await_quiet(url: str) -> None:
    """Wait until the service has nothing left to do."""
    deadline = time.monotonic() + QUIET_SECONDS
    while (waiting := httpx.get(f"{url}/health", timeout=30).json()["waiting"]) > 0:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{waiting} deliveries still wait after {QUIET_SECONDS:.0f} s")
        time.sleep(0.2)
