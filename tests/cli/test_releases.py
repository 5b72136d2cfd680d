"""The releases an operator sees."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner

from bot import releases
from bot.cli import app
from bot.errors import RefusedError
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
