"""A release survives the service's death in each of its steps; ``make soak`` takes all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.store import open_database
from tests.crash.releases import crash_until_given_up, kill_during, wrong
from tests.processes import Service, World, open_world

Running = tuple[World, Service, Engine]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("world")
    database_url = f"sqlite:///{folder / 'giveback.db'}"
    with open_world(folder, webhooks=True) as world:
        service = world.service(database_url)
        service.start()
        database = open_database(database_url)
        yield world, service, database
        database.dispose()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", ["approve", "upload", "publish", "announce"])
def test_a_release_whose_service_is_killed_is_published_once(running: Running, step: str) -> None:
    assert wrong(kill_during(step, *running)) == []


@pytest.mark.timeout(300)
def test_a_step_that_ends_the_service_again_and_again_ends_the_release_in_words(running: Running) -> None:
    release = crash_until_given_up(*running)
    assert release.status == "failed"
    (ending,) = [body for body in release.comments() if "ended without publishing" in body]
    assert "An internal error stopped the step “collect”" in ending
