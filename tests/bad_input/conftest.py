from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bad_input.world import World, open_world


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """A GitHub, a Hub and a service that the whole folder shares; each test makes places of its own."""
    yield _world
    _world.github.no_faults()
    _world.hub.no_faults()
