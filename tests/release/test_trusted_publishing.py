"""Releasing from a job that has no token, and that the Hub trusts to publish one model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.release.cli.identity import can_prove_itself
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model
from tests.release.worlds import MANIFEST

HUB_ID = "acme/digits-moved"
CLAIMS = {"repository": "octo/models", "workflow": "release-model.yml"}
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHub]:
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def model(hub: SandboxHub) -> Iterator[HfApi]:
    api = HfApi(hub.url, hub.token)
    api.create_repo(HUB_ID)
    yield api
    api.delete_repo(HUB_ID)


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch, hub: SandboxHub, tmp_path: Path) -> Run:
    folder = finished_model(tmp_path / "model")
    (tmp_path / "model-release.yml").write_text(MANIFEST.replace("models/digits", "model"))
    trusted = {"resource": HUB_ID, "claims": CLAIMS}
    httpx.post(f"{hub.url}/_sandbox/publishers", json=trusted).raise_for_status()

    def run(*options: str, token: str = "", command: tuple[str, ...] = (), **changed: str) -> Result:
        said = {"claims": CLAIMS | changed}
        job = httpx.post(f"{hub.url}/_sandbox/jobs", json=said).raise_for_status().json()
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", token)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", job["request_url"])
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", job["request_token"])
        alone = ["--without-second-person", "We are two, and one is ill.", "--yes", "--json"]
        words = command or ("run", str(folder), *alone)
        return CliRunner().invoke(app, ["release", *words, *options])

    return run


def said(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_job_the_hub_trusts_publishes_with_no_token_and_leaves_nothing_behind(
    release: Run, hub: SandboxHub, model: HfApi
) -> None:
    dry = release("--dry-run")
    assert dry.exit_code == 0, dry.output
    places = [commit["repository"] for commit in said(dry)["plan"]["commits"]]
    assert [place.partition("@giveback-")[0] for place in places] == [HUB_ID, HUB_ID]
    assert hub.tags(HUB_ID) == {}
    result = release()
    assert result.exit_code == 0, result.output
    assert "as a trusted publisher" in result.stderr
    assert (said(result)["status"], list(hub.tags(HUB_ID))) == ("published", ["v1.0.0"])
    commit = model.list_repo_commits(HUB_ID)[0]
    assert (commit.commit_id, commit.authors) == (said(result)["commit"], ["[OIDC]"])
    assert [branch.name for branch in model.list_repo_refs(HUB_ID).branches] == ["main"]
    assert hub.models() == [HUB_ID]


def test_a_job_goes_back_to_an_earlier_version_and_tells_where_the_model_stands(
    release: Run, hub: SandboxHub, model: HfApi
) -> None:
    model.upload_file(path_or_fileobj=b"one", path_in_repo="model.txt", repo_id=HUB_ID)
    model.create_tag(HUB_ID, tag="v1.0.0")
    model.upload_file(path_or_fileobj=b"two", path_in_repo="model.txt", repo_id=HUB_ID)
    model.create_tag(HUB_ID, tag="v1.1.0")
    model.update_repo_settings(HUB_ID, visibility="private")
    stands = release(command=("status", HUB_ID, "--json"))
    assert (stands.exit_code, said(stands)["current"]) == (0, "v1.1.0")
    alone = ("--without-second-person", "It is wrong.", "--yes", "--json")
    back = release(command=("rollback", HUB_ID, *alone))
    assert (back.exit_code, said(back)["status"]) == (0, "rolled back"), back.output
    assert hub.content(HUB_ID, "model.txt") == b"one"
    assert model.list_repo_commits(HUB_ID)[0].authors == ["[OIDC]"]
    strangers = release(command=("status", HUB_ID), workflow="other.yml")
    assert strangers.exit_code == 1
    assert "may not see it" in strangers.stderr


def test_a_job_the_hub_does_not_trust_is_told_what_to_check_and_uses_a_token_if_there_is_one(
    release: Run, hub: SandboxHub, model: HfApi
) -> None:
    refused = release("--dry-run", workflow="other.yml")
    assert refused.exit_code == 1
    assert "does not trust this job" in refused.stderr
    assert "Check the trusted publishers" in refused.stderr
    by_token = release("--dry-run", token=hub.token, workflow="other.yml")
    assert by_token.exit_code == 0, by_token.output
    assert "HF_TOKEN is used instead" in by_token.stderr
    assert hub.token not in by_token.output


def test_nothing_is_made_public_by_a_job(release: Run, hub: SandboxHub, model: HfApi) -> None:
    model.update_repo_settings(HUB_ID, visibility="private")
    result = release()
    assert result.exit_code == 1
    assert "is private and shall be public" in said(result)["message"]
    assert not hub.is_public(HUB_ID)
    assert len(hub.commits(HUB_ID)) == 1


@pytest.mark.parametrize(
    ("environment", "can"),
    [
        ({"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x"}, True),
        ({"GITHUB_ACTIONS": "true"}, False),
        ({"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x"}, False),
        ({"HF_OIDC_ID_TOKEN": "e30.e30.x"}, True),
        ({}, False),
    ],
)
def test_a_job_can_prove_itself_where_an_identity_is_to_be_had(
    environment: dict[str, str], can: bool
) -> None:
    assert can_prove_itself(environment) is can
