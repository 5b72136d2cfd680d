"""A model that is public gets its next version: changed, added and removed files, in one piece."""

import shutil
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from huggingface_hub import HfApi

from bot.hub.jobs import ATTESTATIONS
from bot.hub.staging import staging_repository
from bot.release.actions import HubActions
from bot.release.progress import Reach, ReleaseOutcome, ReleaseProgress, Status
from bot.release.request import Decision, DecisionKind
from bot.release.workflow import run
from bot.rendering import plain, render
from tests.fixtures.hub import SandboxHub
from tests.fixtures.make_models import DECLARED
from tests.release.worlds import APPROVE, MANIFEST, REQUEST, FolderSource, Killed, World

HUB_ID = "acme/digits-moved"
CANCEL = Decision(DecisionKind.CANCEL, "bob", "write", account=2)
Content = dict[str, bytes]
NOT_THEIRS = {".gitattributes", "LICENSE", *ATTESTATIONS}


def content(model: Path) -> Content:
    return {
        path.relative_to(model).as_posix(): path.read_bytes() for path in model.rglob("*") if path.is_file()
    }


def on_hub(hub: SandboxHub, revision: str) -> Content:
    """Give the files of a revision but those that a release writes itself."""
    tree = hub.get(f"/api/models/{HUB_ID}/tree/{revision}?recursive=true").raise_for_status().json()
    paths = [one["path"] for one in tree if one["type"] == "file" and one["path"] not in NOT_THEIRS]
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


def seen_by_strangers(hub: SandboxHub) -> set[str]:
    """List every commit of every public model but the base, by its branches, tags and pull requests."""
    models = httpx.get(f"{hub.url}/api/models").raise_for_status().json()
    found: set[str] = set()
    for model in models:
        if model["id"] in DECLARED.base_models:
            continue
        refs = httpx.get(f"{hub.url}/api/models/{model['id']}/refs?include_prs=1").raise_for_status().json()
        for ref in [*refs["branches"], *refs["tags"], *refs["pullRequests"]]:
            log = httpx.get(f"{hub.url}/api/models/{model['id']}/commits/{quote(ref['ref'], safe='')}")
            found |= {commit["id"] for commit in log.raise_for_status().json()}
    return found


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
    assert hub.models() == [HUB_ID]


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


async def test_a_new_attempt_goes_on_from_what_an_abandoned_one_published(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    with pytest.raises(Killed):
        await run(REQUEST, World(kill_after="publish"), actions)
    published_in_one_piece(hub, await run(REQUEST, World(), actions), old, model)


async def test_answers_that_get_lost_are_made_up_for(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content
) -> None:
    beside = staging_repository(HUB_ID, REQUEST.id)
    for path in (
        "/api/repos/create",
        f"{beside}/commit/main",
        f"{HUB_ID}/commit/main",
        "/tag/",
        "/api/repos/delete",
    ):
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


@pytest.mark.parametrize(
    "ending",
    [World(decisions=[APPROVE, None, CANCEL]), World(holds=[None, None, "It is in dry run."])],
    ids=["cancelled", "held"],
)
async def test_what_was_sent_and_not_published_was_never_seen_and_is_gone(
    hub: SandboxHub, actions: HubActions, model: Path, old: Content, ending: World
) -> None:
    before = seen_by_strangers(hub)
    seen: list[set[str]] = []
    glimpse = ending.glimpse

    def look(progress: ReleaseProgress) -> None:
        glimpse(progress)
        seen.append(seen_by_strangers(hub))

    ending.glimpse = look  # type: ignore[method-assign]  # to look in the middle of a transfer
    outcome = await run(REQUEST, ending, actions)
    assert outcome.reach is Reach.NOTHING
    assert f"{HUB_ID} was not touched" in outcome.message
    assert seen
    assert all(one == before for one in seen)
    assert seen_by_strangers(hub) == before
    assert hub.models() == [HUB_ID]
    assert on_hub(hub, "main") == old
    said = render("comments/release_ended.md.j2", progress=ending.journal.shown[-1])
    assert "ended without publishing" in said
    published_in_one_piece(hub, await run(REQUEST, World(), actions), old, model)


async def test_what_a_cancelled_attempt_sent_is_not_shown_by_the_next_one(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    (model / "NOTICE").write_text("The password is sesame.")
    await run(REQUEST, World(decisions=[APPROVE, None, CANCEL]), actions)
    assert hub.models() == []
    (model / "NOTICE").unlink()
    assert (await run(REQUEST, World(), actions)).status is Status.PUBLISHED
    for commit in seen_by_strangers(hub):
        assert "NOTICE" not in on_hub(hub, commit)
    assert len(seen_by_strangers(hub)) == 2


async def test_what_could_not_be_deleted_is_named(hub: SandboxHub, actions: HubActions, old: Content) -> None:
    hub.fault("/api/repos/delete", "status", status=403)
    world = World()
    outcome = await run(REQUEST, world, actions)
    left = staging_repository(HUB_ID, REQUEST.id)
    assert outcome.status is Status.PUBLISHED
    assert f"Delete {left} on the Hub" in outcome.next_step
    assert f"Delete {plain(left)} on the Hub" in render(
        "comments/release_ended.md.j2", progress=world.journal.shown[-1]
    )
    assert not hub.is_public(left)


async def test_a_private_version_is_not_shown_by_the_public_one_that_follows(
    hub: SandboxHub, actions: HubActions, source: FolderSource, model: Path
) -> None:
    source.text = MANIFEST + "visibility: private\n"
    await run(REQUEST, World(), actions)
    (model / "README.md").write_text((model / "README.md").read_text() + "\nMore.\n")
    source.text = MANIFEST.replace("1.0.0", "1.1.0")
    outcome = await run(REQUEST, World(), actions)
    assert outcome.status is Status.FAILED
    assert "making it public shows v1.0.0 too" in outcome.message
    assert not hub.is_public(HUB_ID)


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
