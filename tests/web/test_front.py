from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.app_manifest import read_app_manifest
from bot.sandbox.github import create_app as create_github
from bot.sandbox.serving import run_in_thread
from bot.settings import read_settings
from bot.web import front


def shown(**given: Any) -> str:
    app = FastAPI()
    app.include_router(front.routes(read_settings(**given)))
    with run_in_thread(app) as service:
        answer = httpx.get(service.url)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return answer.text


def test_it_says_what_this_is_and_how_to_install_it() -> None:
    text = shown(slug="acme-helper")
    assert "A GitHub App for AI repositories" in text
    assert 'href="https://github.com/apps/acme-helper"' in text
    assert 'href="/health"' in text


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://api.github.com", "https://github.com/apps/giveback"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com/apps/giveback"),
        ("https://git.acme.org/api/v3", "https://git.acme.org/github-apps/giveback"),
    ],
)
def test_the_apps_page_is_where_each_edition_of_github_has_it(api: str, page: str) -> None:
    assert front.app_page(read_settings(github_api_url=api)) == page


def test_it_says_when_nothing_can_be_published_or_changed() -> None:
    assert "it publishes no models" in shown()
    text = shown(hub_token="hf_hush", dry_run=True)
    assert "It publishes models to https://huggingface.co" in text
    assert "This is a dry run" in text
    assert "hush" not in text


def test_the_apps_page_is_there_on_the_sandbox_too(tmp_path: Path) -> None:
    with run_in_thread(create_github(tmp_path)) as github:
        app = {
            "name": "Giveback",
            "manifest": read_app_manifest(),
            "webhook_url": "http://127.0.0.1:9/webhook",
        }
        httpx.post(f"{github.url}/_sandbox/apps", json=app).raise_for_status()
        page = front.app_page(read_settings(github_api_url=f"{github.url}/api/v3"))
        assert "Permissions" in httpx.get(page).text
