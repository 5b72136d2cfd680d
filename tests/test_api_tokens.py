"""Tokens of pipelines: what they open, and for how long."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner

from bot import api_tokens
from bot.cli import app
from tests.release.sources.servers import file, web_server

PLACE = "Octo/Models"


def test_a_token_is_found_until_it_is_revoked_or_too_old(database: Engine) -> None:
    now = time.time()
    with Session(database) as session:
        made, token = api_tokens.create(session, "ci", "maya", [PLACE], owner_account=7, expires_at=now + 10)
        session.flush()
        assert api_tokens.find(session, token, now) is made
        assert api_tokens.find(session, token, now + 11) is None
        assert made.reaches("octo/models")
        assert not made.reaches("octo/other")
        assert token.rpartition("_")[2] not in json.dumps(made.model_dump())
        assert api_tokens.revoke(session, made.id)
        assert api_tokens.find(session, token, now) is None
        assert not api_tokens.revoke(session, "nothing")


@pytest.mark.parametrize(
    "spoil", [str.upper, lambda token: token[:-1] + "!", lambda token: "", lambda token: "é"]
)
def test_no_other_word_is_taken_for_a_token(database: Engine, spoil: object) -> None:
    assert callable(spoil)
    with Session(database) as session:
        made, token = api_tokens.create(session, "ci", "maya", [PLACE], owner_account=7)
        other, another = api_tokens.create(session, "cd", "maya", [PLACE], owner_account=7)
        session.flush()
        mixed = token[: token.index(made.id)] + made.id + another[another.index(other.id) + len(other.id) :]
        assert api_tokens.find(session, spoil(token), 0.0) is None
        assert api_tokens.find(session, mixed, 0.0) is None


def test_an_operator_makes_lists_and_revokes_tokens(
    database: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    run = CliRunner()
    wanted = [
        "tokens",
        "create",
        "nightly",
        "--owner",
        "maya",
        "--repository",
        PLACE,
        "--days",
        "30",
        "--account",
        "7",
        "--json",
    ]
    made = json.loads(run.invoke(app, wanted).stdout)
    with Session(database) as session:
        assert api_tokens.find(session, made["token"], time.time()) is not None
    listed = run.invoke(app, ["tokens", "list", "--json"]).stdout
    assert made["token"] not in listed
    assert json.loads(listed)[0] | {"until": ""} == {
        "id": made["id"],
        "name": "nightly",
        "owner": "maya",
        "repositories": "octo/models",
        "until": "",
        "state": "good",
    }
    assert run.invoke(app, ["tokens", "revoke", made["id"]]).exit_code == 0
    assert json.loads(run.invoke(app, ["tokens", "list", "--json"]).stdout)[0]["state"] == "revoked"
    assert run.invoke(app, ["tokens", "revoke", "nothing"]).exit_code == 1
    wrong = run.invoke(app, ["tokens", "create", "x", "--owner", "maya", "--repository", "models"])
    assert "models is not written as owner/repo" in wrong.output.replace("\n", " ")


def test_a_token_is_bound_to_the_account_its_owners_login_has(
    database: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    wanted = ["tokens", "create", "nightly", "--repository", PLACE, "--json", "--owner"]
    with web_server() as github:
        monkeypatch.setenv("GITHUB_API_URL", github.url)
        github.tell("/users/maya", file(b'{"id": 583231, "login": "maya"}'))
        made = json.loads(CliRunner().invoke(app, [*wanted, "maya"]).stdout)
        refused = CliRunner().invoke(app, [*wanted, "nobody"])
    assert (refused.exit_code, "nobody on GitHub is called nobody" in refused.output) == (1, True)
    with Session(database) as session:
        (kept,) = api_tokens.every(session)
        assert (kept.id, kept.owner_account) == (made["id"], 583231)
        kept.owner_account = 0  # as in tokens of earlier versions
        assert api_tokens.find(session, made["token"], time.time()) is None
