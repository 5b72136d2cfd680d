"""Kill the service at random moments under load, again and again, and count what came of every delivery."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from tests.crash.counting import count, remember
from tests.crash.load import Load
from tests.processes import Json, Service, World

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


def campaign(
    world: World,
    database_url: str,
    rounds: int,
    seed: int,
    *,
    rate: float = RATE,
    seconds: float = float("inf"),
) -> Figures:
    """Kill the service ``rounds`` times, or as often as ``seconds`` allow, and count at the end.

    The moments come from ``seed``; what the service is doing at each of them is up to the machine.
    """
    began, moments = time.monotonic(), random.Random(seed)
    name = _new_name()
    service = world.service(database_url, name)
    with _under_load(world, [service], world.repository(name), rate, seed) as load:
        early: list[bool] = []
        while len(early) < rounds and time.monotonic() - began < seconds:
            early.append(_kill_once(service, moments))
    return _figures(load, service, database_url, began, kills=len(early), starting=sum(early))


def takeover(
    world: World, database_url: str, seed: int, *, rate: float = RATE, dead_after: float = 3.0
) -> Figures:
    """Let two workers share the load, kill one for good, and count at the end.

    Only a PostgreSQL database can be shared. ``dead_after`` is in seconds.
    """
    began, moments = time.monotonic(), random.Random(seed)
    name = _new_name()
    doomed, heir = (
        world.service(database_url, f"{name}-{who}", GIVEBACK_DEAD_AFTER=str(dead_after))
        for who in ("doomed", "heir")
    )
    with _under_load(world, [doomed, heir], world.repository(name), rate, seed) as load:
        time.sleep(2 + moments.uniform(*LIVES))
        doomed.kill()
        time.sleep(1)
    return _figures(load, heir, database_url, began, kills=1, starting=0)


def _new_name() -> str:
    return f"campaign-{uuid.uuid4().hex[:8]}"


@contextmanager
def _under_load(
    world: World, services: Sequence[Service], repository: Json, rate: float, seed: int
) -> Iterator[Load]:
    for service in services:
        service.start()
    load = Load(world, repository, [service.url for service in services], rate, seed)
    load.start()
    try:
        yield load
    finally:
        load.stop()


def _kill_once(service: Service, moments: random.Random) -> bool:
    """Kill the service and start it again; tell whether it was killed before it answered."""
    if moments.random() < KILLED_WHILE_STARTING:
        service.kill()
        service.begin()
        time.sleep(moments.uniform(0.5, 2.5))
        early = not service.is_up()
    else:
        time.sleep(moments.uniform(*LIVES))
        early = False
    service.kill()
    service.start()
    return early


def await_quiet(service: Service) -> None:
    """Wait until the service has nothing left to do."""
    deadline = time.monotonic() + QUIET_SECONDS
    while (waiting := service.waiting) > 0:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{waiting} deliveries still wait after {QUIET_SECONDS:.0f} s")
        time.sleep(0.1)


def _figures(
    load: Load, service: Service, database_url: str, began: float, *, kills: int, starting: int
) -> Figures:
    """Let the service finish what it has, and count."""
    await_quiet(service)
    service.stop()
    memory = remember(database_url)
    counted = count(load.sent, memory, load.world.alice, load.repository["full_name"])
    return Figures(
        database=make_url(database_url).get_backend_name(),
        seed=load.seed,
        kills=kills,
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
