from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session
from typer.testing import CliRunner, Result

from bot.actions import RANKS, Assign, Remember, SetTimer
from bot.cli import app
from bot.cli.plan import in_words
from bot.config import json_schema
from bot.dispatch import Decision
from bot.features import sections
from bot.plan import Plan
from bot.settings import Settings
from bot.store import Delivery, open_database
from tests.fixtures.events import comment_event, event, issue, pull_request
from tests.tables import create_tables


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*Settings.variables().values(), "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIVEBACK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["plan", *arguments])


def plan(folder: Path, name: str, payload: Any, *options: str) -> Result:
    file = folder / "payload.json"
    file.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return run("--event", name, str(file), *options)


OPENED = event("issues", "opened", issue=issue(title="[Bug] Crash when loading", body="it fails")).raw


ASKED = comment_event("/help claim").raw


def test_the_plan_names_each_action_with_its_reason_and_feature(tmp_path: Path) -> None:
    result = plan(tmp_path, "issue_comment", ASKED)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[:2] == ["octo/models#7", "  1. Answer in a comment"]
    assert "     | - Who may use it: anyone" in lines
    assert "     because bob asked for help (help)" in lines
    assert "  2. Put the reaction rocket on the comment, or confused if GitHub refuses any of this" in lines


def test_the_plan_comes_as_json_too(tmp_path: Path) -> None:
    result = plan(tmp_path, "issue_comment", ASKED, "--json")
    decision = json.loads(result.output)
    assert [action["kind"] for action in decision["plan"]["actions"]] == ["reply", "react"]
    assert decision["failures"] == []
    assert "help" in decision["concerned"]


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    for name in ("star", "no_such_event"):
        result = plan(tmp_path, name, event(name, "closed", issue=issue()).raw)
        assert (result.exit_code, result.output) == (0, "Nothing to do: no feature answers this.\n")
    result = plan(tmp_path, "issues", event("issues", "deleted", issue=issue()).raw)
    assert result.output.startswith("Nothing to do: ")
    assert result.output.endswith(" nothing.\n")


def test_an_installation_is_planned_for_each_repository_that_it_brings(tmp_path: Path) -> None:
    names = ["octo/models", "octo/data"]
    listed = [{"id": number, "full_name": name} for number, name in enumerate(names, start=1)]
    result = plan(tmp_path, "installation", event("installation", "created", repositories=listed).raw)
    assert result.exit_code == 0
    assert [line for line in result.output.splitlines() if line in names] == names
    assert result.output.count("Read the repository's history in the background") == 2
    assert "dry_run" not in result.output


OF_OWN: dict[type[Any], dict[str, st.SearchStrategy[Any]]] = {
    Remember: {"value": st.none() | st.just({"a": 1})},
    Assign: {"add": st.just(("ada",))},
    SetTimer: {"due": st.none() | st.floats(0, 2**32)},
}


@pytest.mark.parametrize("kind", RANKS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_action_has_its_words(kind: type[Any], data: st.DataObject) -> None:
    action = data.draw(st.builds(kind, **OF_OWN.get(kind, {})))
    words = in_words(Decision(plan=Plan(actions=(action,))))
    assert re.search(r"^ *1\. \S", words, re.MULTILINE), words


def test_what_the_bot_itself_caused_leads_to_nothing(tmp_path: Path) -> None:
    own = {**OPENED, "sender": {"login": "giveback[bot]", "type": "Bot"}}
    assert plan(tmp_path, "issues", own).output == "Nothing to do: no feature answers this.\n"


def test_without_an_app_it_says_once_what_reading_from_github_takes_and_exits_with_3(tmp_path: Path) -> None:
    opened = event("pull_request", "opened", pull_request=pull_request(author_association="FIRST_TIMER")).raw
    rules = tmp_path / "giveback.yml"
    rules.write_text("welcome: {guide: https://docs.example.org}\n")
    result = plan(tmp_path, "pull_request", opened, "--config", str(rules))
    assert result.exit_code == 3
    assert "Say in the status comment, section welcome\n     | " in result.output
    assert result.output.count("could not decide") == 1
    words = " ".join(result.output.split())  # a terminal breaks the lines
    assert "what is read from GitHub takes the App's settings: set GIVEBACK_GITHUB_APP_ID, " in words
    assert "or run `giveback doctor`" in words
    assert "401" not in result.output
    as_json = plan(tmp_path, "pull_request", opened, "--config", str(rules), "--json")
    assert (as_json.exit_code, len(json.loads(as_json.output)["failures"]) > 1) == (3, True)


def test_a_delivery_that_arrived_is_planned_by_its_id(tmp_path: Path) -> None:
    guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    database = open_database(f"sqlite:///{tmp_path / 'state' / 'giveback.db'}")
    create_tables(database)
    with Session(database) as session:
        body = json.dumps(ASKED).encode()
        session.add(Delivery(guid=guid, event="issue_comment", body=body, received_at=1.0))
        session.commit()
    database.dispose()
    result = run(guid)
    assert result.exit_code == 0
    assert "  1. Answer in a comment\n" in result.output
    missing = run(guid.replace("7", "8"))
    assert (missing.exit_code, "arrived" in missing.output) == (2, True)


def test_a_configuration_can_be_tried_out(tmp_path: Path) -> None:
    rules = tmp_path / "giveback.yml"
    rules.write_text("help: {enabled: false}\n")
    result = plan(tmp_path, "issue_comment", ASKED, "--config", str(rules))
    assert result.exit_code == 0
    assert result.output.startswith("Nothing to do: ")


@pytest.mark.parametrize("rules", [b"needs-info: {asume_ai: true}\n", b"triage: [", b"\xff\xfe\x00"])
def test_a_configuration_with_mistakes_is_refused_with_their_places(tmp_path: Path, rules: bytes) -> None:
    file = tmp_path / "giveback.yml"
    file.write_bytes(rules)
    result = plan(tmp_path, "issues", OPENED, "--config", str(file))
    assert result.exit_code == 2
    assert "repository:" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"issue": {"number": "seven"}}',
        b"[" * 100_000,
        b'{"issue": ' * 5_000,
        b"\x1b]0;owned\x07",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_rubbish_is_refused_in_one_line_without_a_traceback(tmp_path: Path, body: bytes) -> None:
    result = plan(tmp_path, "issues", body)
    assert result.exit_code == 2
    assert "\x1b" not in result.output
    assert result.output.count("\n") == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_payload_cannot_steer_the_terminal(tmp_path: Path) -> None:
    hostile = "\x1b]0;owned\x07\x9b2J\u202ecod.exe"
    said = comment_event(f'/help "{hostile}"')
    result = plan(tmp_path, "issue_comment", said.raw)
    assert result.exit_code == 0
    assert "Answer in a comment" in result.output
    for character in ("\x1b", "\x07", "\x9b", "\u202e"):
        assert character not in result.output


def test_a_file_that_is_not_there_or_no_event_is_a_usage_error(tmp_path: Path) -> None:
    assert run("--event", "issues", str(tmp_path / "missing.json")).exit_code == 2
    assert run(str(tmp_path)).exit_code == 2
    assert run("--event", "issues", str(tmp_path)).exit_code == 2


def test_every_command_line_begins_with_help_and_a_version() -> None:
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.output.strip()


def test_the_schema_is_the_one_that_counts() -> None:
    result = CliRunner().invoke(app, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.output) == json_schema(sections())
    assert json.loads(result.output)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
