import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.jobs import Staged
from bot.hub.publishing import Publisher
from bot.hub.staging import staging_branch, staging_repository
from tests.fixtures.hub import SandboxHub, published
from tests.hub.releasing import HUB_ID, publish, stage, uploaded


async def test_a_first_version_is_prepared_where_nobody_sees_it_and_sent_once(
    hub: SandboxHub, publisher: Publisher, model: Path, tmp_path: Path
) -> None:
    (model / "model.safetensors").write_bytes(os.urandom(20_000))
    files = published(model)
    staged = await stage(publisher, model)
    assert hub.models() == []
    moves: list[tuple[int, int]] = []
    done = await publisher.upload(
        model, files, staged=staged, message="x", moved=lambda a, b: moves.append((a, b))
    )
    total = sum(file.size for file in files)
    assert moves[0] == (0, total)
    assert moves[-1] == (total, total)
    checked = await publisher.verify(staged.repository, done.commit, files, room=tmp_path / "room")
    assert (checked.files, checked.bytes) == (len(files), total)
    assert not hub.is_public(HUB_ID)
    assert len(hub.commits(HUB_ID)) == 1
    sent = large_uploads(hub)
    landed = await publisher.publish(
        HUB_ID, model, files, staged=staged, release="r1", tag="v1.0.0", message="x", public=True
    )
    assert large_uploads(hub) == sent > 0
    await publisher.tag(HUB_ID, "v1.0.0", landed.commit, "Release 1.0.0")
    await publisher.clear(staged, abandoned=False)
    assert branches(hub) == ["main"]
    assert hub.models() == [HUB_ID]
    assert hub.is_public(HUB_ID)
    assert hub.tags(HUB_ID) == {"v1.0.0": landed.commit}
    assert len(hub.commits(HUB_ID)) == 2
    for file in files:
        assert hub.content(HUB_ID, file.path) == (model / file.path).read_bytes()


