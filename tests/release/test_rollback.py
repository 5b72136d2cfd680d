from __future__ import annotations

from pathlib import Path

import pytest

from bot.release.progress import State, Status
from bot.release.rollback import STEPS, run
from bot.release.taking_back import HubRollback
from bot.rendering import render
from tests.fixtures.hub import SandboxHub
from tests.release.direct import CLIENTS_OWN, DirectHub
from tests.release.versions import HUB_ID, ROLLBACK, VERSIONS, files_at, put_versions
from tests.release.worlds import World

pytestmark = pytest.mark.filterwarnings(CLIENTS_OWN)


@pytest.fixture
def back(hub: SandboxHub, tmp_path: Path) -> HubRollback:
    return HubRollback(DirectHub(hub.access), tmp_path / "room")


def shown(world: World) -> str:
    return render("comments/taking_back.md.j2", progress=world.journal.shown[-1])


async def test_it_goes_back_to_the_version_before_in_one_commit_with_its_history_and_moves_the_tag(
    hub: SandboxHub, back: HubRollback
) -> None:
    commits = put_versions(hub, "1.0.0", "1.1.0")
    before = hub.commits(HUB_ID)
    world = World()
    outcome = await run(ROLLBACK, world, back)
    assert outcome.status is Status.ROLLED_BACK, outcome.message
    assert hub.commits(HUB_ID) == [outcome.commit, *before]
    assert files_at(hub, "main") == VERSIONS["1.0.0"]
    assert hub.tags(HUB_ID) == {"v1.0.0": outcome.commit, "v1.1.0": commits["1.1.0"]}
    assert files_at(hub, "v1.1.0") == VERSIONS["1.1.0"]
    assert files_at(hub, commits["1.0.0"]) == VERSIONS["1.0.0"]
    last = world.journal.shown[-1]
    assert [step.name for step in last.steps] == list(STEPS)
    assert {step.state for step in last.steps} == {State.DONE}
    assert "**Rolled back.**" in shown(world)
    assert "To go forward again" in render("comments/taking_back_ended.md.j2", progress=last)
