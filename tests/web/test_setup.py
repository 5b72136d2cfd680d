from __future__ import annotations

import html
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.app_manifest import events, permissions, read_app_manifest
from bot.sandbox.github import create_app as create_github
from bot.sandbox.serving import Running, run_in_thread
from bot.settings import Settings, read_settings
from bot.web.setup import STATE_LIFE, Leaves, create_setup_app

KEY = "the-key-on-the-console"
PUBLIC_URL = "https://giveback.example.org"


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run_in_thread(create_github(tmp_path_factory.mktemp("github"))) as running:
        yield running


@pytest.fixture
def settings(github: Running, tmp_path: Path) -> Settings:
    return read_settings(state=tmp_path / "state", github_api_url=f"{github.url}/api/v3")


@pytest.fixture
def service(settings: Settings) -> Iterator[Running]:
    with run_in_thread(create_setup_app(settings, KEY)) as running:
        yield running


def choose(service: Running, **given: str) -> httpx.Response:
    form = {"key": KEY, "owner": "person", "public_url": service.url, **given}
    return httpx.post(f"{service.url}/setup", data=form)


def form_for_github(answer: httpx.Response) -> tuple[str, dict[str, Any]]:
    action = html.unescape(re.findall(r'action="([^"]+)"', answer.text)[0])
    manifest = html.unescape(re.findall(r'name="manifest" value="([^"]+)"', answer.text)[0])
    return action, json.loads(manifest)


def register(service: Running, **given: str) -> httpx.Response:
    """Go the whole way, as a browser would."""
    action, manifest = form_for_github(choose(service, **given))
    # Each App has a name of its own on GitHub, which its registration page lets people choose.
    manifest["name"] = f"Giveback {service.port}"
    return httpx.post(action, data={"manifest": json.dumps(manifest)}, follow_redirects=True)


def lines(settings: Settings) -> dict[str, str]:
    text = (settings.state / "app.env").read_text()
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_front_page_says_that_there_is_no_app_and_leads_to_the_setup(service: Running) -> None:
    answer = httpx.get(service.url)
    assert answer.status_code == 200
    assert "No App is set up yet" in answer.text
    assert 'href="/setup"' in answer.text
    assert httpx.get(f"{service.url}/health").json()["status"] == "no App is set up yet"


def test_the_form_says_what_the_app_will_be_allowed_to_do_and_why(service: Running) -> None:
    text = html.unescape(httpx.get(f"{service.url}/setup").text)
    for need in [*permissions(), *events()]:
        assert need.name in text
        assert need.reason in text


def test_the_manifest_is_app_yml_with_the_addresses_of_this_service(service: Running) -> None:
    _, manifest = form_for_github(choose(service, public_url=f"{PUBLIC_URL}/"))
    assert manifest == read_app_manifest() | {
        "url": PUBLIC_URL,
        "hook_attributes": {"active": True, "url": f"{PUBLIC_URL}/webhook"},
        "redirect_url": f"{PUBLIC_URL}/setup/done",
    }


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"owner": "person"}, "/settings/apps/new"),
        ({"owner": "organization", "organization": "acme-ai"}, "/organizations/acme-ai/settings/apps/new"),
    ],
)
def test_a_person_or_an_organisation_can_own_the_app(
    service: Running, github: Running, given: dict[str, str], path: str
) -> None:
    action, _ = form_for_github(choose(service, **given))
    assert action.startswith(f"{github.url}{path}?state=")


