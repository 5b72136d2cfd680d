"""Commands that look into the service's database, where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

LOOKS = [
    ["deliveries", "list"],
    ["deliveries", "replay", "--dead"],
    ["release", "list"],
    ["release", "status", "release-1"],
]


@pytest.mark.parametrize("look", LOOKS, ids=" ".join)
def test_a_look_from_the_wrong_place_finds_no_database_and_makes_none(
    look: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("GIVEBACK_STATE", str(tmp_path / "state"))
    answer = CliRunner().invoke(app, look)
    assert answer.exit_code == 2
    assert f"There is no database at {tmp_path}" in answer.stderr
    assert not (tmp_path / "state").exists()


def test_a_database_that_does_not_answer_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://giveback:secret@127.0.0.1:1/giveback")
    answer = CliRunner().invoke(app, ["deliveries", "list"])
    assert answer.exit_code == 2
    assert answer.stderr.startswith("The database does not answer: ")
    assert "secret" not in answer.stderr
