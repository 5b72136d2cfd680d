"""A full disk, and two releases of one model at once."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.hub.publishing import Publisher
from bot.release.actions import HubActions
from bot.release.cli.local_world import LocalWorld
from bot.release.progress import Reach, Status
from bot.release.workflow import run
from tests.fixtures.hub import SandboxHub
from tests.fixtures.make_models import finished_model
from tests.release.direct import CLIENTS_OWN, DirectHub
from tests.release.versions import HUB_ID
from tests.release.worlds import REQUEST, FolderSource, World

pytestmark = pytest.mark.filterwarnings(CLIENTS_OWN)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, whose size each test sets."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk of its own can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def resize(disk: Path, kilobytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", disk], check=True)


@pytest.mark.parametrize("kilobytes", [8, 52, 80])
async def test_on_a_full_disk_nothing_is_published_and_it_says_so(
    hub: SandboxHub, model: Path, disk: Path, kilobytes: int
) -> None:
    resize(disk, kilobytes)
    world = LocalWorld("maya", lambda progress: True, first_wait=0.0)
    async with Publisher(hub.access) as publisher:
        request = replace(REQUEST, alone="There is nobody else.")
        outcome = await run(request, world, HubActions(FolderSource(model), publisher, disk / "room"))
    assert (outcome.status, outcome.reach) == (Status.FAILED, Reach.NOTHING)
    assert "no room left on the disk" in outcome.message
    assert not hub.is_public(HUB_ID)
    assert hub.models() == []


@pytest.mark.parametrize("same", [True, False])
async def test_of_two_releases_at_once_one_is_published_whole_and_the_other_says_why_not(
    hub: SandboxHub, model: Path, tmp_path: Path, same: bool
) -> None:
    other = finished_model(tmp_path / "other")
    if not same:
        (other / "NOTICE").write_text("Something else.")
    hub_access = DirectHub(hub.access)
    sources = {"r1": model, "r2": other}
    outcomes = await asyncio.gather(
        *(
            run(
                replace(REQUEST, id=name),
                World(retries=40, wait=0.25),
                HubActions(FolderSource(folder), hub_access, tmp_path / "room"),
            )
            for name, folder in sources.items()
        )
    )
    published = [one for one in outcomes if one.status is Status.PUBLISHED]
    assert published, [one.message for one in outcomes]
    assert {one.commit for one in published} == {hub.commits(HUB_ID)[0]}
    assert hub.tags(HUB_ID) == {"v1.0.0": hub.commits(HUB_ID)[0]}
    assert len(hub.commits(HUB_ID)) == 2
    if not same:
        (lost,) = [one for one in outcomes if one.status is Status.FAILED]
        assert lost.next_step
    assert hub.models() == [HUB_ID]
