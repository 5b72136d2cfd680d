import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from typer.testing import CliRunner

from bot.cli import app
from bot.hub.publishing import Publisher
from bot.release.actions import HubActions
from bot.release.attestations.signing import KeyFile
from bot.release.progress import Status
from bot.release.workflow import run
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model
from tests.release.attestations.keys import make_keys
from tests.release.worlds import REQUEST, FolderSource, World

HUB_ID = "acme/digits-moved"


@dataclass(frozen=True)
class Released:
    """A signed release on a Hub, and the key to check it with."""

    hub: SandboxHub
    key: Path

    def revision(self, name: str, *operations: CommitOperationAdd | CommitOperationDelete) -> str:
        """Make a branch of the release with changes on it, and name it."""
        api = HfApi(endpoint=self.hub.url, token=self.hub.token)
        api.create_branch(HUB_ID, branch=name, revision="v1.0.0")
        api.create_commit(HUB_ID, list(operations), commit_message="Tamper", revision=name)
        return name


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    folder = tmp_path_factory.mktemp("released")
    private, public = make_keys(folder)
    with running_hub(folder / "hub") as hub:
        source = FolderSource(finished_model(folder / "model"))

        async def release() -> Status:
            async with Publisher(hub.access, base_timeout=60) as publisher:
                actions = HubActions(source, publisher, folder / "room", signing=KeyFile(private))
                return (await run(REQUEST, World(), actions)).status

        assert asyncio.run(release()) is Status.PUBLISHED
        yield Released(hub, public)


@pytest.fixture(autouse=True)
def environment(released: Released, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", released.hub.url)
    monkeypatch.delenv("HF_TOKEN", raising=False)


def verified(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["verify", HUB_ID, "--json", *arguments])
    return result.exit_code, json.loads(result.stdout)


def outcomes(said: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["outcome"] for check in said["checks"]}


def test_a_release_holds_for_a_stranger_with_the_public_key(released: Released) -> None:
    code, said = verified("--key", str(released.key), "--revision", "v1.0.0")
    assert outcomes(said) == dict.fromkeys(("files", "signature", "provenance", "ML-BOM"), "holds")
    assert (code, said["holds"], said["hub_id"]) == (0, True, HUB_ID)


def test_without_a_key_it_is_held_to_belong_together_and_no_more() -> None:
    result = CliRunner().invoke(app, ["verify", HUB_ID, "--unsigned"])
    assert result.exit_code == 0
    assert "who wrote the attestations is not known" in result.stdout


def test_a_release_that_another_key_signed_is_refused(tmp_path: Path) -> None:
    _, other = make_keys(tmp_path)
    code, said = verified("--key", str(other), "--revision", "v1.0.0")
    assert code == 1
    assert outcomes(said) == {
        "files": "holds",
        "signature": "fails",
        "provenance": "holds",
        "ML-BOM": "holds",
    }
    assert said["checks"][1]["evidence"] == ["model.sig: it was not made with this key, or was changed since"]


def test_files_that_were_changed_added_and_deleted_are_named(released: Released) -> None:
    moved = released.revision(
        "moved",
        CommitOperationAdd("config.json", b'{"evil": true}'),
        CommitOperationAdd("run.py", b"evil"),
        CommitOperationDelete("README.md"),
    )
    code, said = verified("--revision", moved)
    assert (code, outcomes(said)["files"], outcomes(said)["signature"]) == (1, "fails", "could_not_run")
    assert said["checks"][0]["evidence"] == [
        "not what SHA256SUMS says: config.json",
        "named in SHA256SUMS and not there: README.md",
        "there and not named in SHA256SUMS: run.py",
    ]


def test_sums_that_were_changed_with_the_file_are_found_by_everything_else(released: Released) -> None:
    evil = b'{"evil": true}'
    sums = released.hub.content(HUB_ID, "SHA256SUMS").decode()
    old = hashlib.sha256(released.hub.content(HUB_ID, "config.json")).hexdigest()
    sums = sums.replace(old, hashlib.sha256(evil).hexdigest())
    forged = released.revision(
        "forged", CommitOperationAdd("config.json", evil), CommitOperationAdd("SHA256SUMS", sums.encode())
    )
    code, said = verified("--key", str(released.key), "--revision", forged)
    assert code == 1
    assert outcomes(said) == {
        "files": "holds",
        "signature": "fails",
        "provenance": "fails",
        "ML-BOM": "fails",
    }


@pytest.mark.parametrize("arguments", [["acme/none"], ["none"], [HUB_ID, "--key", "/dev/null"]])
def test_what_cannot_be_asked_ends_with_two_and_words(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["verify", *arguments])
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.stderr
