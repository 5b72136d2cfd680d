from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from bot.hub.jobs import Asked
from bot.release.progress import Reach, Status
from bot.release.request import Decision, DecisionKind
from bot.release.taking_back import HubWithdrawal
from bot.release.withdrawal import STEPS, run
from bot.rendering import render
from tests.fixtures.hub import SandboxHub, published
from tests.release.direct import CLIENTS_OWN, DirectHub
from tests.release.versions import HUB_ID, VERSIONS, WITHDRAWAL, files_at, put_versions
from tests.release.worlds import Killed, World

pytestmark = pytest.mark.filterwarnings(CLIENTS_OWN)


def maintained(**more: Any) -> World:
    """A world in which bob is a maintainer."""
    return World(role="maintain", **more)


@pytest.fixture
def hub(emptied_hub: SandboxHub) -> SandboxHub:
    return emptied_hub


@pytest.fixture
def taking(hub: SandboxHub) -> HubWithdrawal:
    return HubWithdrawal(DirectHub(hub.access))


def stored(hub: SandboxHub) -> set[str]:
    """The large files the Hub still has, by name."""
    return {one["filename"] for one in hub.get(f"/api/models/{HUB_ID}/lfs-files").json()}


async def test_on_one_persons_word_the_model_is_private_and_nothing_is_deleted(
    hub: SandboxHub, taking: HubWithdrawal
) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    before = hub.commits(HUB_ID), hub.tags(HUB_ID), stored(hub)
    world = World(decisions=[None])
    outcome = await run(WITHDRAWAL, world, taking)
    assert outcome.status is Status.EXPIRED
    assert not hub.is_public(HUB_ID)
    assert (hub.commits(HUB_ID), hub.tags(HUB_ID), stored(hub)) == before
    waiting = render("comments/taking_back.md.j2", progress=world.journal.shown[-2])
    assert "The model is private already" in waiting
    assert "Deleted for good: the tag v1.1.0, and the large files that nothing else holds: " in waiting
    assert "replace leaked secrets" in waiting
    assert "stays private, and no release makes it public again" in outcome.next_step


async def test_a_writer_or_the_one_who_asked_is_no_second_word(
    hub: SandboxHub, taking: HubWithdrawal
) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    first = World(decisions=[None])
    await run(WITHDRAWAL, first, taking)
    digest = first.journal.shown[-2].digest or ""
    own = Decision(DecisionKind.APPROVE, "alice", "admin", digest, account=1)
    writer = Decision(DecisionKind.APPROVE, "wendy", "write", digest, account=4)
    world = World(decisions=[own, writer, None])
    assert (await run(WITHDRAWAL, world, taking)).status is Status.EXPIRED
    assert "v1.1.0" in hub.tags(HUB_ID)
    assert "wendy: is no maintainer" in render("comments/taking_back.md.j2", progress=world.journal.shown[-2])


async def test_on_two_peoples_word_only_what_was_named_is_gone_for_good(
    hub: SandboxHub, taking: HubWithdrawal
) -> None:
    commits = put_versions(hub, "1.0.0", "1.1.0")
    outcome = await run(WITHDRAWAL, maintained(), taking)
    assert outcome.status is Status.WITHDRAWN, outcome.message
    assert not hub.is_public(HUB_ID)
    assert hub.tags(HUB_ID) == {"v1.0.0": commits["1.0.0"], "v1.0.0+without-1.1.0": outcome.commit}
    assert files_at(hub, "main") == files_at(hub, "v1.0.0") == VERSIONS["1.0.0"]
    assert hub.commits(HUB_ID) == [outcome.commit]  # nothing leads to the small files any more
    assert stored(hub) == {"model.safetensors", "shared.safetensors"}
    gone = hub.get(f"/{HUB_ID}/resolve/{commits['1.1.0']}/extra.safetensors")
    assert gone.status_code == 404
    assert "shared.safetensors (also in the tag v1.0.0)" in outcome.message
    assert "the Hub may give out a commit by its id" in outcome.message


async def test_a_version_others_are_built_on_leaves_its_small_files_in_their_history_and_that_is_said(
    hub: SandboxHub, taking: HubWithdrawal
) -> None:
    commits = put_versions(hub, "1.0.0", "1.1.0", "1.2.0")
    before = hub.commits(HUB_ID)
    outcome = await run(WITHDRAWAL, maintained(), taking)
    assert outcome.status is Status.WITHDRAWN, outcome.message
    assert hub.tags(HUB_ID) == {"v1.0.0": commits["1.0.0"], "v1.2.0": commits["1.2.0"]}
    assert hub.commits(HUB_ID) == before
    assert files_at(hub, "v1.2.0") == VERSIONS["1.2.0"]
    assert "Small files stay in the history" in outcome.message
    assert "secrets.json" in outcome.message


