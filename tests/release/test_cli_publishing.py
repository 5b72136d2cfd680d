"""Releasing from the command line, one thing after the other on one Hub, since each takes a process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model
from tests.release.direct import CLIENTS_OWN
from tests.release.versions import put_versions
from tests.release.worlds import MANIFEST

pytestmark = pytest.mark.filterwarnings(CLIENTS_OWN)

HUB_ID = "acme/digits-moved"
Command = Callable[..., Result]
ALONE = ("--without-second-person", "We are two, and one is ill.")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHub]:
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = finished_model(tmp_path / "model")
    put_manifest(folder, "1.0.0")
    return folder


def put_manifest(folder: Path, version: str) -> None:
    text = MANIFEST.replace("models/digits", "model").replace("1.0.0", version)
    (folder.parent / "model-release.yml").write_text(text)


@pytest.fixture
def giveback(monkeypatch: pytest.MonkeyPatch, hub: SandboxHub) -> Command:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_TOKEN", hub.token)

    def call(*arguments: str | Path, typed: str = "") -> Result:
        return CliRunner().invoke(app, ["release", *map(str, arguments)], input=typed)

    return call


def test_without_a_second_person_the_operator_has_to_say_why(giveback: Command, model: Path) -> None:
    result = giveback("run", model)
    assert result.exit_code == 2
    assert "--without-second-person" in result.stderr
    assert giveback("rollback", HUB_ID).exit_code == 2


def test_from_a_dry_run_to_a_rollback(giveback: Command, hub: SandboxHub, model: Path) -> None:
    dry = giveback("run", model, "--dry-run", "--json")
    assert dry.exit_code == 0, dry.output
    assert json.loads(dry.stdout)["status"] == "rehearsed"
    assert json.loads(dry.stdout)["plan"]["files"]
    assert hub.models() == []

    refused = giveback("run", model, *ALONE, typed="acme/another\n")
    assert refused.exit_code == 1
    assert "Cancelled." in refused.stdout
    assert hub.models() == []

    done = giveback("run", model, *ALONE, "--json", typed=f"{HUB_ID}\n")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout[done.stdout.index("{") :])  # the runner echoes what is typed
    (approval,) = [gate for gate in report["gates"] if gate["name"] == "approval"]
    assert (report["status"], report["tag"], approval["outcome"]) == ("published", "v1.0.0", "waived")
    assert "without a second person: We are two, and one is ill." in approval["evidence"][0]
    assert hub.is_public(HUB_ID)

    put_manifest(model, "1.1.0")
    (model / "NOTICE").write_text("New in 1.1.0.")
    again = giveback("run", model, *ALONE, "--yes")
    assert again.exit_code == 0, again.output

    planned = giveback("rollback", HUB_ID, "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert "The main branch goes from v1.1.0" in planned.stdout
    back = giveback("rollback", HUB_ID, *ALONE, "--yes", "--json")
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["status"] == "rolled back"

    status = giveback("status", HUB_ID, "--json")
    standing = json.loads(status.stdout)
    assert standing["current"] == "v1.0.0"
    assert list(standing["versions"]) == ["v1.1.0", "v1.0.0"]
    assert standing["visibility"] == "public"


def test_a_failed_gate_publishes_nothing_and_exits_with_1(
    giveback: Command, hub: SandboxHub, model: Path
) -> None:
    (model / "weights.pkl").write_bytes(b"\x80\x04.")
    result = giveback("run", model, "--hub-id", "acme/digits-never", *ALONE, "--yes", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["status"] == "refused"
    assert not hub.exists("acme/digits-never")


def test_one_person_hides_a_model_and_deletes_nothing(giveback: Command, hub: SandboxHub) -> None:
    leaky = "acme/leaky"
    put_versions(hub, "1.0.0", "1.1.0", hub_id=leaky)
    before = hub.commits(leaky), hub.tags(leaky)
    assert hub.is_public(leaky)

    planned = giveback("withdraw", leaky, "v1.1.0", "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert f"{leaky} was not changed." in planned.stdout
    assert "Deleted for good: the tag v1.1.0" in planned.stdout
    assert hub.is_public(leaky)

    unknown = json.loads((result := giveback("withdraw", leaky, "9.9.9", "--json")).stdout)
    assert result.exit_code == 1
    assert (unknown["status"], unknown["was_public"]) == ("hidden", True)
    assert "is private now. acme/leaky has no version 9.9.9" in unknown["message"]
    assert not hub.is_public(leaky)

    told = json.loads((result := giveback("withdraw", leaky, "1.1.0", "--json")).stdout)
    assert result.exit_code == 0
    assert (told["status"], told["was_public"]) == ("hidden", False)
    assert "takes the word of two people, and here is one" in told["next_step"]
    assert f"/withdraw-release 1.1.0 model={leaky}" in told["next_step"]
    assert set(told["deletes"]) == {"model.safetensors", "extra.safetensors"}
    assert (hub.commits(leaky), hub.tags(leaky)) == before
