from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.hub.publishing import Publisher
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[SandboxHub]:
    with running_hub(tmp_path / "hub") as running:
        yield running


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return finished_model(tmp_path / "model")


@pytest.fixture
async def publisher(hub: SandboxHub) -> AsyncIterator[Publisher]:
    async with Publisher(hub.access, base_timeout=60) as entered:
        yield entered


@pytest.fixture(scope="module")
def origins_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHub]:
    """A Hub that only knows what models were made from."""
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running
