"""A sandbox GitHub with a thread on it, and what carries plans out there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.actions import Action, DecideRelease, LearnHistory, StartRelease, TakeBack
from bot.apply import Applier
from bot.errors import RefusedError
from bot.events import Thread
from bot.github.client import AppClient
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.plan import merge
from bot.sandbox.github import create_app
from bot.sandbox.serving import run_in_thread
from tests.sandbox.github.stage import Listener, Stage

MODELS = "/repos/alice/models"


class NoLongWork:
    """Begins nothing, for there is no engine: it refuses."""

    async def learn_history(self, action: LearnHistory, installation: int) -> None:
        raise RefusedError("nothing is learned here", 422)

    async def start_release(self, action: StartRelease, installation: int) -> None:
        raise RefusedError("Another release of this model has not ended.", 422)

    async def decide_release(self, action: DecideRelease, key: str) -> None:
        raise RefusedError("nothing is released here", 422)

    async def take_back(self, action: TakeBack, installation: int) -> None:
        raise RefusedError("nothing is taken back here", 422)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'giveback.db'}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with (
        run_in_thread(create_app(tmp_path_factory.mktemp("github"))) as server,
        Listener() as listener,
        Stage(server.url, listener) as made,
    ):
        yield made


@pytest.fixture
async def applier(stage: Stage, database: Engine) -> AsyncIterator[Applier]:
    app = AppClient(
        api_url=f"{stage.url}/api/v3",
        app_id=str(stage.app["id"]),
        private_key=stage.app["pem"],
        writes_per_minute=6000,
    )
    client = app.installation(stage.installation["id"])
    yield Applier(
        database=database,
        installation=stage.installation["id"],
        bot_login=await client.login(),
        reader=GitHubReader(client, stage.url),
        writer=GitHubWriter(client),
        long_work=NoLongWork(),
        section_order=["triage", "routing"],
    )
    await app.close()


@pytest.fixture
def thread(stage: Stage) -> Thread:
    number = stage.bob.post(f"{MODELS}/issues", {"title": "RCE", "body": "the exploit"})["number"]
    return Thread("alice/models", number, stage.bot.get(MODELS)["id"])


def own_comments(stage: Stage, thread: Thread) -> list[str]:
    comments = stage.bob.get(f"{MODELS}/issues/{thread.number}/comments")
    return [one["body"] for one in comments if one["user"]["login"].endswith("[bot]")]


async def apply(applier: Applier, name: str, *actions: Action, **options: Any) -> Any:
    return await applier.apply(merge([actions]), name, **options)
