from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.hub.publishing import Publisher
from bot.release.actions import HubActions
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model
from tests.release.versions import forget
from tests.release.worlds import FolderSource


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return finished_model(tmp_path / "model")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[SandboxHub]:
    with running_hub(tmp_path / "hub") as running:
        yield running


@pytest.fixture(scope="module")
def origins_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHub]:
    """A Hub that only knows what the model was made from."""
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="module")
def one_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHub]:
    """A Hub that the tests of a module share."""
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def emptied_hub(one_hub: SandboxHub) -> Iterator[SandboxHub]:
    """The shared Hub, which no test leaves anything on for the next."""
    yield one_hub
    one_hub.no_faults()
    forget(one_hub)


@pytest.fixture
def source(model: Path) -> FolderSource:
    return FolderSource(model)


@pytest.fixture
async def actions(hub: SandboxHub, source: FolderSource, tmp_path: Path) -> AsyncIterator[HubActions]:
    async with Publisher(hub.access, base_timeout=60) as publisher:
        yield HubActions(source, publisher, tmp_path / "room")
