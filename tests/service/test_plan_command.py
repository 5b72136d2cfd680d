"""``giveback plan`` with an App: by the repository's own rules, and writing nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings
from tests.scene import Place, Scene
from tests.webhooks import SECRET


@pytest.fixture
def environment(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in (*Settings.variables().values(), "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return {
        "GIVEBACK_STATE": str(scene.folder / "plan"),
        "DATABASE_URL": f"sqlite:///{scene.folder / 'service' / 'giveback.db'}",
        "GIVEBACK_GITHUB_APP_ID": str(scene.app["id"]),
        "GIVEBACK_GITHUB_PRIVATE_KEY": scene.app["pem"],
        "GIVEBACK_WEBHOOK_SECRETS": SECRET,
        "GITHUB_API_URL": scene.github.api,
        "GIVEBACK_SLUG": scene.app["slug"],
    }


def planned(environment: dict[str, str], guid: str) -> Any:
    result = CliRunner().invoke(app, ["plan", guid, "--json"], env=environment)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)["plan"]["actions"]


def opened(scene: Scene, place: Place) -> str:
    scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    guid = scene.delivery(place.name, "issues", "opened").guid
    scene.settle()
    return guid


def test_it_decides_by_the_repositorys_own_configuration_and_writes_nothing(
    scene: Scene, environment: dict[str, str]
) -> None:
    quiet = opened(scene, scene.repository({".github/giveback.yml": "triage: {enabled: false}\n"}))
    usual = opened(scene, scene.repository())
    since = scene.github.last_request
    assert "triage" not in ", ".join(action["feature"] for action in planned(environment, quiet))
    assert "triage" in ", ".join(action["feature"] for action in planned(environment, usual))
    asked = [one for one in scene.github.requests(since) if one["installation_id"]]
    assert {one["method"] for one in asked if not one["path"].endswith("/graphql")} <= {"GET"}


def test_a_configuration_that_cannot_be_read_is_said_and_exits_with_3(
    scene: Scene, environment: dict[str, str]
) -> None:
    guid = opened(scene, scene.repository())
    environment["GITHUB_API_URL"] = "http://127.0.0.1:9"
    result = CliRunner().invoke(app, ["plan", guid], env=environment)
    assert result.exit_code == 3
    assert "The repository's configuration could not be read: GitHub could not be reached" in result.output
