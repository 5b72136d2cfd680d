"""What became of publishing that broke off, as far as it can be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.hub.jobs import HubAccess, Settled
from tests.fixtures.hub import SandboxHub, published
from tests.release.direct import CLIENTS_OWN, DirectHub
from tests.release.versions import HUB_ID, put_versions

pytestmark = pytest.mark.filterwarnings(CLIENTS_OWN)


async def settle(access: HubAccess, folder: Path, *, public: bool) -> Settled:
    return await DirectHub(access).settle(HUB_ID, folder, published(folder), public=public)


async def test_it_is_told_with_a_token_and_without_one(hub: SandboxHub, tmp_path: Path, model: Path) -> None:
    folder = tmp_path / "version"
    folder.mkdir()
    revoked = HubAccess(hub.url, "hf_revoked")
    assert await settle(hub.access, model, public=True) == Settled()
    assert await settle(revoked, model, public=True) == Settled()
    put_versions(hub, "1.0.0")
    for path in ("README.md", "model.safetensors", "shared.safetensors"):
        (folder / path).write_bytes(hub.content(HUB_ID, path))
    for access in (hub.access, revoked):
        assert await settle(access, folder, public=True) == Settled(is_published=True)
        assert await settle(access, model, public=True) == Settled()
    assert await settle(revoked, folder, public=False) == Settled(is_known=False)
