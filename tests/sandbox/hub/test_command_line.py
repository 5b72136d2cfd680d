"""The hf command against the sandbox."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.hub.client import environment
from tests.sandbox.hub.conftest import World

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def hf(world: World, tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings = environment(world.url, world.tokens["ann"], tmp_path_factory.mktemp("home"))

    def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(["hf", *arguments], env=settings, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def uploaded(hf: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# From the command line\n")
    (folder / "model.safetensors").write_bytes(b"w" * 100_000)
    hf("repos", "create", "acme/by-command", "--private")
    hf("upload", "acme/by-command", str(folder), ".")
    return "acme/by-command"


def test_it_knows_who_it_is(hf: Run) -> None:
    assert "ann" in hf("auth", "whoami").stdout


def test_what_it_uploads_it_downloads_and_verifies(hf: Run, uploaded: str, tmp_path: Path) -> None:
    hf("download", uploaded, "--local-dir", str(tmp_path))
    assert (tmp_path / "model.safetensors").read_bytes() == b"w" * 100_000
    hf("cache", "verify", uploaded, "--local-dir", str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"x" * 100_000)
    assert hf("cache", "verify", uploaded, "--local-dir", str(tmp_path), check=False).returncode != 0


def test_it_tags_and_lists_tags(hf: Run, uploaded: str) -> None:
    hf("repos", "tag", "create", uploaded, "v1.0", "-m", "First")
    assert "v1.0" in hf("repos", "tag", "list", uploaded).stdout


def test_it_changes_settings_and_deletes(hf: Run, world: World) -> None:
    hf("repos", "create", "acme/short-lived")
    hf("repos", "settings", "acme/short-lived", "--private")
    with world.http("ann") as http:
        assert http.get("/api/models/acme/short-lived").json()["private"] is True
    hf("repos", "delete", "acme/short-lived", "--yes")
    with world.http("ann") as http:
        assert http.get("/api/models/acme/short-lived").status_code == 404
