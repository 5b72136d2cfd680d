"""Who is let in, and what everybody else is told."""

from __future__ import annotations

import base64
import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.github.stage import Stage

MODELS = "/repos/alice/models"


def _app(stage: Stage, token: str) -> httpx.Response:
    return stage.caller(token)("GET", "/app")


def test_an_app_is_known_by_its_jwt(stage: Stage) -> None:
    assert _app(stage, stage.jwt()).json()["slug"] == "giveback"
    assert _app(stage, stage.jwt(iss=str(stage.app["id"]))).status_code == 200


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": -5}, "'Expiration time' claim ('exp') must be"),
        ({"exp": 1200}, "'Expiration time' claim ('exp') is too far in the future"),
        ({"iat": 90}, "'Issued at' claim ('iat') must be"),
        ({"iss": "Iv23nobody"}, "Integration not found"),
    ],
)
def test_a_jwt_that_does_not_hold_is_refused_with_githubs_reason(
    stage: Stage, claims: dict[str, int | str], words: str
) -> None:
    """Times are given in seconds from now."""
    now = int(time.time())
    told = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    answer = _app(stage, stage.jwt(**told))
    assert answer.status_code == 401
    assert words in answer.json()["message"]


def test_a_jwt_signed_by_another_key_cannot_be_decoded(stage: Stage) -> None:
    claims = {"iat": int(time.time()) - 10, "exp": int(time.time()) + 60, "iss": stage.app["client_id"]}
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for forged in (
        jwt.encode(claims, key, algorithm="RS256"),
        jwt.encode(claims, "secret-secret-secret-secret-secret", algorithm="HS256"),
        "a.b.c",
    ):
        answer = _app(stage, forged)
        assert answer.status_code == 401
        assert answer.json()["message"] == "A JSON web token could not be decoded"


def test_a_wrong_token_is_bad_credentials(stage: Stage) -> None:
    answer = stage.caller("ghp_nobody")("GET", MODELS)
    assert answer.status_code == 401
    assert answer.json()["message"] == "Bad credentials"
    assert answer.json()["status"] == "401"


def test_a_token_is_taken_in_every_form_clients_send_it(stage: Stage) -> None:
    secret = stage.alice.token or ""
    basic = base64.b64encode(f"alice:{secret}".encode()).decode()
    for header in (f"Bearer {secret}", f"token {secret}", f"Basic {basic}"):
        answer = httpx.get(f"{stage.url}/api/v3/user", headers={"Authorization": header})
        assert answer.json()["login"] == "alice"


def test_an_installation_acts_as_the_apps_bot(stage: Stage) -> None:
    issue = stage.bot.post(f"{MODELS}/issues", {"title": "From the bot"})
    assert issue["user"]["login"] == "giveback[bot]"
    assert issue["user"]["type"] == "Bot"
    assert issue["performed_via_github_app"]["slug"] == "giveback"


def test_a_token_can_be_narrowed_but_not_widened(stage: Stage) -> None:
    narrow = stage.caller(stage.installation_token(permissions={"issues": "read"}))
    assert narrow("GET", f"{MODELS}/issues").status_code == 200
    refused = narrow("POST", f"{MODELS}/issues", {"title": "x"})
    assert refused.status_code == 403
    assert refused.json()["message"] == "Resource not accessible by integration"
    assert refused.headers["x-accepted-github-permissions"] == "issues=write"
    path = f"/app/installations/{stage.installation['id']}/access_tokens"
    wider = stage.app_itself("POST", path, {"permissions": {"administration": "write"}})
    assert wider.status_code == 422
    elsewhere = stage.app_itself("POST", path, {"repositories": ["nothing"]})
    assert elsewhere.status_code == 422


def test_a_token_narrowed_to_one_repository_does_not_reach_another(stage: Stage) -> None:
    stage.repository("alice", "diary", {"a": "b"}, private=True)
    narrow = stage.caller(stage.installation_token(repositories=["models"]))
    assert stage.bot("GET", "/repos/alice/diary").status_code == 200
    assert narrow("GET", "/repos/alice/diary").status_code == 404
    assert [each["name"] for each in narrow.get("/installation/repositories")["repositories"]] == ["models"]


def test_the_token_of_a_removed_or_suspended_installation_is_worth_nothing(stage: Stage) -> None:
    stage.set("POST", f"/installations/{stage.installation['id']}/suspend", {})
    assert stage.bot("GET", MODELS).status_code == 403
    stage.set("POST", f"/installations/{stage.installation['id']}/unsuspend", {})
    assert stage.bot("GET", MODELS).status_code == 200
    stage.set("DELETE", f"/installations/{stage.installation['id']}")
    assert stage.bot("GET", MODELS).status_code == 401


def test_a_manifest_becomes_an_app_once(stage: Stage) -> None:
    manifest = '{"name": "Second", "url": "https://example.com", "redirect_url": "http://127.0.0.1:1/back",'
    manifest += f'"hook_attributes": {{"url": "{stage.listener.url}"}}, "default_events": ["issues"]}}'
    sent = httpx.post(f"{stage.url}/settings/apps/new?state=abc", data={"manifest": manifest})
    assert sent.status_code == 302
    back = httpx.URL(sent.headers["location"])
    assert back.params["state"] == "abc"
    path = f"/app-manifests/{back.params['code']}/conversions"
    made = stage.caller(None).post(path)
    assert made["slug"] == "second"
    assert "BEGIN RSA PRIVATE KEY" in made["pem"]
    assert stage.caller(None)("POST", path).status_code == 404
    assert stage.settled().last("ping").payload["hook_id"]