def test_the_credentials_end_in_files_for_the_owners_eyes_and_the_service_starts_with_them(
    service: Running, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = register(service)
    assert answer.status_code == 200
    assert "is registered" in answer.text
    for name in ("app.env", "app.pem"):
        assert stat.S_IMODE((settings.state / name).stat().st_mode) == 0o600
    for name, value in lines(settings).items():
        assert name in answer.text
        monkeypatch.setenv(name, value)
    started = read_settings(state=settings.state, github_api_url=settings.github_api_url)
    assert started.missing() == []
    assert started.slug == f"giveback-{service.port}"
    assert started.public_url == service.url


def test_no_secret_is_on_any_page(service: Running, settings: Settings) -> None:
    pages = [register(service), httpx.get(service.url), httpx.get(f"{service.url}/setup")]
    secrets = [lines(settings)["GIVEBACK_WEBHOOK_SECRETS"], "PRIVATE KEY", KEY]
    assert all(secret and secret not in page.text for page in pages for secret in secrets)
    assert all(page.headers["cache-control"] == "no-store" for page in pages)
    assert all(page.headers["referrer-policy"] == "no-referrer" for page in pages)


def test_without_the_key_nobody_gets_on(service: Running) -> None:
    answer = choose(service, key="guessed")
    assert answer.status_code == 422
    assert "This is not the key" in answer.text
    assert "manifest" not in answer.text


@pytest.mark.parametrize("state", ["", "invented", "é"])
def test_a_code_without_a_state_of_ours_is_not_taken(
    service: Running, settings: Settings, state: str
) -> None:
    answer = httpx.get(f"{service.url}/setup/done", params={"code": "abc", "state": state})
    assert answer.status_code == 403
    assert not settings.state.exists()


def test_a_code_that_github_does_not_know_changes_nothing_and_uses_the_state_up(
    service: Running, settings: Settings
) -> None:
    action, _ = form_for_github(choose(service))
    state = parse_qs(urlsplit(action).query)["state"][0]
    done = f"{service.url}/setup/done"
    first = httpx.get(done, params={"code": "../../app", "state": state})
    assert first.status_code == 502
    assert "GitHub answered 404" in first.text
    assert httpx.get(done, params={"code": "abc", "state": state}).status_code == 403
    assert not (settings.state / "app.env").exists()


def test_a_state_is_good_for_an_hour_and_once() -> None:
    leaves = Leaves()
    state = leaves.leave(PUBLIC_URL, 1000.0)
    assert leaves.come_back(state, 1000.0 + STATE_LIFE) is None
    state = leaves.leave(PUBLIC_URL, 1000.0)
    assert leaves.come_back(state, 999.0 + STATE_LIFE) == PUBLIC_URL
    assert leaves.come_back(state, 999.0 + STATE_LIFE) is None


def test_once_an_app_is_registered_there_is_no_second_one(service: Running, settings: Settings) -> None:
    register(service)
    before = lines(settings)
    assert httpx.get(f"{service.url}/setup").status_code == 409
    assert choose(service).status_code == 409
    assert httpx.get(f"{service.url}/setup/done?code=a&state=b").status_code == 409
    assert "Nearly there" in httpx.get(service.url).text
    assert lines(settings) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"public_url": "ftp://example.org"}, "has to look like"),
        ({"public_url": "https://me:word@example.org"}, "has to look like"),
        ({"public_url": "https://[broken"}, "has to look like"),
        ({"public_url": 'https://a"><script>'}, "has to look like"),
        ({"owner": "organization", "organization": "a/../b"}, "organisation&#39;s name"),
        ({"owner": "organization"}, "organisation&#39;s name"),
        ({"padding": "x" * 20_000}, "longer than anything"),
    ],
)
def test_what_cannot_be_used_is_said_in_the_form(service: Running, given: dict[str, str], said: str) -> None:
    answer = choose(service, **given)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<script>" not in answer.text


def test_a_folder_that_cannot_be_written_is_noticed_before_there_is_an_app(
    settings: Settings, service: Running
) -> None:
    settings.state.write_text("a file where the folder should be")
    answer = choose(service)
    assert answer.status_code == 422
    assert "Nothing can be written to" in answer.text


def test_nothing_else_is_served(service: Running) -> None:
    for path in ("/webhook", "/docs", "/openapi.json"):
        assert httpx.post(f"{service.url}{path}").status_code == 404
