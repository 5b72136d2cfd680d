"""Reading a repository's history from a sandbox GitHub, with the steps of the engine done one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot import histories, memory
from bot.durable import GaveUpError, Patience
from bot.errors import TransientError
from bot.events import Thread
from bot.github.client import AppClient, InstallationClient
from bot.github.limits import PrimaryLimit
from bot.github.reader import GitHubReader
from bot.installations import Installation
from bot.knowledge import TAUGHT
from bot.learning import Learning, LearnJob
from bot.sandbox.github import create_app
from bot.sandbox.serving import run_in_thread
from bot.triage.disclosure import HIDDEN
from bot.triage.history import PastIssue
from bot.triage.similar.remembered import FIX
from tests.sandbox.github.stage import Listener, Stage, pull_request

MODELS = "/repos/alice/models"


class KilledError(Exception):
    """The process is gone."""


class Steps:
    """Does the steps of a job, and may be killed before one of them."""

    job = "learn/here"
    patience = Patience(attempts=1)

    def __init__(self, killed_before: int = 1_000) -> None:
        self.left = killed_before
        self.names: list[str] = []

    async def step(self, name: str, action: Callable[[], Awaitable[str]]) -> str:
        if not self.left:
            raise KilledError
        self.left -= 1
        self.names.append(name)
        try:
            return await action()
        except TransientError as error:
            raise GaveUpError(str(error), transient=True) from error

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("it does not sleep")

    async def receive(self, topic: str, seconds: float) -> str | None:
        raise AssertionError("it waits for nobody")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with (
        run_in_thread(create_app(tmp_path / "github")) as server,
        Listener() as listener,
        Stage(server.url, listener) as made,
    ):
        yield made


@pytest.fixture
async def client(stage: Stage) -> AsyncIterator[InstallationClient]:
    key, number = stage.app["pem"], str(stage.app["id"])
    app = AppClient(api_url=f"{stage.url}/api/v3", app_id=number, private_key=key)
    yield app.installation(stage.installation["id"])
    await app.close()


@pytest.fixture
def here(stage: Stage) -> Thread:
    return Thread("alice/models", 0, stage.bot.get(MODELS)["id"])


@pytest.fixture
def read(
    stage: Stage, client: InstallationClient, database: Engine, here: Thread
) -> Callable[[Steps], Awaitable[None]]:
    opened = cast(Installation, SimpleNamespace(reader=GitHubReader(client, stage.url)))
    learning = Learning(database, lambda _: opened, lambda _: "learned")

    async def run(steps: Steps) -> None:
        argument = LearnJob(installation=1, place=here).model_dump_json()
        await learning.handle(argument, steps)

    return run


Read = Callable[[Steps], Awaitable[None]]


def opened(stage: Stage, count: int, **more: Any) -> list[int]:
    path = f"{MODELS}/issues"
    asked = [stage.bob("POST", path, {"title": f"Issue {n}", **more}, described=False) for n in range(count)]
    return [answer.json()["number"] for answer in asked]


def kept(database: Engine, here: Thread) -> dict[int, PastIssue]:
    with Session(database) as session:
        return {issue.number: issue for issue in histories.all_of(session, here.home)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_killed_in_the_middle_it_goes_on_with_the_page_it_was_at(
    stage: Stage, database: Engine, here: Thread, read: Read
) -> None:
    numbers = opened(stage, 205)
    with pytest.raises(KilledError):
        await read(Steps(killed_before=1))
    assert len(kept(database, here)) == 100
    again = Steps()
    await read(again)
    assert sorted(kept(database, here)) == numbers
    assert again.names.count("read a page") == 2
    assert again.names[-1] == "learn"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_missed_comes_in_with_the_next_night(
    stage: Stage, database: Engine, here: Thread, read: Read
) -> None:
    (number,) = opened(stage, 1)
    await read(Steps())
    stage.bob.patch(f"{MODELS}/issues/{number}", {"title": "It says something else"})
    (later,) = opened(stage, 1)
    await read(Steps())
    assert {one.number: one.title for one in kept(database, here).values()} == {
        number: "It says something else",
        later: "Issue 0",
    }


async def test_marks_and_fixes_of_closed_issues_are_kept(
    stage: Stage, database: Engine, here: Thread, read: Read
) -> None:
    first, second = opened(stage, 2)
    stage.alice.post(f"{MODELS}/issues/{second}/comments", {"body": f"Duplicate of #{first}"})
    stage.alice.patch(f"{MODELS}/issues/{second}", {"state": "closed"})
    pull = pull_request(stage, "topic", {"a.txt": "1"}, body=f"Fixes #{first}")
    stage.alice.put(f"{MODELS}/pulls/{pull['number']}/merge", {})
    for _ in range(2):
        await read(Steps())
        assert kept(database, here)[second].duplicate_of == (first,)
        with Session(database) as session:
            (fix,) = memory.recall(
                session, Thread(here.repository, first, here.repository_id), TAUGHT
            ).items()
        assert (fix[0], fix[1]["by"]) == (FIX, pull["number"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_out_of_view_is_not_kept(
    stage: Stage, database: Engine, here: Thread, read: Read
) -> None:
    opened(stage, 1, body=f"{HIDDEN}\n\nmoved")
    await read(Steps())
    assert kept(database, here) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_last_part_of_an_hours_requests_is_left_to_people(
    stage: Stage, database: Engine, here: Thread, read: Read, client: InstallationClient
) -> None:
    opened(stage, 1)
    client.primary_limit = PrimaryLimit(limit=5000, remaining=999, resets=2**40)
    steps = Steps()
    await read(steps)
    assert steps.names == ["read a page"]
    assert kept(database, here) == {}
