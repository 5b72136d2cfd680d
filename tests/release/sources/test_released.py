"""What is kept elsewhere is released as it was checked, or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.hub.publishing import Publisher
from bot.places import parse_networks
from bot.release.actions import HubActions
from bot.release.progress import Status
from bot.release.request import Decision, Pin, ReleaseRequest
from bot.release.sources import Order
from bot.release.sources.addresses import WebAddress, parse_source
from bot.release.sources.web import WebSource
from bot.release.workflow import run
from tests.fixtures.hub import SandboxHub
from tests.release.sources.servers import WebServer, file
from tests.release.worlds import MANIFEST, REQUEST, World


@dataclass
class WebFolder:
    """A repository whose manifest names a folder on a web server."""

    server: WebServer
    fetched: int = 0

    async def manifest(self, request: ReleaseRequest) -> str:
        return MANIFEST.replace("models/digits", f"{self.server.url}/digits/")

    async def files(
        self, request: ReleaseRequest, source: str, into: Path, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        self.fetched += 1
        address = parse_source(source)
        assert isinstance(address, WebAddress)
        web = WebSource([self.server.url], parse_networks("127.0.0.1"))
        return await web.fetch(address, Order(request, into, 10**9, pinned))


def serve(server: WebServer, model: Path) -> None:
    files = {
        path.relative_to(model).as_posix(): path.read_bytes() for path in model.rglob("*") if path.is_file()
    }
    for name, content in files.items():
        server.tell(f"/digits/{name}", file(content))
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    server.tell("/digits/SHA256SUMS", file(sums.encode()))


async def test_content_that_changes_between_the_check_and_the_upload_is_not_released(
    hub: SandboxHub, server: WebServer, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server, model)

    class Changing(World):
        async def next_decision(self, timeout_seconds: float) -> Decision | None:
            (model / "config.json").write_text("{}")
            serve(server, model)
            return await super().next_decision(timeout_seconds)

    actions = HubActions(WebFolder(server), Publisher(hub.access, base_timeout=60), tmp_path / "room")
    outcome = await run(REQUEST, Changing(), actions)
    assert outcome.status is Status.FAILED
    assert "SHA-256" in outcome.message
    assert hub.models() == []
