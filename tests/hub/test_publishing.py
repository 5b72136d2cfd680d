import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.jobs import HubAccess, Staged
from bot.hub.publishing import PASSED_ON, Publisher, child_environment
from bot.hub.staging import staging_repository
from tests.fixtures.hub import SandboxHub, published

HUB_ID = "acme/digits-moved"


@pytest.fixture
def publisher(hub: SandboxHub) -> Publisher:
    return Publisher(hub.access, base_timeout=60)


async def stage(publisher: Publisher, folder: Path, tag: str = "v1.0.0") -> Staged:
    return await publisher.stage(HUB_ID, folder, published(folder), release="r1", tag=tag, public=True)


async def uploaded(publisher: Publisher, model: Path) -> str:
    staged = await stage(publisher, model)
    done = await publisher.upload(model, published(model), staged=staged, message="Release 1.0.0")
    return done.commit


async def publish(publisher: Publisher, model: Path, *, public: bool = True) -> str:
    """Publish a model as far as the tag, and give its commit."""
    staged = await publisher.stage(HUB_ID, model, published(model), release="r1", tag="v1.0.0", public=public)
    await publisher.upload(model, published(model), staged=staged, message="Release 1.0.0")
    done = await publisher.publish(
        HUB_ID, model, published(model), staged=staged, tag="v1.0.0", message="Release 1.0.0", public=public
    )
    await publisher.clear(HUB_ID, "r1")
    return done.commit


async def test_a_model_is_prepared_beside_its_name_and_goes_there_public_in_one_commit(
    hub: SandboxHub, publisher: Publisher, model: Path, tmp_path: Path
) -> None:
    files = published(model)
    staged = await stage(publisher, model)
    assert staged.repository == staging_repository(HUB_ID, "r1")
    moves: list[tuple[int, int]] = []
    done = await publisher.upload(
        model, files, staged=staged, message="x", moved=lambda a, b: moves.append((a, b))
    )
    total = sum(file.size for file in files)
    assert moves[0] == (0, total)
    assert moves[-1] == (total, total)
    checked = await publisher.verify(staged.repository, done.commit, files, room=tmp_path / "room")
    assert (checked.files, checked.bytes) == (len(files), total)
    assert not hub.is_public(staged.repository)
    assert not hub.exists(HUB_ID)
    landed = await publisher.publish(
        HUB_ID, model, files, staged=staged, tag="v1.0.0", message="x", public=True
    )
    await publisher.tag(HUB_ID, "v1.0.0", landed.commit, "Release 1.0.0")
    await publisher.clear(HUB_ID, "r1")
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
    beside = staging_repository(HUB_ID, "r1")
    commits = hub.commits(beside)
    assert await uploaded(publisher, model) == first
    assert hub.commits(beside) == commits
    landed = {await publish(publisher, model) for _ in range(2)}
    assert landed == {hub.commits(HUB_ID)[0]}
    for _ in range(2):
        await publisher.tag(HUB_ID, "v1.0.0", hub.commits(HUB_ID)[0], "x")
        await publisher.clear(HUB_ID, "r1")
    staged = await stage(publisher, model)
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
            HUB_ID, model, published(model), staged=staged, tag="v1.0.0", message="x", public=True
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
    somebody(hub).create_repo(staging_repository(HUB_ID, "r1"))
    with pytest.raises(HubRefused, match="is not private"):
        await stage(publisher, model)


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
    somebody(hub).upload_file(path_or_fileobj=b"mine", path_in_repo="mine.txt", repo_id=staged.repository)
    with pytest.raises(HubRefused, match="Somebody else changed"):
        await publisher.upload(model, published(model), staged=staged, message="x")


async def test_verification_names_what_differs_is_missing_or_was_added(
    publisher: Publisher, model: Path, tmp_path: Path
) -> None:
    commit = await uploaded(publisher, model)
    beside = staging_repository(HUB_ID, "r1")
    first, *rest = published(model)
    other = replace(rest[0], sha256="0" * 64)
    with pytest.raises(HubRefused) as caught:
        await publisher.verify(
            beside, commit, (other, *rest[1:], replace(first, path="gone.txt")), room=tmp_path
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


async def test_a_token_that_can_only_read_is_refused_in_plain_words(hub: SandboxHub, model: Path) -> None:
    reader = Publisher(hub.user("reader", role="read", orgs={"acme": "write"}))
    with pytest.raises(HubRefused, match="can only read"):
        await stage(reader, model)
    assert hub.models() == []


async def test_a_stranger_to_the_organisation_is_refused_in_plain_words(hub: SandboxHub, model: Path) -> None:
    stranger = Publisher(hub.user("stranger"))
    with pytest.raises(HubRefused, match=HUB_ID):
        await stage(stranger, model)
    assert not hub.exists(HUB_ID)


async def test_a_token_nobody_knows_is_refused_without_showing_it(hub: SandboxHub, model: Path) -> None:
    wrong = Publisher(HubAccess(hub.url, "hf_nobodyknowsthistoken"))
    with pytest.raises(HubRefused) as caught:
        await wrong.access()
    assert "hf_nobody" not in str(caught.value) + repr(wrong) + repr(caught.value)


async def test_a_card_the_hub_does_not_accept_is_refused_before_anything_is_sent(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    (model / "README.md").write_text("---\nlicense: [broken\n---\n")
    staged = await stage(publisher, model)
    with pytest.raises(HubRefused, match="README"):
        await publisher.upload(model, published(model), staged=staged, message="x")
    assert hub.commits(staged.repository) == [staged.head]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "cut"}, {"kind": "status", "status": 429}],
    ids=["status", "cut", "limit"],
)
async def test_what_may_pass_is_told_from_what_may_not(
    hub: SandboxHub, publisher: Publisher, model: Path, tmp_path: Path, fault: dict[str, object]
) -> None:
    staged = await stage(publisher, model)
    hub.fault("/commit/", **fault)  # type: ignore[arg-type]  # the kind is among the fault's keys
    with pytest.raises(HubUnavailable):
        await publisher.upload(model, published(model), staged=staged, message="x")
    hub.no_faults()
    assert hub.commits(staged.repository) == [staged.head]
    done = await publisher.upload(model, published(model), staged=staged, message="x")
    await publisher.verify(staged.repository, done.commit, published(model), room=tmp_path / "room")


