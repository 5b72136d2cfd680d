from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bad_input.world import World, open_world
from tests.scene import Scene, open_scene


@pytest.fixture(scope="module")
def _stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with open_scene(tmp_path_factory.mktemp("scene")) as scene:
        yield scene


@pytest.fixture
def scene(_stage: Scene) -> Iterator[Scene]:
    """A GitHub and a service that a whole module shares; each test makes repositories of its own."""
    yield _stage
    _stage.github.no_faults()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A GitHub, a Hub and a service that a whole module shares."""
    with open_world(tmp_path_factory.mktemp("world")) as made:
        yield made
