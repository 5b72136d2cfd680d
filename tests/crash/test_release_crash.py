"""A release survives the service's death in each of its steps; ``make soak`` takes all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.releases import kill_during, wrong
from tests.processes import Service, World, open_world

Running = tuple[World, Service, str]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("world")
    database_url = f"sqlite:///{folder / 'giveback.db'}"
    with open_world(folder, webhooks=True) as world:
        service = world.service(database_url)
        service.start()
        yield world, service, database_url


@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", ["approve", "upload", "publish", "announce"])
def test_a_release_whose_service_is_killed_is_published_once(running: Running, step: str) -> None:
    assert wrong(kill_during(step, *running)) == []
