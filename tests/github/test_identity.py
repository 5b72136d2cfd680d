"""What the service asks GitHub about its own name before it starts."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.github.identity import check_slug
from bot.sandbox.demo.stage import free_port
from bot.settings import Settings, SettingsError
from tests.sandbox.github.stage import Stage


def settings(stage: Stage, **changed: Any) -> Settings:
    given = {
        "github_app_id": str(stage.app["id"]),
        "github_private_key": stage.app["pem"],
        "webhook_secrets": "s",
        "github_api_url": f"{stage.url}/api/v3",
        "slug": stage.app["slug"],
    }
    return Settings(**{**given, **changed})


async def test_the_name_github_knows_the_app_by_is_fine(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await check_slug(settings(stage))
    assert caplog.records == []


async def test_another_name_is_a_mistake_in_the_settings_that_says_how_to_mend_it(stage: Stage) -> None:
    slug = stage.app["slug"]
    with pytest.raises(SettingsError) as caught:
        await check_slug(settings(stage, slug="somebody-else"))
    assert str(caught.value) == f"GIVEBACK_SLUG: GitHub knows this App as {slug}; set GIVEBACK_SLUG={slug}"


@pytest.mark.parametrize(
    ("wrong", "level", "words"),
    [
        ({"github_api_url": "http://127.0.0.1:{port}"}, logging.WARNING, "could not be checked"),
        ({"github_app_id": "987654"}, logging.ERROR, "GitHub does not accept the App (40"),
        ({"github_private_key": "nonsense"}, logging.ERROR, "private key cannot be used"),
    ],
    ids=["away", "unknown", "no key"],
)
async def test_what_github_cannot_or_will_not_say_stops_no_start(
    stage: Stage, caplog: pytest.LogCaptureFixture, wrong: dict[str, str], level: int, words: str
) -> None:
    changed = {name: value.format(port=free_port()) for name, value in wrong.items()}
    await check_slug(settings(stage, slug="somebody-else", **changed))
    (said,) = [record for record in caplog.records if record.name == "bot.github.identity"]
    assert (said.levelno, words in said.getMessage()) == (level, True)