async def test_the_only_version_leaves_an_empty_model_that_no_release_makes_public_by_itself(
    hub: SandboxHub, taking: HubWithdrawal, model: Path, tmp_path: Path
) -> None:
    put_versions(hub, "1.1.0")
    outcome = await run(WITHDRAWAL, maintained(), taking)
    assert outcome.status is Status.WITHDRAWN, outcome.message
    assert files_at(hub, "main") == {}
    assert hub.tags(HUB_ID) == {}
    assert stored(hub) == set()
    assert "no release makes it public again by itself" in outcome.next_step
    assert "may give out by their id until it cleans up" in outcome.next_step

    publisher, files = DirectHub(hub.access), published(model)
    found = await publisher.look(HUB_ID, model, files, release="r2", tag="v1.1.1", public=True)
    assert "private because 1.1.0 was withdrawn" in found.hindrance
    assert "make it public yourself in its settings" in found.next_step
    hidden = await publisher.look(HUB_ID, model, files, release="r2", tag="v1.1.1", public=False)
    assert not hidden.hindrance
    known = await publisher.known(Asked(HUB_ID, "v1.1.1"), tmp_path, model, files)
    assert known.earlier.withdrawn == ("1.1.0",)

    HfApi(hub.url, token=hub.token).update_repo_settings(HUB_ID, visibility="public")
    opened = await publisher.look(HUB_ID, model, files, release="r2", tag="v1.1.1", public=True)
    assert not opened.hindrance


async def test_what_somebody_else_needs_by_then_is_not_deleted(
    hub: SandboxHub, taking: HubWithdrawal
) -> None:
    put_versions(hub, "1.0.0", "1.1.0", "1.2.0")
    first = maintained(kill_before="erase")
    with pytest.raises(Killed):
        await run(WITHDRAWAL, first, taking)
    api = HfApi(hub.url, token=hub.token)
    api.create_branch(HUB_ID, branch="kept", revision="v1.1.0")
    outcome = await run(WITHDRAWAL, maintained(journal=first.journal), taking)
    assert outcome.status is Status.FAILED
    assert "the branch kept" in outcome.message
    assert "nothing was deleted for good" in outcome.message
    assert "extra.safetensors" in stored(hub)


async def test_a_history_that_another_version_is_built_on_by_then_is_not_replaced(
    hub: SandboxHub, taking: HubWithdrawal
) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    first = maintained(kill_before="erase")
    with pytest.raises(Killed):
        await run(WITHDRAWAL, first, taking)
    before = hub.commits(HUB_ID)
    HfApi(hub.url, token=hub.token).create_tag(HUB_ID, tag="v2.0.0", revision="main")
    outcome = await run(WITHDRAWAL, maintained(journal=first.journal), taking)
    assert outcome.status is Status.FAILED
    assert "its history was not replaced" in outcome.message
    assert hub.commits(HUB_ID) == before
    assert "extra.safetensors" in stored(hub)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_may_not_look_any_more_is_no_sign_that_a_file_is_gone(
    hub: SandboxHub, taking: HubWithdrawal, status: int
) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    hub.fault(r"/resolve/.*/extra\.safetensors$", "status", status=status)
    outcome = await run(WITHDRAWAL, maintained(), taking)
    assert outcome.status is Status.FAILED
    assert "whether extra.safetensors is gone is not known" in outcome.message


async def test_a_version_that_is_not_there_hides_the_model_all_the_same(
    hub: SandboxHub, taking: HubWithdrawal
) -> None:
    put_versions(hub, "1.0.0")
    outcome = await run(WITHDRAWAL, maintained(), taking)
    assert outcome.status is Status.FAILED
    assert "has no version 1.1.0" in outcome.message
    assert f"{HUB_ID} is private; nothing was deleted" in outcome.message
    assert not hub.is_public(HUB_ID)


async def test_a_dry_run_changes_nothing_at_all(hub: SandboxHub, taking: HubWithdrawal) -> None:
    put_versions(hub, "1.0.0", "1.1.0")
    outcome = await run(WITHDRAWAL, maintained(holds=["This service is in dry run."]), taking)
    assert (outcome.status, outcome.reach) == (Status.HELD, Reach.NOTHING)
    assert "as public as it was" in outcome.message
    assert hub.is_public(HUB_ID)


@pytest.mark.parametrize("step", [step for step in STEPS if step not in ("approve", "announce")])
async def test_killed_after_any_step_it_goes_on_and_ends_the_same(
    hub: SandboxHub, taking: HubWithdrawal, step: str
) -> None:
    commits = put_versions(hub, "1.0.0", "1.1.0")
    first = maintained(kill_after=step)
    with pytest.raises(Killed):
        await run(WITHDRAWAL, first, taking)
    outcome = await run(WITHDRAWAL, maintained(journal=first.journal), taking)
    assert outcome.status is Status.WITHDRAWN, outcome.message
    assert hub.tags(HUB_ID) == {"v1.0.0": commits["1.0.0"], "v1.0.0+without-1.1.0": outcome.commit}
    assert stored(hub) == {"model.safetensors", "shared.safetensors"}
