import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cards.cli import card
from tests.fixtures.make_models import finished_model, tuned_model

app = typer.Typer()
app.command()(card)


@pytest.fixture
def cli() -> CliRunner:
    return CliRunner()


def test_json_has_the_facts_the_findings_and_the_score(cli: CliRunner, tmp_path: Path) -> None:
    result = cli.invoke(app, [str(finished_model(tmp_path / "model")), "--json", "--check"])
    printed = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {"name": "hidden_size", "value": 48, "file": "config.json", "key": "hidden_size"} in printed[
        "facts"
    ]
    assert printed["findings"] == []
    assert printed["score"] == 95


def test_out_writes_the_card_and_says_what_is_not_known(cli: CliRunner, tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    result = cli.invoke(app, [str(folder), "--out", str(folder / "README.md"), "--license", "mit"])
    assert result.exit_code == 0
    assert "license: mit" in (folder / "README.md").read_text()
    assert "Not known yet" in result.stderr


def test_check_exits_with_1_when_the_card_has_errors(cli: CliRunner, tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    (folder / "README.md").write_text("# Nothing\n")
    result = cli.invoke(app, [str(folder), "--check"])
    assert result.exit_code == 1
    assert "README.md:1: error" in result.stdout


def test_check_says_when_there_is_no_card(cli: CliRunner, tmp_path: Path) -> None:
    result = cli.invoke(app, [str(tuned_model(tmp_path / "model")), "--check"])
    assert result.exit_code == 1
    assert "no README.md" in result.stderr


def test_broken_metadata_is_shown_with_its_line(cli: CliRunner, tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    (folder / "README.md").write_text("---\nlicense: [\n---\n")
    result = cli.invoke(app, [str(folder)])
    assert result.exit_code == 1
    assert "README.md:" in result.stderr


def test_a_finished_card_is_not_asked_about_again(cli: CliRunner, tmp_path: Path) -> None:
    result = cli.invoke(app, [str(finished_model(tmp_path / "model"))])
    assert result.exit_code == 0
    assert "Not known yet" not in result.stderr
    assert result.stdout == (tmp_path / "model/README.md").read_text()
