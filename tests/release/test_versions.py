"""A model that is public gets its next version: changed, added and removed files, in one piece."""

import shutil
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from bot.release.actions import HubActions
from bot.release.progress import Reach, ReleaseOutcome, Status
from bot.release.request import Decision, DecisionKind
from bot.release.workflow import run
from bot.rendering import render
from tests.fixtures.hub import SandboxHub
from tests.release.worlds import APPROVE, MANIFEST, REQUEST, FolderSource, Killed, World

HUB_ID = "acme/digits-moved"
BRANCH = "giveback/v1.0.1"
CANCEL = Decision(DecisionKind.CANCEL, "bob", "write", account=2)
Content = dict[str, bytes]


def content(model: Path) -> Content:
    return {
        path.relative_to(model).as_posix(): path.read_bytes() for path in model.rglob("*") if path.is_file()
    }


def on_hub(hub: SandboxHub, revision: str) -> Content:
    tree = hub.get(f"/api/models/{HUB_ID}/tree/{revision}?recursive=true").raise_for_status().json()
    paths = [one["path"] for one in tree if one["type"] == "file" and one["path"] != ".gitattributes"]
    return {
        path: hub.get(f"/{HUB_ID}/resolve/{revision}/{path}").raise_for_status().content for path in paths
    }


def branches(hub: SandboxHub) -> set[str]:
    refs = hub.get(f"/api/models/{HUB_ID}/refs").raise_for_status().json()
    return {branch["name"] for branch in refs["branches"]}


def somebody_uploads(hub: SandboxHub) -> str:
    api = HfApi(endpoint=hub.url, token=hub.token)
    return api.upload_file(path_or_fileobj=b"mine", path_in_repo="mine.txt", repo_id=HUB_ID).oid


@pytest.fixture
async def old(hub: SandboxHub, actions: HubActions, source: FolderSource, model: Path) -> Content:
    """Release 1.0.0, then make 1.0.1 of the model in the repository; give the old files."""
    (model / "eval").mkdir()
    (model / "eval/old.json").write_text('{"only": "in 1.0.0"}')
    before = content(model)
    assert (await run(REQUEST, World(), actions)).status is Status.PUBLISHED
    shutil.rmtree(model / "eval")
    card = model / "README.md"
    card.write_text(card.read_text() + "\nIt was trained a little longer.\n")
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    (model / "NOTICE").write_text("New in 1.0.1.")
    source.text = MANIFEST.replace("1.0.0", "1.0.1")
    return before


def published_in_one_piece(hub: SandboxHub, outcome: ReleaseOutcome, old: Content, model: Path) -> None:
    assert (outcome.status, outcome.reach) == (Status.PUBLISHED, Reach.PUBLISHED), outcome.message
    new = content(model)
    history = [on_hub(hub, commit) for commit in hub.commits(HUB_ID)]
    assert history == [new, old, {}]
    tags = hub.tags(HUB_ID)
    assert tags == {"v1.0.1": outcome.commit, "v1.0.0": hub.commits(HUB_ID)[1]}
    assert on_hub(hub, "v1.0.0") == old
    assert on_hub(hub, "main") == new
    assert branches(hub) == {"main"}


