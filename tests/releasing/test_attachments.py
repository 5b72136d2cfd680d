"""What GitHub keeps beside a repository is asked for with a token that is good at that moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bot.github.attached import AttachedFiles
from bot.github.client import InstallationClient
from bot.places import parse_networks
from bot.release.sources import Order
from bot.release.sources.addresses import ReleaseAssets
from bot.releasing.attachments import AssetSource, GitHubStore
from tests.release.sources.servers import file, moved, web_server
from tests.release.worlds import REQUEST


@dataclass
class Client:
    """Lists two files of a release, and gives a new token each time."""

    base_url: str
    tokens: int = 0

    async def get(self, path: str) -> Any:
        return {"id": 1}

    async def pages(self, path: str) -> AsyncIterator[Any]:
        for id, name in enumerate(("a.json", "b.json")):
            page = f"{self.base_url}/{name}"
            yield {"id": id, "name": name, "state": "uploaded", "browser_download_url": page}

    async def token(self, repository: str) -> str:
        self.tokens += 1
        return f"token{self.tokens}"


async def test_each_file_is_asked_for_with_a_new_token_which_only_github_sees(tmp_path: Path) -> None:
    assets = f"/repos/{REQUEST.repository}/releases/assets"
    with web_server() as storage, web_server() as github:
        for id in (0, 1):
            github.tell(f"{assets}/{id}", moved(storage.tell(f"/{id}", file(b"{}"))))
        files = AttachedFiles(cast(InstallationClient, Client(github.url)))
        store = GitHubStore([github.url], parse_networks("127.0.0.0/8"))
        order = Order(REQUEST, tmp_path, 1000)
        await AssetSource(files, store).fetch(ReleaseAssets("v1.0.0", ("*",)), order)
        signed = [one.headers["authorization"] for one in github.asked]
        assert signed == ["Bearer token1", "Bearer token2"]
        assert not any("authorization" in one.headers for one in storage.asked)


async def test_a_download_that_broke_off_is_taken_up_with_a_new_token(tmp_path: Path) -> None:
    """A large file may take longer than the hour for which a token is good."""
    content = bytes(range(256)) * 8000
    with web_server() as storage, web_server() as github:
        kept = storage.tell("/0", file(content, cut_after=1_500_000), file(content))
        github.tell(f"/repos/{REQUEST.repository}/releases/assets/0", moved(kept))
        files = AttachedFiles(cast(InstallationClient, Client(github.url)))
        store = GitHubStore([github.url], parse_networks("127.0.0.0/8"))
        order = Order(REQUEST, tmp_path, 10**7)
        await AssetSource(files, store).fetch(ReleaseAssets("v1.0.0", ("a.json",)), order)
        signed = [one.headers["authorization"] for one in github.asked]
    assert (tmp_path / "a.json").read_bytes() == content
    assert storage.asked[1].start == 1_500_000
    assert signed == ["Bearer token1", "Bearer token2"]
