"""Releases get their files from wherever the manifest says, and from nowhere they may not."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.github.client import AppClient
from bot.github.reader import GitHubReader
from bot.installations import Installation
from bot.places import parse_networks, parse_places
from bot.release.request import Pin, PinKind, ReleaseRequest
from bot.release.sources import SourceRefused
from bot.releasing.source import RepositorySource, Surroundings
from bot.sandbox.github import create_app
from bot.sandbox.serving import run_in_thread
from tests.release.sources.servers import WebServer, file, web_server
from tests.sandbox.github.stage import Listener, Stage

MODELS = "/repos/alice/models"
WEIGHTS = bytes(range(256)) * 400
HERE = parse_networks("127.0.0.0/8,::1")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, body in files.items():
            archive.writestr(f"{name}.bin", body)
    return content.getvalue()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with (
        run_in_thread(create_app(tmp_path_factory.mktemp("github"))) as server,
        Listener() as listener,
        Stage(server.url, listener) as made,
    ):
        yield made


@dataclass
class Fetching:
    """Fetches for alice/models."""

    stage: Stage
    installation: Installation
    into: Path

    async def __call__(
        self, source: str, *, networks: Any = HERE, places: str = "", pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        around = Surroundings(self.stage.url, None, parse_places(places), networks)
        commit = self.stage.alice.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
        request = ReleaseRequest("r1", "alice/models", commit, "alice")
        return await RepositorySource(self.installation, 10**8, around).files(
            request, source, self.into, pinned
        )

    @property
    def came(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.into.rglob("*") if path.is_file()}


@pytest.fixture
async def fetch(stage: Stage, tmp_path: Path) -> AsyncIterator[Fetching]:
    app = AppClient(api_url=f"{stage.url}/api/v3", app_id=str(stage.app["id"]), private_key=stage.app["pem"])
    reader = GitHubReader(app.installation(stage.installation["id"]), stage.url)
    yield Fetching(stage, cast(Installation, SimpleNamespace(reader=reader)), tmp_path)
    await app.close()


def release(stage: Stage, tag: str, **files: bytes) -> Any:
    made = stage.alice.post(f"{MODELS}/releases", {"tag_name": tag})
    upload = made["upload_url"].partition("{")[0]
    for name, content in files.items():
        stage.alice("POST", f"{upload}?name={name}.bin", content=content)
    return made


def run(stage: Stage, *, conclusion: str | None = "success", fork: bool = False) -> int:
    sha = stage.alice.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
    body = {"name": "train", "head_sha": sha, "jobs": {"train": conclusion}, "fork": fork}
    made: int = stage.set("POST", "/repositories/alice/models/workflow-runs", body)["id"]
    return made


def keep(stage: Stage, run: int, archive: bytes, name: str = "model", query: str = "") -> None:
    where = f"{stage.url}/_sandbox/repositories/alice/models/workflow-runs/{run}/artifacts?name={name}{query}"
    stage.client.post(where, content=archive).raise_for_status()


async def test_a_folder_of_the_repository_is_pinned_by_its_commit(fetch: Fetching) -> None:
    (pin,) = await fetch("src")
    assert (pin.uri, pin.kind, len(pin.value)) == (f"{fetch.stage.url}/alice/models", PinKind.COMMIT, 40)
    assert fetch.came == {"train.py": b"print('hi')\n"}


async def test_the_files_of_a_release_that_fit_are_fetched_and_pinned(fetch: Fetching) -> None:
    release(fetch.stage, "v1.0.0", model=WEIGHTS, other=b"other", notes=b"notes")
    pins = await fetch("release:v1.0.0/mod*,n?tes.bin")
    assert fetch.came == {"model.bin": WEIGHTS, "notes.bin": b"notes"}
    where = f"{fetch.stage.url}/alice/models/releases/download/v1.0.0"
    assert pins == (
        Pin(f"{where}/model.bin", PinKind.SHA256, sha256(WEIGHTS)),
        Pin(f"{where}/notes.bin", PinKind.SHA256, sha256(b"notes")),
    )


@pytest.mark.parametrize("source", ["release:v9", "release:v1.1.0/none-*"])
async def test_a_release_or_a_file_that_is_not_there_is_named(fetch: Fetching, source: str) -> None:
    if "1.1" in source:
        release(fetch.stage, "v1.1.0", model=WEIGHTS)
    with pytest.raises(SourceRefused) as refused:
        await fetch(source)
    assert "manifest" in refused.value.next_step


async def test_the_token_stays_with_github_and_its_store_is_reached_without(fetch: Fetching) -> None:
    """The sandbox's store, at another name of this machine, refuses whoever shows a login."""
    release(fetch.stage, "v1.2.0", model=WEIGHTS)
    await fetch("release:v1.2.0")
    assert fetch.came == {"model.bin": WEIGHTS}


