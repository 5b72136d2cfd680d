"""The bot's clients on a sandbox GitHub, where the App is installed on alice's repositories."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.github.client import AppClient, InstallationClient
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.sandbox.github import create_app
from bot.sandbox.serving import run_in_thread
from tests.sandbox.github.stage import Listener, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with (
        run_in_thread(create_app(tmp_path / "github")) as server,
        Listener() as listener,
        Stage(server.url, listener) as made,
    ):
        yield made


@pytest.fixture
async def bot(stage: Stage) -> AsyncIterator[InstallationClient]:
    app = AppClient(
        api_url=f"{stage.url}/api/v3",
        app_id=str(stage.app["id"]),
        private_key=stage.app["pem"],
        writes_per_minute=6000,
    )
    yield app.installation(stage.installation["id"])
    await app.close()


@pytest.fixture
def reader(bot: InstallationClient, stage: Stage) -> GitHubReader:
    return GitHubReader(bot, stage.url)


@pytest.fixture
def writer(bot: InstallationClient) -> GitHubWriter:
    return GitHubWriter(bot)
