"""A staging repository on the Hub is fetched by its commit, by whoever may see it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from bot.hub.fetcher import Fetcher
from bot.hub.jobs import HubAccess, Staged
from bot.hub.publishing import Publisher
from bot.release.request import Pin, PinKind
from bot.release.sources import Order, SourceRefused, SourceUnavailable
from bot.release.sources.addresses import HubRevision
from bot.release.sources.hub import HubSource
from tests.fixtures.hub import SandboxHub, published, running_hub
from tests.release.worlds import REQUEST

STAGING = "acme/staging"
WEIGHTS = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHub]:
    folder = tmp_path_factory.mktemp("trained")
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "deep").mkdir()
    (folder / "deep/config.json").write_bytes(b"{}")
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        HfApi(endpoint=running.url, token=running.token).create_repo(STAGING, private=True)
        asyncio.run(fill(running, folder))
        yield running


async def fill(hub: SandboxHub, folder: Path) -> None:
    place = Staged("", STAGING, hub.commits(STAGING)[0])
    await Publisher(hub.access).upload(folder, published(folder), staged=place, message="Train")


async def fetch(
    hub: SandboxHub,
    into: Path,
    revision: str = "main",
    *,
    token: str | None = None,
    pinned: tuple[Pin, ...] = (),
) -> tuple[Pin, ...]:
    access = HubAccess(hub.url, hub.token if token is None else token)
    order = Order(REQUEST, into, 10**6, pinned)
    return await HubSource(Fetcher(access), hub.url).fetch(HubRevision(STAGING, revision), order)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


async def test_a_branch_is_fetched_by_its_commit_which_stays_what_is_fetched(
    hub: SandboxHub, into: Path
) -> None:
    (pin,) = await fetch(hub, into)
    assert pin == Pin(f"{hub.url}/{STAGING}", PinKind.COMMIT, hub.commits(STAGING)[0])
    files = {"model.bin": WEIGHTS, "deep/config.json": b"{}"}
    assert contents(into) == files
    HfApi(endpoint=hub.url, token=hub.token).upload_file(
        path_or_fileobj=b"changed", path_in_repo="deep/config.json", repo_id=STAGING
    )
    later = into.parent / "later"
    later.mkdir()
    assert await fetch(hub, later, pinned=(pin,)) == (pin,)
    assert contents(later) == files


async def test_a_private_repository_is_not_read_without_a_token(hub: SandboxHub, into: Path) -> None:
    with pytest.raises(SourceRefused):
        await fetch(hub, into, token="")
    assert contents(into) == {}


async def test_what_is_too_large_or_not_there_is_refused(hub: SandboxHub, into: Path) -> None:
    with pytest.raises(SourceRefused, match="no branch, tag or commit nowhere"):
        await fetch(hub, into, "nowhere")
    small = Order(REQUEST, into, 1000)
    with pytest.raises(SourceRefused, match="larger than"):
        await HubSource(Fetcher(hub.access), hub.url).fetch(HubRevision(STAGING, "main"), small)
    assert contents(into) == {}


async def test_an_outage_of_the_hub_may_pass(hub: SandboxHub, into: Path) -> None:
    hub.fault("/revision/", "status", status=503)
    try:
        with pytest.raises(SourceUnavailable):
            await fetch(hub, into)
    finally:
        hub.no_faults()