async def test_every_step_can_be_repeated_without_a_second_commit(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    first = await uploaded(publisher, model)
    assert await uploaded(publisher, model) == first
    landed = {await publish(publisher, model) for _ in range(2)}
    assert landed == {hub.commits(HUB_ID)[0]}
    assert len(hub.commits(HUB_ID)) == 2
    staged = await stage(publisher, model)
    for _ in range(2):
        await publisher.tag(HUB_ID, "v1.0.0", hub.commits(HUB_ID)[0], "x")
        await publisher.clear(staged, abandoned=False)
    assert staged.complete
    assert staged.repository == HUB_ID
    assert hub.models() == [HUB_ID]


async def test_progress_of_a_large_file_is_reported_on_its_way(publisher: Publisher, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(os.urandom(64 * 1024 * 1024))
    moves: list[int] = []
    staged = await stage(publisher, folder)
    await publisher.upload(
        folder, published(folder), staged=staged, message="x", moved=lambda a, _: moves.append(a)
    )
    assert moves == sorted(moves)
    assert moves[0] == 0
    assert moves[-1] == 64 * 1024 * 1024


async def test_a_public_repository_with_other_content_is_not_touched(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    await publish(publisher, model)
    (model / "config.json").write_text("{}")
    with pytest.raises(HubRefused, match="already holds other content"):
        await stage(publisher, model)
    assert hub.models() == [HUB_ID]


def large_uploads(hub: SandboxHub) -> int:
    seen = httpx.get(f"{hub.url}/_sandbox/requests").raise_for_status().json()["requests"]
    return sum(one["method"] == "PUT" and one["path"].startswith("/_storage/") for one in seen)


def branches(hub: SandboxHub) -> list[str]:
    return [one["name"] for one in hub.get(f"/api/models/{HUB_ID}/refs").json()["branches"]]


async def next_version(publisher: Publisher, model: Path) -> Staged:
    """Publish a version, and prepare the next one, whose weights are others."""
    first = await publish(publisher, model)
    await publisher.tag(HUB_ID, "v1.0.0", first, "x")
    (model / "model.safetensors").write_bytes(os.urandom(20_000))
    staged = await stage(publisher, model, "v1.1.0")
    await publisher.upload(model, published(model), staged=staged, message="x")
    return staged


@pytest.mark.parametrize("copies", [True, False], ids=["copied by the Hub", "sent again"])
async def test_a_later_version_is_prepared_beside_the_public_one_and_copied_where_the_hub_can(
    hub: SandboxHub, publisher: Publisher, model: Path, copies: bool
) -> None:
    staged = await next_version(publisher, model)
    assert staged.repository == staging_repository(HUB_ID, "r1")
    assert not hub.is_public(staged.repository)
    sent, before = large_uploads(hub), hub.commits(HUB_ID)
    if not copies:
        hub.fault("/lfs-files/duplicate$", "status", status=501)
    landed = await publisher.publish(
        HUB_ID, model, published(model), staged=staged, release="r1", tag="v1.1.0", message="x", public=True
    )
    assert large_uploads(hub) - sent == (0 if copies else 1)
    assert hub.commits(HUB_ID) == [landed.commit, *before]
    assert hub.content(HUB_ID, "model.safetensors") == (model / "model.safetensors").read_bytes()
    await publisher.clear(staged, abandoned=False)
    assert hub.models() == [HUB_ID]


async def test_a_model_that_stays_private_gets_its_next_version_from_a_branch_of_its_own(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    await publisher.tag(HUB_ID, "v1.0.0", await publish(publisher, model, public=False), "x")
    (model / "NOTICE").write_text("New in 1.1.0.")
    files, before = published(model), hub.commits(HUB_ID)
    staged = await publisher.stage(HUB_ID, model, files, release="r2", tag="v1.1.0", public=False)
    await publisher.upload(model, files, staged=staged, message="x")
    assert (hub.models(), hub.commits(HUB_ID), branches(hub)) == (
        [HUB_ID],
        before,
        [staged.branch, "main"],
    )
    await publisher.publish(
        HUB_ID, model, files, staged=staged, release="r2", tag="v1.1.0", message="x", public=False
    )
    await publisher.clear(staged, abandoned=False)
    assert (len(hub.commits(HUB_ID)), branches(hub), hub.is_public(HUB_ID)) == (3, ["main"], False)


async def test_what_is_given_up_takes_the_repository_along_that_was_made_for_it(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    await uploaded(publisher, model)
    staged = Staged("", HUB_ID, "", branch=staging_branch(HUB_ID, "r1"), is_new=True)
    somebody(hub).upload_file(path_or_fileobj=b"mine", path_in_repo="mine.txt", repo_id=HUB_ID)
    await publisher.clear(staged, abandoned=True)
    assert (hub.models(), branches(hub)) == ([HUB_ID], ["main"])
    somebody(hub).delete_repo(HUB_ID)
    await uploaded(publisher, model)
    await publisher.clear(staged, abandoned=True)
    await publisher.clear(staged, abandoned=True)
    assert hub.models() == []


async def test_a_run_that_was_cut_off_is_found_again_and_nothing_is_sent_twice(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    (model / "model.safetensors").write_bytes(os.urandom(20_000))
    first = await uploaded(publisher, model)
    sent = large_uploads(hub)
    assert (await stage(publisher, model)).is_new
    assert await uploaded(publisher, model) == first
    assert (large_uploads(hub), hub.models()) == (sent, [HUB_ID])


async def test_the_branch_of_another_attempt_is_not_shown(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    await uploaded(publisher, model)
    files = published(model)
    with pytest.raises(HubRefused, match="its branch giveback-"):
        await publisher.stage(HUB_ID, model, files, release="r2", tag="v1.0.0", public=True)


def somebody(hub: SandboxHub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.token)


def keeps_a_secret_in_history(api: HfApi, model: Path) -> None:
    api.upload_file(path_or_fileobj=b"secret", path_in_repo="secret.txt", repo_id=HUB_ID)
    api.delete_file("secret.txt", HUB_ID)


def replaces_a_file_of_the_same_name(api: HfApi, model: Path) -> None:
    api.upload_file(path_or_fileobj=b"{}", path_in_repo="config.json", repo_id=HUB_ID)


def has_another_branch(api: HfApi, model: Path) -> None:
    api.create_branch(HUB_ID, branch="draft")


def has_a_tag(api: HfApi, model: Path) -> None:
    api.create_tag(HUB_ID, tag="draft")


def has_a_pull_request(api: HfApi, model: Path) -> None:
    api.create_pull_request(HUB_ID, title="Something private")


@pytest.mark.parametrize(
    "does",
    [
        keeps_a_secret_in_history,
        replaces_a_file_of_the_same_name,
        has_another_branch,
        has_a_tag,
        has_a_pull_request,
    ],
)
async def test_a_private_repository_in_which_somebody_did_anything_is_neither_shown_nor_changed(
    hub: SandboxHub, publisher: Publisher, model: Path, does: Callable[[HfApi, Path], None]
) -> None:
    somebody(hub).create_repo(HUB_ID, private=True)
    does(somebody(hub), model)
    before = hub.commits(HUB_ID)
    with pytest.raises(HubRefused, match="Making it public would show that too"):
        await stage(publisher, model)
    assert not hub.is_public(HUB_ID)
    assert hub.commits(HUB_ID) == before
    assert hub.models() == [HUB_ID]


async def test_a_history_below_the_very_files_of_the_release_is_not_shown(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    somebody(hub).create_repo(HUB_ID, private=True)
    keeps_a_secret_in_history(somebody(hub), model)
    await publish(publisher, model, public=False)
    with pytest.raises(HubRefused, match="a history of 4 commits"):
        await stage(publisher, model)
    assert not hub.is_public(HUB_ID)


async def test_a_private_repository_somebody_made_and_left_empty_is_used(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    somebody(hub).create_repo(HUB_ID, private=True)
    await publish(publisher, model)
    assert hub.is_public(HUB_ID)


async def test_something_somebody_does_in_secret_during_the_release_is_not_shown(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    staged = await stage(publisher, model)
    somebody(hub).create_repo(HUB_ID, private=True)
    keeps_a_secret_in_history(somebody(hub), model)
    with pytest.raises(HubRefused, match="Making it public would show that too"):
        await publisher.publish(
            HUB_ID,
            model,
            published(model),
            staged=staged,
            release="r1",
            tag="v1.0.0",
            message="x",
            public=True,
        )
    assert not hub.is_public(HUB_ID)


async def test_a_version_that_was_private_is_not_made_public_by_the_next_one(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    commit = await publish(publisher, model, public=False)
    await publisher.tag(HUB_ID, "v1.0.0", commit, "x")
    (model / "NOTICE").write_text("New in 1.1.0.")
    with pytest.raises(HubRefused, match=r"making it public shows v1\.0\.0 too"):
        await stage(publisher, model, "v1.1.0")
    assert not hub.is_public(HUB_ID)


async def test_a_model_that_was_renamed_on_the_hub_is_not_released_under_its_old_name(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    await publish(publisher, model)
    somebody(hub).move_repo(HUB_ID, "acme/digits-new")
    with pytest.raises(HubRefused, match="is called acme/digits-new"):
        await stage(publisher, model)


async def test_a_place_of_the_release_that_is_not_private_is_not_used(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    staged = await stage(publisher, model)
    somebody(hub).create_repo(HUB_ID)
    with pytest.raises(HubRefused, match="is not private"):
        await publisher.upload(model, published(model), staged=staged, message="x")
    assert (len(hub.commits(HUB_ID)), branches(hub)) == (1, ["main"])


async def test_that_it_is_public_is_read_back_and_not_believed(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    hub.fault("/settings$", "status", status=200)
    with pytest.raises(HubUnavailable, match="not public yet"):
        await publish(publisher, model)
    assert not hub.is_public(HUB_ID)


async def test_a_change_by_somebody_else_during_the_upload_is_not_overwritten(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    staged = await stage(publisher, model)
    somebody(hub).create_repo(HUB_ID, private=True)
    somebody(hub).upload_file(path_or_fileobj=b"mine", path_in_repo="mine.txt", repo_id=HUB_ID)
    with pytest.raises(HubRefused, match="Somebody else changed"):
        await publisher.upload(model, published(model), staged=staged, message="x")


async def test_a_small_file_that_changed_on_the_disk_after_it_was_verified_is_not_shown(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    files = published(model)
    staged = await stage(publisher, model)
    await publisher.upload(model, files, staged=staged, message="x")
    (model / "config.json").write_text('{"hidden_size": 5}'.ljust((model / "config.json").stat().st_size))
    with pytest.raises(HubRefused):
        await publisher.publish(
            HUB_ID, model, files, staged=staged, release="r1", tag="v1.0.0", message="x", public=True
        )
    assert not hub.is_public(HUB_ID)


async def test_verification_names_what_differs_is_missing_or_was_added(
    publisher: Publisher, model: Path, tmp_path: Path
) -> None:
    commit = await uploaded(publisher, model)
    first, *rest = published(model)
    other = replace(rest[0], sha256="0" * 64)
    with pytest.raises(HubRefused) as caught:
        await publisher.verify(
            HUB_ID, commit, (other, *rest[1:], replace(first, path="gone.txt")), room=tmp_path
        )
    assert "gone.txt is missing" in caught.value.message
    assert f"{first.path} was not part" in caught.value.message
    assert f"{other.path} differs" in caught.value.message


async def test_a_tag_on_another_commit_is_not_moved(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    commit = await publish(publisher, model)
    first = hub.commits(HUB_ID)[-1]
    assert first != commit
    HfApi(endpoint=hub.url, token=hub.token).create_tag(HUB_ID, tag="v1", revision=first)
    with pytest.raises(HubRefused, match="another commit"):
        await publisher.tag(HUB_ID, "v1", commit, "x")
    assert hub.tags(HUB_ID) == {"v1": first}
