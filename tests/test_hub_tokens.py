"""Tokens of the Hub: kept encrypted, and given to the releases of their namespace alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session
from typer.testing import CliRunner

from bot import hub_tokens
from bot.cli.hub_tokens import tokens
from bot.hub.errors import HubRefused
from bot.hub.process import child_environment
from bot.hub_tokens import HubToken, HubTokens, UnreadableTokenError
from bot.namespaces import parse_namespaces

HUB = "http://127.0.0.1:9"
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
MAPPED = parse_namespaces("octo=acme,octo=globex")


@pytest.fixture
def kept(database: Engine) -> Engine:
    with Session(database) as session:
        hub_tokens.put(session, [OLD], "Acme", "hf_acme")
        session.commit()
    return database


async def test_a_release_gets_the_token_of_its_namespace_and_else_the_operators(kept: Engine) -> None:
    tokens = HubTokens(kept, HUB, MAPPED, [NEW, OLD], "hf_operator")
    assert (await tokens.access("octo/models", "ACME/digits")).open_token() == "hf_acme"
    assert (await tokens.access("octo/models", "globex/digits")).open_token() == "hf_operator"
    assert "hf_" not in repr(tokens)


async def test_what_goes_through_the_service_holds_no_token_in_the_clear(
    kept: Engine, tmp_path: Path
) -> None:
    access = await HubTokens(kept, HUB, MAPPED, [OLD]).access("octo/models", "acme/digits")
    assert "hf_acme" not in f"{vars(access)} {access!r}"
    assert child_environment(access, tmp_path)["HF_TOKEN"] == "hf_acme"


@pytest.mark.parametrize(
    ("keys", "hub_id", "said"),
    [
        ([NEW], "acme/digits", "cannot be decrypted"),
        ([], "acme/digits", "cannot be decrypted"),
        ([OLD], "initech/digits", "may not publish"),
    ],
)
async def test_no_other_token_stands_in_for_one_that_cannot_be_had(
    kept: Engine, keys: list[str], hub_id: str, said: str
) -> None:
    with pytest.raises(HubRefused, match=said):
        await HubTokens(kept, HUB, MAPPED, keys, "hf_operator").access("octo/models", hub_id)


async def test_without_any_token_the_namespace_is_named(kept: Engine) -> None:
    with pytest.raises(HubRefused, match="no Hub token for globex"):
        await HubTokens(kept, HUB, MAPPED, [OLD]).access("octo/models", "globex/digits")


def test_the_database_holds_no_token_and_one_that_was_moved_does_not_open(kept: Engine) -> None:
    with kept.connect() as connection:
        assert "hf_acme" not in str(connection.execute(text("SELECT * FROM hub_token")).all())
    with Session(kept) as session:
        (one,) = hub_tokens.every(session)
        assert hub_tokens.open_sealed(one, [NEW, OLD]) == "hf_acme"
        with pytest.raises(UnreadableTokenError):
            hub_tokens.open_sealed(HubToken(namespace="globex", sealed=one.sealed, set_at=0.0), [OLD])


@given(st.text())
def test_nothing_else_opens(sealed: str) -> None:
    with pytest.raises(UnreadableTokenError):
        hub_tokens.open_sealed(HubToken(namespace="acme", sealed=sealed, set_at=0.0), [OLD])


def test_an_operator_sets_rotates_lists_and_removes_tokens(
    database: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)

    def run(*words: str, given: str = "", keys: str = OLD) -> tuple[int, str]:
        monkeypatch.setenv("GIVEBACK_HUB_TOKEN_KEYS", keys)
        result = CliRunner().invoke(tokens, words, input=given)
        assert "hf_acme" not in result.output
        return result.exit_code, result.output

    def states(keys: str) -> list[tuple[str, str]]:
        return [(row["namespace"], row["state"]) for row in json.loads(run("list", "--json", keys=keys)[1])]

    code, said = run("set", "Acme", "--unchecked", given="hf_acme\n", keys="")
    assert (code, "GIVEBACK_HUB_TOKEN_KEYS is not set" in said) == (1, True)
    assert run("set", "Acme", "--unchecked", given="hf_acme\n")[0] == 0
    assert run("set", "Acme", "--unchecked", given="\n")[0] == 1
    assert states(OLD) == [("acme", "good")]
    assert states(NEW) == [("acme", "no key opens it")]
    assert run("rotate", keys=NEW)[0] == 1
    assert run("rotate", keys=f"{NEW},{OLD}")[0] == 0
    assert states(NEW) == [("acme", "good")]
    assert run("remove", "ACME")[0] == 0
    assert run("remove", "acme")[0] == 1
    Fernet(run("key")[1].strip())  # which refuses what is no key


def test_a_token_the_hub_does_not_answer_for_is_not_kept(
    database: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("GIVEBACK_HUB_TOKEN_KEYS", OLD)
    monkeypatch.setenv("HF_ENDPOINT", HUB)
    result = CliRunner().invoke(tokens, ["set", "acme"], input="hf_acme")
    assert (result.exit_code, "It was not kept" in result.output) == (1, True)
    with Session(database) as session:
        assert not hub_tokens.every(session)
