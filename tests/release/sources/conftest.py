from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.sources.servers import WebServer, web_server


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


@pytest.fixture
def other_server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder
