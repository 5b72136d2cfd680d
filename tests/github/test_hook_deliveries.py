"""GitHub's record of webhooks, on the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.errors import RefusedError
from bot.github import hook_deliveries
from bot.github.client import AppClient
from bot.github.hook_deliveries import attempts_since, deliver_again
from tests.sandbox.github.stage import Stage


@pytest.fixture
async def app(stage: Stage) -> AsyncIterator[AppClient]:
    made = AppClient(api_url=f"{stage.url}/api/v3", app_id=str(stage.app["id"]), private_key=stage.app["pem"])
    yield made
    await made.close()


def opened(stage: Stage, number: int, status: int = 202) -> None:
    stage.settled().status = status
    for each in range(number):
        stage.bob.post("/repos/alice/models/issues", {"title": f"{each}"})
    stage.settled().status = 202


async def test_the_attempts_are_listed_newest_first_over_all_pages(
    stage: Stage, app: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_deliveries, "PER_PAGE", 2)
    opened(stage, 2)
    opened(stage, 2, status=503)
    found = await attempts_since(app, 0.0, most_pages=100)
    assert [each.succeeded for each in found[:4]] == [False, False, True, True]
    assert [each.id for each in found] == sorted((each.id for each in found), reverse=True)
    assert len(await attempts_since(app, 0.0, most_pages=2)) == 4


async def test_the_list_ends_with_the_moment_asked_for(stage: Stage, app: AppClient) -> None:
    opened(stage, 1)
    (newest, *_) = await attempts_since(app, 0.0, most_pages=1)
    assert await attempts_since(app, newest.moment + 1, most_pages=100) == []


async def test_a_webhook_is_sent_again_under_its_guid(stage: Stage, app: AppClient) -> None:
    opened(stage, 1, status=503)
    (failed, *_) = await attempts_since(app, 0.0, most_pages=1)
    await deliver_again(app, failed.id)
    arrived = [each.headers["x-github-delivery"] for each in stage.settled().arrivals]
    assert arrived.count(failed.guid) == 2
    newest = (await attempts_since(app, 0.0, most_pages=1))[0]
    assert (newest.guid, newest.succeeded) == (failed.guid, True)


async def test_one_there_is_not_is_refused(app: AppClient) -> None:
    with pytest.raises(RefusedError):
        await deliver_again(app, 123456789)
