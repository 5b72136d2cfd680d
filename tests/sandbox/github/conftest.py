"""A running sandbox, people who talk to it, and an App that listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.github import create_app
from bot.sandbox.serving import Running, run_in_thread
from tests.sandbox.github.stage import Listener, Stage


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with run_in_thread(create_app(tmp_path / "github")) as running:
        yield running


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listening:
        yield listening


@pytest.fixture
def stage(server: Running, listener: Listener) -> Iterator[Stage]:
    """Alice owns alice/models, where the App Giveback is installed; Bob is a passer-by."""
    with Stage(server.url, listener) as set_up:
        yield set_up
