from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from bot.release.progress import Reach, State, Status
from bot.release.request import Decision, DecisionKind
from bot.release.rollback import STEPS, run
from bot.release.taking_back import HubRollback
from bot.rendering import render
from tests.fixtures.hub import SandboxHub
from tests.release.direct import CLIENTS_OWN, DirectHub
from tests.release.versions import HUB_ID, ROLLBACK, VERSIONS, files_at, put_versions
from tests.release.worlds import Killed, World

pytestmark = pytest.mark.filterwarnings(CLIENTS_OWN)


@pytest.fixture
def hub(emptied_hub: SandboxHub) -> SandboxHub:
    return emptied_hub


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


async def test_going_forward_again_is_going_to_a_version_that_is_named(
    hub: SandboxHub, back: HubRollback
) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    await run(ROLLBACK, World(), back)
    outcome = await run(replace(ROLLBACK, id="b2", version="1.1.0"), World(), back)
    assert outcome.status is Status.ROLLED_BACK, outcome.message
    assert files_at(hub, "main") == VERSIONS["1.1.0"]
    assert files_at(hub, "v1.0.0") == VERSIONS["1.0.0"]


@pytest.mark.parametrize(
    ("versions", "asked", "words"),
    [
        ((), "", "does not exist"),
        (("1.0.0",), "", "no version before 1.0.0"),
        (("1.0.0", "1.1.0"), "2.0.0", "has no version 2.0.0"),
        (("1.0.0", "1.1.0"), "1.1.0", "exactly the files of v1.1.0 already"),
    ],
)
async def test_what_cannot_be_gone_back_to_is_said_before_anybody_is_asked_to_approve(
    hub: SandboxHub, back: HubRollback, versions: tuple[str, ...], asked: str, words: str
) -> None:
    if versions:
        put_versions(hub, *versions)
    outcome = await run(replace(ROLLBACK, version=asked), World(decisions=[]), back)
    assert outcome.status is Status.FAILED
    assert words in outcome.message
    assert f"{HUB_ID} was not touched" in outcome.message
    assert outcome.reach is Reach.NOTHING


async def test_without_a_second_person_nothing_is_changed(hub: SandboxHub, back: HubRollback) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    before = hub.commits(HUB_ID), hub.tags(HUB_ID)
    first = World(decisions=[None])
    assert (await run(ROLLBACK, first, back)).status is Status.EXPIRED
    waiting = render("comments/taking_back.md.j2", progress=first.journal.shown[-2])
    digest = first.journal.shown[-2].digest or ""
    assert f"`/approve {digest[:12]}`" in waiting
    assert "files of v1.0.0" in waiting
    own = Decision(DecisionKind.APPROVE, "alice-renamed", "admin", digest, account=1)
    reader = Decision(DecisionKind.APPROVE, "eve", "read", digest, account=3)
    stale = Decision(DecisionKind.APPROVE, "bob", "write", "0" * 64, account=2)
    assert (await run(ROLLBACK, World(decisions=[own, reader, stale, None]), back)).status is Status.EXPIRED
    assert (hub.commits(HUB_ID), hub.tags(HUB_ID)) == before


async def test_an_approval_is_for_the_head_that_was_looked_at(hub: SandboxHub, back: HubRollback) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    first = World(kill_before="restore")
    with pytest.raises(Killed):
        await run(ROLLBACK, first, back)
    api = HfApi(hub.url, token=hub.token)
    api.upload_file(path_or_fileobj=b"theirs", path_in_repo="theirs.txt", repo_id=HUB_ID)
    outcome = await run(ROLLBACK, World(journal=first.journal), back)
    assert outcome.status is Status.FAILED
    assert "Somebody changed" in outcome.message
    assert files_at(hub, "main")["theirs.txt"] == b"theirs"


async def test_a_head_that_is_no_version_is_left_with_a_version_that_is_named(
    hub: SandboxHub, back: HubRollback
) -> None:
    put_versions(hub, "1.0.0")
    api = HfApi(hub.url, token=hub.token)
    api.upload_file(path_or_fileobj=b"a mistake", path_in_repo="mistake.txt", repo_id=HUB_ID)
    asked = await run(ROLLBACK, World(), back)
    assert "Name the version" in asked.next_step
    outcome = await run(replace(ROLLBACK, version="1.0.0"), World(), back)
    assert outcome.status is Status.ROLLED_BACK, outcome.message
    assert files_at(hub, "main") == VERSIONS["1.0.0"]


@pytest.mark.parametrize("step", [step for step in STEPS if step != "approve"])
async def test_killed_before_any_step_it_goes_on_and_goes_back_once(
    hub: SandboxHub, back: HubRollback, step: str
) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    before = hub.commits(HUB_ID)
    first = World(kill_before=step)
    with pytest.raises(Killed):
        await run(ROLLBACK, first, back)
    outcome = await run(ROLLBACK, World(journal=first.journal), back)
    assert outcome.status is Status.ROLLED_BACK, outcome.message
    assert hub.commits(HUB_ID) == [outcome.commit, *before]
    assert hub.tags(HUB_ID)["v1.0.0"] == outcome.commit


async def test_dead_between_deleting_the_tag_and_making_it_again_it_is_made(
    hub: SandboxHub, back: HubRollback
) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    hub.fault(r"/tag/", "status", method="POST", status=503)
    first = World(retries=0)
    outcome = await run(ROLLBACK, first, back)
    assert outcome.status is Status.FAILED
    assert "its tag v1.0.0 may be missing" in outcome.message
    assert "v1.0.0" not in hub.tags(HUB_ID)
    hub.no_faults()
    first.journal.results = [one for one in first.journal.results if one[0] not in ("tag", "announce")]
    again = await run(ROLLBACK, World(journal=first.journal), back)
    assert again.status is Status.ROLLED_BACK, again.message
    assert hub.tags(HUB_ID)["v1.0.0"] == again.commit


async def test_what_differs_when_it_is_downloaded_is_said(hub: SandboxHub, back: HubRollback) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    hub.fault(r"/resolve/[0-9a-f]+/README.md", "status", method="GET", status=200, body="other", after=1)
    world = World(retries=0)
    outcome = await run(ROLLBACK, world, back)
    assert outcome.status is Status.FAILED
    assert outcome.reach is Reach.PUBLISHED
    assert "not all of them were downloaded" in outcome.message