async def test_the_next_version_replaces_the_public_one_in_one_commit_and_the_old_tag_stays(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    outcome = await run(REQUEST, World(), actions)
    published_in_one_piece(hub, outcome, old, model)
    again = await run(REQUEST, World(), actions)
    assert again.commit == outcome.commit
    published_in_one_piece(hub, again, old, model)


async def test_killed_before_and_after_each_step_the_next_version_is_still_published_in_one_piece(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    world = World()
    for step in ("stage", "upload", "verify", "publish", "tag"):
        for moment in ("kill_before", "kill_after"):
            world = World(journal=world.journal, **{moment: step})  # type: ignore[arg-type]  # both are names of steps
            with pytest.raises(Killed):
                await run(REQUEST, world, actions)
            landed = step == "tag" or (step, moment) == ("publish", "kill_after")
            assert on_hub(hub, "main") == (content(model) if landed else old)
    outcome = await run(REQUEST, World(journal=world.journal), actions)
    published_in_one_piece(hub, outcome, old, model)


async def test_a_new_attempt_goes_on_from_what_abandoned_ones_left(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    with pytest.raises(Killed):
        await run(REQUEST, World(kill_after="upload"), actions)
    (model / "LICENSE").write_text("Added before the second attempt.")
    (model / "NOTICE").unlink()
    with pytest.raises(Killed):
        await run(REQUEST, World(kill_after="publish"), actions)
    published_in_one_piece(hub, await run(REQUEST, World(), actions), old, model)


async def test_answers_that_get_lost_are_made_up_for(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    for path in (r"/commit/giveback%2Fv1\.0\.1", "/commit/main", "/branch/", "/tag/"):
        hub.fault(path, "cut", after_response=True, times=1)
    published_in_one_piece(hub, await run(REQUEST, World(), actions), old, model)


async def test_a_change_that_somebody_made_since_the_last_version_is_not_replaced(
    hub: SandboxHub, actions: HubActions, old: Content
) -> None:
    theirs = somebody_uploads(hub)
    outcome = await run(REQUEST, World(), actions)
    assert (outcome.status, outcome.reach) == (Status.FAILED, Reach.NOTHING)
    assert "changed after its last version" in outcome.message
    assert "version tag" in outcome.next_step
    assert "private" not in outcome.next_step
    assert hub.commits(HUB_ID)[0] == theirs
    assert branches(hub) == {"main"}


async def test_a_change_that_was_given_a_version_of_its_own_is_built_upon(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    theirs = somebody_uploads(hub)
    HfApi(endpoint=hub.url, token=hub.token).create_tag(HUB_ID, tag="v1.0.0-edited", revision=theirs)
    assert (await run(REQUEST, World(), actions)).status is Status.PUBLISHED
    assert on_hub(hub, "main") == content(model)
    assert on_hub(hub, "v1.0.0-edited") == {**old, "mine.txt": b"mine"}


async def test_a_change_in_the_middle_of_the_release_is_not_replaced(
    hub: SandboxHub, actions: HubActions, old: Content
) -> None:
    first = World(kill_before="publish")
    with pytest.raises(Killed):
        await run(REQUEST, first, actions)
    theirs = somebody_uploads(hub)
    world = World(journal=first.journal)
    outcome = await run(REQUEST, world, actions)
    assert outcome.status is Status.FAILED
    assert "Somebody changed" in outcome.message
    assert hub.commits(HUB_ID)[0] == theirs
    assert "v1.0.1" not in hub.tags(HUB_ID)


async def test_a_late_cancellation_leaves_the_public_version_alone_and_says_what_lies_where(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    world = World(decisions=[APPROVE, None, CANCEL])
    outcome = await run(REQUEST, world, actions)
    assert (outcome.status, outcome.reach) == (Status.CANCELLED, Reach.NOTHING)
    assert BRANCH in outcome.message
    assert on_hub(hub, "main") == old
    ending = render("comments/release_ended.md.j2", progress=world.journal.shown[-1])
    assert "ended without publishing" in ending
    published_in_one_piece(hub, await run(REQUEST, World(), actions), old, model)


async def test_a_private_model_gets_its_next_version_in_one_piece_too(
    hub: SandboxHub, actions: HubActions, source: FolderSource, model: Path
) -> None:
    source.text = MANIFEST + "visibility: private\n"
    old = content(model)
    await run(REQUEST, World(), actions)
    (model / "README.md").write_text((model / "README.md").read_text() + "\nMore.\n")
    source.text = MANIFEST.replace("1.0.0", "1.0.1") + "visibility: private\n"
    outcome = await run(REQUEST, World(), actions)
    published_in_one_piece(hub, outcome, old, model)
    assert not hub.is_public(HUB_ID)
