from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner, Result

from bot import audit, store
from bot.actions import AddLabels
from bot.audit import Outcome
from bot.cli import app
from bot.events import Thread
from bot.settings import Settings
from bot.store import Delivery

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
OTHER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    for name in (*Settings.variables().values(), "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIVEBACK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "250")


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["deliveries", *arguments], input=answer)


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with Session(database, expire_on_commit=False) as session:
        yield session


def add(session: Session, guid: str = GUID, **fields: Any) -> None:
    session.add(
        Delivery(
            guid=guid,
            event="issues",
            action="opened",
            thread="octo/models#7",
            repository="octo/models",
            body=b"{}",
            received_at=1_700_000_000.0,
            **fields,
        )
    )
    session.commit()


def test_deliveries_are_listed_the_newest_first(session: Session) -> None:
    add(session)
    add(session, OTHER)
    lines = run("list").output.splitlines()
    shown = [line for line in lines if "issues.opened" in line]
    assert [OTHER in shown[0], GUID in shown[1]] == [True, True]
    assert "2023-11-14T22:13:20" in shown[0]


def test_a_list_can_be_narrowed_and_comes_as_json(session: Session) -> None:
    add(session)
    add(session, OTHER, status="dead", error="triage: broken", failed_features=["triage"])
    (row,) = json.loads(run("list", "--status", "dead", "--json").output)
    assert (row["guid"], row["error"], row["failed_features"]) == (OTHER, "triage: broken", "triage")
    assert len(json.loads(run("list", "--limit", "1", "--json").output)) == 1
    assert run("list", "--status", "nonsense").exit_code == 2
    assert run("list", "--limit", "0").exit_code == 2


def test_a_delivery_is_shown_with_every_action_its_reason_and_its_outcome(session: Session) -> None:
    add(session, status="handled")
    thread = Thread("octo/models", 7)
    action = AddLabels(thread=thread, labels=("bug",), reason="reads like it", feature="triage")
    key = audit.key_of(action)
    audit.begin(session, GUID, {key: action})
    audit.finish(session, GUID, key, Outcome.done, "added bug")
    session.commit()
    shown = run("show", GUID.upper()).output
    for word in ("handled", "add_labels", "reads like it", "triage", "done", "added bug"):
        assert word in shown
    told = json.loads(run("show", GUID, "--json").output)
    assert told["actions"][0]["outcome"] == "done"
    assert told["actions"][0]["action"]["labels"] == ["bug"]


def test_a_dead_delivery_is_put_in_line_again_and_keeps_what_failed(session: Session) -> None:
    add(session, status="dead", error="labels: broken", failed_features=["labels"])
    result = run("replay", GUID)
    assert (result.exit_code, "in line again" in result.output) == (0, True)
    session.expire_all()
    row = store.find_delivery(session, GUID)
    assert row
    assert (row.status, row.replays, row.failed_features) == ("received", 1, ["labels"])


@pytest.mark.parametrize("status", ["received", "queued"])
def test_a_delivery_under_way_is_not_replayed(session: Session, status: str) -> None:
    add(session, status=status)
    result = run("replay", GUID)
    assert result.exit_code == 1
    assert "on its way already" in result.output


def statuses(session: Session) -> list[str]:
    session.expire_all()
    return [row.status for row in store.list_deliveries(session)]


def test_all_dead_deliveries_are_put_in_line_again_once_that_is_confirmed(session: Session) -> None:
    add(session, status="dead", failed_features=["labels"])
    add(session, OTHER, status="handled")
    asked = run("replay", "--dead", answer="n\n")
    assert (asked.exit_code, "Run 1 dead deliveries again?" in asked.output) == (1, True)
    assert statuses(session) == ["handled", "dead"]
    done = run("replay", "--dead", answer="y\n")
    assert (done.exit_code, "1 deliveries are in line again" in done.output) == (0, True)
    assert statuses(session) == ["handled", "received"]
    row = store.find_delivery(session, GUID)
    assert row is not None
    assert (row.replays, row.failed_features) == (1, ["labels"])


def test_with_yes_nothing_is_asked_and_with_nobody_to_ask_nothing_is_done(session: Session) -> None:
    add(session, status="dead")
    assert run("replay", "--dead").exit_code == 1
    assert statuses(session) == ["dead"]
    assert run("replay", "--dead", "--yes").exit_code == 0
    assert statuses(session) == ["received"]
    assert run("replay", "--dead", "--yes").output == "No delivery is dead.\n"


@pytest.mark.parametrize("arguments", [[], [GUID, "--dead"]])
def test_a_replay_is_of_one_delivery_or_of_the_dead_ones(arguments: list[str]) -> None:
    result = run("replay", *arguments)
    assert result.exit_code == 2


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("command", ["show", "replay"])
def test_a_delivery_there_is_not_is_said_to_be_missing(command: str) -> None:
    result = run(command, GUID)
    assert result.exit_code == 1
    assert f"There is no delivery {GUID}" in result.output


def test_what_a_stranger_wrote_cannot_steer_the_terminal(session: Session) -> None:
    add(session, status="dead", error="\x1b]0;owned\x07 [red]loud[/red] \u202e")
    for arguments in (["list"], ["show", GUID]):
        output = run(*arguments).output
        assert "[red]loud[/red]" in output
        for character in ("\x1b", "\x07", "\u202e"):
            assert character not in output
