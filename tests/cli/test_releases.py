"""The releases an operator sees."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner

from bot import audit, releases
from bot.actions import DecideRelease
from bot.cli import app
from bot.errors import RefusedError
from bot.events import Thread
from bot.releases import ReleaseRecord


def record(name: str, number: int = 1, hub_id: str = "octo/digits") -> ReleaseRecord:
    return ReleaseRecord(
        id=name,
        repository="octo/models",
        number=number,
        installation=1,
        requester="maya\x1b[2J",
        hub_id=hub_id,
        commit="0" * 40,
        started_at=number,
        updated_at=0,
    )


def test_releases_are_listed_the_newest_first(
    database: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(database) as session:
        releases.begin(session, record("first"))
        releases.begin(session, record("second", 2, "octo/other"))
        session.commit()
    monkeypatch.setenv("DATABASE_URL", database_url)
    listed = json.loads(CliRunner().invoke(app, ["release", "list", "--json"]).stdout)
    assert [(row["release"], row["state"]) for row in listed] == [("second", "queued"), ("first", "queued")]
    assert "\x1b[2J" not in CliRunner().invoke(app, ["release", "list"]).stdout


def test_a_thread_has_one_release_at_a_time_and_a_model_has_a_line(database: Engine) -> None:
    with Session(database) as session:
        assert releases.begin(session, record("first")) == []
        assert releases.begin(session, record("first")) == []
        with pytest.raises(RefusedError, match="under way already"):
            releases.begin(session, record("second", 1, "octo/other"))
        (ahead,) = releases.begin(session, record("second", 2, "Octo/Digits"))
        assert ahead.id == "first"


def test_a_release_says_since_when_it_stands_where_it_does_and_who_decided(
    database: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = record("first")
    noted.step, noted.done_bytes, noted.total_bytes = "upload", 5, 10
    said = DecideRelease(
        thread=Thread("octo/models", 1, 11),
        release="first",
        verdict="approve",
        login="carol",
        account=3,
        permission="write",
        digest="1a2b3c4d5e6f7a8b",
        reason="a test",
    )
    other = said.model_copy(update={"release": "second"})
    with Session(database) as session:
        releases.begin(session, noted)
        audit.begin(session, "guid", {audit.key_of(one): one for one in (said, other)})
        session.commit()
    monkeypatch.setenv("DATABASE_URL", database_url)
    told = json.loads(CliRunner().invoke(app, ["release", "status", "first", "--json"]).stdout)
    assert (told["state"], told["since"]) == ("upload", "1970-01-01T00:00:00+00:00")
    assert told["sent"] == "5 of 10 bytes"
    (decision,) = told["decisions"]
    assert decision.endswith(" carol (write): approve 1a2b3c4d5e6f")
    assert f"decisions: {decision}" in CliRunner().invoke(app, ["release", "status", "first"]).stdout
