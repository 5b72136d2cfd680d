import json
from importlib.util import find_spec
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


def test_where_nothing_can_be_written_that_is_said(cli: CliRunner, tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    for nowhere in (tmp_path / "none/README.md", folder):
        result = cli.invoke(app, [str(folder), "--out", str(nowhere)])
        assert result.exit_code == 1
        assert f"{nowhere} cannot be written" in result.stderr.replace("\n", "")


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


def test_fix_writes_what_has_one_right_answer_and_tells_the_rest(cli: CliRunner, tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    good = (folder / "README.md").read_text()
    (folder / "README.md").write_text(good.replace("license: apache-2.0", "license: Apache 2.0"))
    looked = cli.invoke(app, [str(folder), "--check", "--fix"])
    assert "fixed:" in looked.stderr
    assert "Apache 2.0" in (folder / "README.md").read_text(), "a check writes nothing"
    done = cli.invoke(app, [str(folder), "--fix"])
    assert done.exit_code == 0
    assert (folder / "README.md").read_text() == good
    assert "Completeness 95 of 100" in done.stdout


def test_fix_writes_outdated_numbers_again(cli: CliRunner, tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    results = json.loads((folder / "eval_results.json").read_text())
    (folder / "eval_results.json").write_text(json.dumps(results | {"eval_accuracy": 0.123}))
    assert cli.invoke(app, [str(folder), "--check"]).exit_code == 1
    assert cli.invoke(app, [str(folder), "--fix"]).exit_code == 0
    assert "| `accuracy` | `0.123` |" in (folder / "README.md").read_text()


def test_answers_are_set_and_pictures_stand_beside_the_card(cli: CliRunner, tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    out = tmp_path / "out" / "README.md"
    out.parent.mkdir()
    answers = ["--set", "intended-use=Trying things out.", "--set", "license=MIT License"]
    result = cli.invoke(app, [str(folder), "--out", str(out), *answers])
    assert result.exit_code == 0
    assert "Trying things out." in out.read_text()
    assert "license: mit" in out.read_text()
    assert "![" in out.read_text()
    assert out.with_name("training_curve.svg").read_text().startswith("<svg")
    assert "Under which licence" not in result.stderr


@pytest.mark.parametrize("answer", ["favourite-colour=blue", "license=mine", "language=Elvish", "datasets="])
def test_an_answer_that_is_none_is_refused(cli: CliRunner, tmp_path: Path, answer: str) -> None:
    result = cli.invoke(app, [str(tmp_path), "--set", answer])
    assert result.exit_code == 2
    assert result.stderr


def test_json_has_exactly_the_keys_that_others_read(cli: CliRunner, tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    (folder / "README.md").write_text("# Nothing\n")
    printed = json.loads(cli.invoke(app, [str(folder), "--json", "--check"]).stdout)
    assert set(printed) == {"facts", "findings", "score", "parts"}
    assert all(set(fact) == {"name", "value", "file", "key"} for fact in printed["facts"])
    assert all(set(one) == {"rule", "severity", "line", "message"} for one in printed["findings"])
    assert printed["score"] == sum(printed["parts"].values())


@pytest.mark.skipif(find_spec("mlflow") is not None, reason="MLflow is installed")
def test_a_run_that_cannot_be_read_from_mlflow_is_named_with_the_next_step(
    cli: CliRunner, tmp_path: Path
) -> None:
    folder = tuned_model(tmp_path / "model")
    missing = cli.invoke(app, [str(folder), "--mlflow", "runs:/abc"])
    assert missing.exit_code == 2
    assert (
        'runs:/abc cannot be read: MLflow is not installed; pip install "giveback[mlflow]"' in missing.stderr
    )
    odd = cli.invoke(app, [str(folder), "--mlflow", "abc"])
    assert odd.exit_code == 2
    assert "write it as runs:/ID" in odd.stderr


def test_of_a_folder_that_says_nothing_people_are_told_so(cli: CliRunner, tmp_path: Path) -> None:
    result = cli.invoke(app, [str(tmp_path)])
    assert "No file here says what the card is about" in result.stderr
