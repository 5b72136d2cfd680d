from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pydantic import SecretStr
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import hub_tokens
from bot.app_manifest import read_app_manifest
from bot.doctor import Level, as_text, diagnose, observe
from bot.doctor.observations import Key
from bot.doctor.observe import misspelt
from bot.sandbox.serving import Running, run_in_thread
from bot.schema import bring_up_to_date
from bot.settings import Settings
from bot.store import open_database

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any) -> str:
    private: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode()


def as_app(request: Request) -> bool:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        return bool(jwt.decode(token, RSA.public_key(), algorithms=["RS256"], issuer="7")["iat"])
    except jwt.PyJWTError:
        return False


def answer(body: Any, allowed: bool) -> Response:
    return JSONResponse(body) if allowed else JSONResponse({"message": "Bad credentials"}, 401)


async def links(_: Request) -> Response:
    return PlainTextResponse("not JSON")


async def app(request: Request) -> Response:
    manifest = read_app_manifest()
    permissions, events = manifest["default_permissions"], manifest["default_events"]
    body = {"slug": "giveback", "permissions": permissions, "events": events, "installations_count": 1}
    return answer(body, as_app(request))


async def hook(request: Request) -> Response:
    body = {"url": "https://bot.example.org/webhook", "content_type": "json", "secret": "********"}
    return answer(body, as_app(request))


async def deliveries(request: Request) -> Response:
    return answer([{"guid": "a", "status_code": 202}], as_app(request))


async def whoami(request: Request) -> Response:
    body = {"name": "ada", "auth": {"accessToken": {"role": "write"}}}
    return answer(body, request.headers.get("authorization") == "Bearer hf_hush")


@pytest.fixture(scope="module")
def services() -> Iterator[Running]:
    routes = {
        "/": links,
        "/app": app,
        "/app/hook/config": hook,
        "/app/hook/deliveries": deliveries,
        "/api/whoami-v2": whoami,
    }
    with run_in_thread(Starlette(routes=[Route(path, call) for path, call in routes.items()])) as running:
        yield running


@pytest.fixture
def settings(services: Running, tmp_path: Path) -> Settings:
    return Settings(
        state=tmp_path / "state",
        database_url=f"sqlite:///{tmp_path}/state/giveback.db",
        github_api_url=services.url,
        hub_endpoint=services.url,
        github_app_id="7",
        github_private_key=SecretStr(pem(RSA)),
        webhook_secrets=(SecretStr("hush" * 10),),
        hub_token=SecretStr("hf_hush"),
        public_url="https://bot.example.org",
    )


def test_a_service_that_is_set_up_well_has_no_problem(settings: Settings) -> None:
    found = diagnose(observe(settings, {}))
    assert [one for one in found if one.level is Level.PROBLEM] == []
    assert any("everywhere" in one.what for one in found)


def test_a_name_that_is_not_the_apps_own_is_a_problem(settings: Settings) -> None:
    found = diagnose(observe(settings.model_copy(update={"slug": "octo-bot"}), {}))
    assert [one.next_step for one in found if one.level is Level.PROBLEM] == ["Set GIVEBACK_SLUG=giveback."]


def test_looking_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    observe(settings, {})
    assert list(tmp_path.iterdir()) == []


def test_which_tokens_the_keys_open_is_seen_and_no_token_is(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    database = open_database(settings.database_url)
    bring_up_to_date(database)
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    with Session(database) as session:
        for namespace, key in zip(("acme", "globex"), keys, strict=True):
            hub_tokens.put(session, [key], namespace, "hf_hush")
        session.commit()
    database.dispose()
    seen = observe(settings.model_copy(update={"hub_token_keys": (SecretStr(keys[0]),)}), {})
    assert (seen.hub_tokens, seen.closed_hub_tokens) == (("acme", "globex"), ("globex",))
    assert "hf_hush" not in repr(seen)


def test_no_secret_is_seen_or_told(settings: Settings) -> None:
    seen = observe(settings, {"GIVEBACK_SECRET": "hush"})
    assert "hush" not in repr(seen)
    assert "hush" not in as_text(diagnose(seen))
    assert "PRIVATE KEY-----" not in repr(seen)


def test_a_key_of_another_app_is_refused_by_github(settings: Settings) -> None:
    seen = observe(settings.model_copy(update={"github_app_id": "8"}), {})
    assert seen.app is not None
    assert seen.app.status == 401


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (None, Key.ABSENT),
        ("nonsense", Key.UNREADABLE),
        (pem(ed25519.Ed25519PrivateKey.generate()), Key.NOT_RSA),
    ],
)
def test_a_key_that_cannot_sign_is_told_and_not_tried(settings: Settings, key: str | None, kind: Key) -> None:
    seen = observe(settings.model_copy(update={"github_private_key": key and SecretStr(key)}), {})
    assert seen.key is kind
    assert seen.app is None


def test_a_server_that_is_not_there_is_told_by_its_address(settings: Settings) -> None:
    seen = observe(settings.model_copy(update={"github_api_url": "http://127.0.0.1:9"}), {})
    assert seen.github.error == "ConnectError"
    assert any("http://127.0.0.1:9" in one.what for one in diagnose(seen))


def test_the_clock_is_compared_with_githubs(settings: Settings) -> None:
    clock = observe(settings, {}).github.clock
    assert clock is not None
    assert abs(clock) < 60


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////proc/giveback/giveback.db",
        "sqlite:////etc/hostname/giveback.db",
        "sqlite:////tmp",
        "mysql://db/giveback",
        "nonsense",
        "postgresql://me:hush@127.0.0.1:9/giveback",
    ],
)
def test_a_database_that_cannot_be_used_says_why(settings: Settings, url: str) -> None:
    database = observe(settings.model_copy(update={"database_url": url}), {}).database
    assert database.error
    assert "hush" not in database.error


def test_an_existing_database_that_is_damaged_is_a_problem(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "giveback.db").write_bytes(b"no database" * 500)
    assert "not a database" in observe(settings, {}).database.error


def test_a_misspelt_variable_is_found_with_the_one_meant() -> None:
    environment = {
        "GIVEBACK_WEBHOOK_SECRET": "x",
        "GIVEBACK_ZZZZZZZZ": "x",
        "GIVEBACK_PORT": "1",
        "HOME": "/",
    }
    assert misspelt(environment) == {
        "GIVEBACK_WEBHOOK_SECRET": "GIVEBACK_WEBHOOK_SECRETS",
        "GIVEBACK_ZZZZZZZZ": "",
    }


TINY_MODEL = Path(__file__).parent.parent / "triage" / "similar" / "tiny_sentence_model"


def test_the_sentence_model_is_loaded_and_tried(settings: Settings, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    told = {
        folder: as_text(diagnose(observe(settings.model_copy(update={"sentence_model": folder}), {})))
        for folder in (None, TINY_MODEL, tmp_path / "nowhere")
    }
    assert "sentence model" not in told[None]
    assert "The sentence model can be used" in told[TINY_MODEL]
    assert f"cannot be used: there is no folder {tmp_path / 'nowhere'}" in told[tmp_path / "nowhere"]
