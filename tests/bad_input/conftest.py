from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bad_input.world import World, open_world


# DBOS is one per process: a world that outlived its module would lose it to the next module's service.
@pytest.fixture(scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """A GitHub, a Hub and a service that a module shares; each test makes places of its own."""
    yield _world
    _world.github.no_faults()
    _world.hub.no_faults()
