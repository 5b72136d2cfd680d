import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.jobs import HubAccess, Staged
from bot.hub.publishing import PASSED_ON, Publisher, child_environment
from tests.fixtures.hub import SandboxHub, published

HUB_ID = "acme/digits-moved"


@pytest.fixture
def publisher(hub: SandboxHub) -> Publisher:
    return Publisher(hub.access, base_timeout=60)


async def stage(publisher: Publisher, folder: Path, tag: str = "v1.0.0") -> Staged:
    return await publisher.stage(HUB_ID, folder, published(folder), tag=tag, public=True)


async def uploaded(publisher: Publisher, model: Path) -> str:
    staged = await stage(publisher, model)
    done = await publisher.upload(HUB_ID, model, published(model), staged=staged, message="Release 1.0.0")
    return done.commit


async def publish(publisher: Publisher, model: Path, commit: str) -> None:
    staged = await stage(publisher, model)
    await publisher.publish(HUB_ID, commit, published(model), staged=staged, message="x", public=True)


async def test_a_model_goes_from_a_folder_to_a_public_tagged_repository(
    hub: SandboxHub, publisher: Publisher, model: Path, tmp_path: Path
) -> None:
    files = published(model)
    staged = await stage(publisher, model)
    assert staged.created
    assert staged.private
    moves: list[tuple[int, int]] = []
    done = await publisher.upload(
        HUB_ID, model, files, staged=staged, message="x", moved=lambda a, b: moves.append((a, b))
    )
    total = sum(file.size for file in files)
    assert moves[0] == (0, total)
    assert moves[-1] == (total, total)
    assert not hub.is_public(HUB_ID)
    checked = await publisher.verify(HUB_ID, done.commit, files, room=tmp_path / "room")
    assert (checked.files, checked.bytes) == (len(files), total)
    await publisher.publish(HUB_ID, done.commit, files, staged=staged, message="x", public=True)
    await publisher.tag(HUB_ID, "v1.0.0", done.commit, "Release 1.0.0")
    assert hub.is_public(HUB_ID)
    assert hub.tags(HUB_ID) == {"v1.0.0": done.commit}
    for file in files:
        assert hub.content(HUB_ID, file.path) == (model / file.path).read_bytes()


async def test_every_step_can_be_repeated_without_a_second_commit(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    first = await uploaded(publisher, model)
    commits = hub.commits(HUB_ID)
    assert await uploaded(publisher, model) == first
    assert hub.commits(HUB_ID) == commits
    for _ in range(2):
        await publish(publisher, model, first)
        await publisher.tag(HUB_ID, "v1.0.0", first, "x")
    staged = await stage(publisher, model)
    assert staged.complete
    assert not staged.private


async def test_progress_of_a_large_file_is_reported_on_its_way(publisher: Publisher, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(os.urandom(64 * 1024 * 1024))
    moves: list[int] = []
    staged = await stage(publisher, folder)
    await publisher.upload(
        HUB_ID, folder, published(folder), staged=staged, message="x", moved=lambda a, _: moves.append(a)
    )
    assert moves == sorted(moves)
    assert moves[0] == 0
    assert moves[-1] == 64 * 1024 * 1024


async def test_a_public_repository_with_other_content_is_not_touched(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    commit = await uploaded(publisher, model)
    await publish(publisher, model, commit)
    (model / "config.json").write_text("{}")
    with pytest.raises(HubRefused, match="already holds other content"):
        await stage(publisher, model)


async def test_a_private_repository_with_other_files_is_not_touched(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    await uploaded(publisher, model)
    (model / "config.json").unlink()
    with pytest.raises(HubRefused, match=r"config\.json"):
        await stage(publisher, model)


async def test_a_change_by_somebody_else_during_the_upload_is_not_overwritten(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    staged = await stage(publisher, model)
    api = HfApi(endpoint=hub.url, token=hub.token)
    api.upload_file(path_or_fileobj=b"mine", path_in_repo="mine.txt", repo_id=HUB_ID)
    with pytest.raises(HubRefused, match="Somebody else changed"):
        await publisher.upload(HUB_ID, model, published(model), staged=staged, message="x")


async def test_a_change_by_somebody_else_after_verification_is_not_published(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    commit = await uploaded(publisher, model)
    staged = await stage(publisher, model)
    api = HfApi(endpoint=hub.url, token=hub.token)
    api.upload_file(path_or_fileobj=b"mine", path_in_repo="mine.txt", repo_id=HUB_ID)
    with pytest.raises(HubRefused, match="after it was verified"):
        await publisher.publish(HUB_ID, commit, published(model), staged=staged, message="x", public=True)
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
    commit = await uploaded(publisher, model)
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
    assert not hub.exists(HUB_ID)


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
        await publisher.upload(HUB_ID, model, published(model), staged=staged, message="x")
    assert hub.commits(HUB_ID) == [staged.head]


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
        await publisher.upload(HUB_ID, model, published(model), staged=staged, message="x")
    hub.no_faults()
    assert hub.commits(HUB_ID) == [staged.head]
    done = await publisher.upload(HUB_ID, model, published(model), staged=staged, message="x")
    await publisher.verify(HUB_ID, done.commit, published(model), room=tmp_path / "room")


async def test_a_commit_whose_answer_got_lost_is_found_again_and_not_made_twice(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    staged = await stage(publisher, model)
    hub.fault("/commit/", "cut", after_response=True, times=1)
    with pytest.raises(HubUnavailable):
        await publisher.upload(HUB_ID, model, published(model), staged=staged, message="x")
    done = await publisher.upload(HUB_ID, model, published(model), staged=staged, message="x")
    assert hub.commits(HUB_ID) == [done.commit, staged.head]


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
