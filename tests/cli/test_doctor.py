from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from typer.testing import CliRunner

from bot.app_manifest import read_app_manifest
from bot.cli import app
from bot.sandbox.serving import Running, run_in_thread
from bot.settings import Settings
from tests.fixtures.keys import private_key

SECRET = "a-webhook-secret-that-is-long-enough"


async def answer(request: Request) -> JSONResponse:
    manifest = read_app_manifest()
    granted = {"permissions": manifest["default_permissions"], "events": manifest["default_events"]}
    hook = {"url": "https://bot.example.org/webhook", "content_type": "json", "secret": "********"}
    return JSONResponse(
        {
            "/app": {"slug": "giveback", "installations_count": 1, **granted},
            "/app/hook/config": hook,
            "/app/hook/deliveries": [],
            "/api/whoami-v2": {"name": "ada", "auth": {"accessToken": {"role": "write"}}},
        }.get(request.url.path, {})
    )


@pytest.fixture(scope="module")
def services() -> Iterator[Running]:
    with run_in_thread(Starlette(routes=[Route("/{rest:path}", answer)])) as running:
        yield running


@pytest.fixture
def environment(services: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in [*Settings.variables().values(), "GIVEBACK_SECRETS", "CREDENTIALS_DIRECTORY"]:
        monkeypatch.delenv(name, raising=False)
    return {
        "GIVEBACK_STATE": str(tmp_path / "state"),
        "GIVEBACK_GITHUB_APP_ID": "7",
        "GIVEBACK_GITHUB_PRIVATE_KEY": private_key(),
        "GIVEBACK_WEBHOOK_SECRETS": SECRET,
        "GIVEBACK_PUBLIC_URL": "https://bot.example.org",
        "GIVEBACK_HUB_TOKEN": "hf_hush",
        "GITHUB_API_URL": services.url,
        "HF_ENDPOINT": services.url,
    }


def ask(environment: dict[str, str]) -> tuple[int, str]:
    result = CliRunner(env=environment).invoke(app, ["doctor"])
    return result.exit_code, result.output


def test_a_service_without_problems_exits_with_0(environment: dict[str, str]) -> None:
    code, said = ask(environment)
    assert code == 0, said
    assert "GitHub knows the App as giveback" in said
    assert "problem" not in said


def test_a_problem_exits_with_1_and_says_what_to_do(environment: dict[str, str]) -> None:
    del environment["GIVEBACK_WEBHOOK_SECRETS"]
    code, said = ask(environment)
    assert code == 1
    assert "problem GIVEBACK_WEBHOOK_SECRETS is not set" in said
    assert "-> Set GIVEBACK_WEBHOOK_SECRETS" in said


def test_each_setting_that_cannot_be_read_is_named_and_no_other(environment: dict[str, str]) -> None:
    code, said = ask(environment | {"GIVEBACK_PORT": "many", "GIVEBACK_LOG_LEVEL": "LOUD"})
    assert code == 1
    assert [line.split(":")[0] for line in said.splitlines() if line.startswith("problem")] == [
        "problem GIVEBACK_PORT",
        "problem GIVEBACK_LOG_LEVEL",
    ]
    assert "many" not in said


def test_no_secret_is_printed(environment: dict[str, str]) -> None:
    _, said = ask(environment)
    assert SECRET not in said
    assert "hf_hush" not in said
    assert "PRIVATE KEY" not in said