async def test_a_store_at_a_private_address_is_not_asked(fetch: Fetching) -> None:
    release(fetch.stage, "v1.3.0", model=WEIGHTS)
    with pytest.raises(SourceRefused):
        await fetch("release:v1.3.0", networks=())
    assert fetch.came in ({}, {"model.bin": b""})


async def test_a_file_that_was_replaced_since_the_check_is_refused(fetch: Fetching) -> None:
    made = release(fetch.stage, "v1.4.0", model=WEIGHTS)
    pins = await fetch("release:v1.4.0")
    asset = fetch.stage.alice.get(f"{MODELS}/releases/{made['id']}/assets")[0]
    fetch.stage.alice.delete(f"{MODELS}/releases/assets/{asset['id']}")
    upload = made["upload_url"].partition("{")[0]
    fetch.stage.alice("POST", f"{upload}?name=model.bin", content=b"other")
    with pytest.raises(SourceRefused, match="SHA-256"):
        await fetch("release:v1.4.0", pinned=pins)


async def test_an_artifact_is_unpacked_and_pinned_by_its_archive_and_commit(fetch: Fetching) -> None:
    number = run(fetch.stage)
    archive = packed(model=WEIGHTS)
    keep(fetch.stage, number, packed(model=b"of the first attempt"))
    keep(fetch.stage, number, archive)
    of_archive, of_commit = await fetch(f"artifact:{number}/model")
    assert fetch.came == {"model.bin": WEIGHTS}
    assert of_archive.value == sha256(archive)
    assert of_archive.uri.startswith(f"{fetch.stage.url}/alice/models/actions/runs/{number}/artifacts/")
    assert of_commit.kind is PinKind.COMMIT


@pytest.mark.parametrize(
    ("made", "query", "name", "said"),
    [
        ({"fork": True}, "", "model", "fork"),
        ({"conclusion": "failure"}, "", "model", "has not succeeded"),
        ({"conclusion": None}, "", "model", "has not succeeded"),
        ({}, "&expired", "model", "expired"),
        ({}, "", "weights", "has no artifact weights"),
    ],
)
async def test_an_artifact_that_cannot_be_trusted_or_is_gone_is_refused(
    fetch: Fetching, made: dict[str, Any], query: str, name: str, said: str
) -> None:
    number = run(fetch.stage, **made)
    keep(fetch.stage, number, packed(model=WEIGHTS), query=query)
    with pytest.raises(SourceRefused, match=said):
        await fetch(f"artifact:{number}/{name}")
    assert fetch.came == {}


async def test_an_artifact_of_another_repository_is_not_found(fetch: Fetching) -> None:
    with pytest.raises(SourceRefused, match="refused to give"):
        await fetch("artifact:1/model")


async def test_only_places_named_for_a_repository_are_asked(fetch: Fetching, server: WebServer) -> None:
    url = server.tell("/m/model.bin", file(WEIGHTS))
    for places in ("", f"bob={server.url}", f"alice/other={server.url}", f"alice={server.url}/n"):
        with pytest.raises(SourceRefused, match="no place to fetch from"):
            await fetch(url, places=places)
    for source in ("s3://bucket/models", "models:/digits/3", "runs:/0123/model"):
        with pytest.raises(SourceRefused, match="this service may fetch"):
            await fetch(source, places=f"alice={server.url}")
    assert server.asked == []
    for places in (f"alice={server.url}", f"Alice/Models={server.url}/m", f"*={server.url}"):
        await fetch(url, places=places)
    assert fetch.came == {"model.bin": WEIGHTS}


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running