async def test_a_commit_whose_answer_got_lost_is_found_again_and_not_made_twice(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    staged = await stage(publisher, model)
    hub.fault("/commit/", "cut", after_response=True, times=1)
    with pytest.raises(HubUnavailable):
        await publisher.upload(model, published(model), staged=staged, message="x")
    done = await publisher.upload(model, published(model), staged=staged, message="x")
    assert hub.commits(staged.repository) == [done.commit, staged.head]


async def test_a_child_that_takes_too_long_is_ended_and_counts_as_passing(
    hub: SandboxHub, model: Path
) -> None:
    hub.fault("/api/whoami", "delay", seconds=30)
    with pytest.raises(HubUnavailable, match="too long"):
        await Publisher(hub.access, base_timeout=2).access()


async def test_a_child_that_is_killed_counts_as_passing(hub: SandboxHub, publisher: Publisher) -> None:
    hub.fault("/api/whoami", "delay", seconds=5)
    asking = asyncio.create_task(publisher.access())
    child = await asyncio.to_thread(wait_for_child)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(HubUnavailable, match="unexpectedly"):
        await asking


def wait_for_child() -> int:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    while True:
        for pid in map(int, children.read_text().split()):
            if b"bot.hub.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        time.sleep(0.02)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_child_ends_when_its_parent_is_killed(hub: SandboxHub) -> None:
    hub.fault("/api/whoami", "delay", seconds=60)
    code = (
        "import asyncio, sys; from bot.hub.jobs import HubAccess; from bot.hub.publishing import Publisher;"
        "asyncio.run(Publisher(HubAccess(sys.argv[1], 'hf_x')).access())"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, hub.url])
    while not (children := children_of(parent.pid)):
        time.sleep(0.02)
    [child] = children
    parent.kill()
    parent.wait()
    while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
        time.sleep(0.02)
    hub.no_faults()


def seen_from_outside(pid: int) -> tuple[bytes, bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes(), Path(f"/proc/{pid}/environ").read_bytes()


async def test_the_token_is_in_the_childs_environment_and_nowhere_in_its_arguments(
    hub: SandboxHub, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVEBACK_SECRET", "must stay here")
    ways_out = dict.fromkeys(PASSED_ON, "") | {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    for name, value in ways_out.items():
        monkeypatch.setenv(name, value)
    hub.fault("/api/whoami", "delay", seconds=2)
    asking = asyncio.create_task(publisher.access())
    child = await asyncio.to_thread(wait_for_child)
    arguments, environment = await asyncio.to_thread(seen_from_outside, child)
    assert hub.token.encode() not in arguments
    assert f"HF_TOKEN={hub.token}".encode() in environment
    assert b"GIVEBACK_SECRET" not in environment
    assert b"HTTPS_PROXY=http://127.0.0.1:9" in environment
    assert b"NO_PROXY=127.0.0.1" in environment
    assert b"SSL_CERT_FILE" not in environment
    assert (await asking).name == "releaser"


def test_the_environment_of_the_child_is_exactly_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PASSED_ON:
        monkeypatch.delenv(name, raising=False)
    environment = child_environment(HubAccess("http://127.0.0.1:1", "hf_x"), tmp_path)
    assert sorted(environment) == [
        "HF_ENDPOINT",
        "HF_HOME",
        "HF_HUB_DISABLE_PROGRESS_BARS",
        "HF_HUB_DISABLE_TELEMETRY",
        "HF_HUB_DISABLE_UPDATE_CHECK",
        "HF_HUB_DISABLE_XET",
        "HF_TOKEN",
        "HOME",
        "PATH",
        "PYTHONUTF8",
        "TMPDIR",
    ]


def test_each_way_to_the_hub_the_operator_set_reaches_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PASSED_ON:
        monkeypatch.setenv(name, f"the {name}")
    environment = child_environment(HubAccess("http://127.0.0.1:1", "hf_x"), tmp_path)
    assert {name: environment[name] for name in PASSED_ON} == {name: f"the {name}" for name in PASSED_ON}


async def test_a_proxy_on_the_way_is_used_and_its_password_is_not_told(
    hub: SandboxHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://giveback:sesame@127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(HubUnavailable) as caught:
        await Publisher(hub.access).access()
    assert "sesame" not in str(caught.value)


async def test_a_hub_that_is_not_there_counts_as_passing(hub: SandboxHub) -> None:
    with pytest.raises(HubUnavailable):
        await Publisher(HubAccess("http://127.0.0.1:9", "hf_x")).access()


def test_the_sandbox_answers(hub: SandboxHub) -> None:
    assert httpx.get(f"{hub.url}/api/whoami-v2").status_code == 401
