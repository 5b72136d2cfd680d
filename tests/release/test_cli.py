import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.release.cli import release_app
from tests.fixtures.hub import SandboxHub
from tests.release.worlds import MANIFEST

OF_MODEL = MANIFEST.replace("models/digits", "model")


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch, origins_hub: SandboxHub) -> None:
    monkeypatch.setenv("HF_ENDPOINT", origins_hub.url)
    monkeypatch.setenv("HF_TOKEN", origins_hub.token)


@pytest.fixture
def cli() -> CliRunner:
    return CliRunner()


def test_check_finds_the_manifest_beside_or_above_the_model_and_passes(cli: CliRunner, model: Path) -> None:
    (model.parent / "model-release.yml").write_text(OF_MODEL)
    result = cli.invoke(release_app, ["check", str(model), "--json"])
    gates = {gate["name"]: gate for gate in json.loads(result.stdout)["gates"]}
    assert result.exit_code == 0
    assert gates["file_formats"]["outcome"] == "pass"
    assert gates["approval"]["outcome"] == "waiting"
    assert set(gates["card"]) >= {"name", "outcome", "evidence", "waivable"}


def test_check_of_a_repository_goes_to_the_source_the_manifest_names(cli: CliRunner, model: Path) -> None:
    repository = model.parent
    (repository / "model-release.yml").write_text(OF_MODEL)
    assert cli.invoke(release_app, ["check", str(repository)]).exit_code == 0


def test_check_does_not_judge_a_folder_by_another_ones_manifest(cli: CliRunner, model: Path) -> None:
    manifest = model.parent / "model-release.yml"
    manifest.write_text(OF_MODEL)
    other = model.rename(model.parent / "other")
    model.mkdir()
    result = cli.invoke(release_app, ["check", str(other)])
    assert result.exit_code == 2
    assert "is about model, not about this folder" in result.stderr
    assert cli.invoke(release_app, ["check", str(other), "--manifest", str(manifest)]).exit_code == 0


def test_check_of_a_repository_without_the_folder_it_names_says_so(cli: CliRunner, model: Path) -> None:
    (model.parent / "model-release.yml").write_text(MANIFEST)
    result = cli.invoke(release_app, ["check", str(model.parent)])
    assert result.exit_code == 2
    assert "there is no such folder" in result.stderr


def test_check_exits_with_1_when_a_gate_fails(cli: CliRunner, model: Path) -> None:
    (model.parent / "model-release.yml").write_text(OF_MODEL)
    (model / "weights.pkl").write_bytes(b"x")
    result = cli.invoke(release_app, ["check", str(model)])
    assert result.exit_code == 1
    assert "weights.pkl" in result.stdout


def test_check_without_a_manifest_says_so(cli: CliRunner, model: Path) -> None:
    (model.parent / ".git").mkdir()
    result = cli.invoke(release_app, ["check", str(model)])
    assert result.exit_code == 1
    assert "there is no model-release.yml" in result.stdout


def test_schema_prints_json(cli: CliRunner) -> None:
    assert json.loads(cli.invoke(release_app, ["schema"]).stdout)["title"] == "model-release.yml"
