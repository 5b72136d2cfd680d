"""Folders of a repository, brought to disk."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot.errors import TransientError, UnusableFileError
from bot.github.client import InstallationClient
from bot.github.folders import FolderReader
from bot.github.listing import FILES_LIMIT
from tests.sandbox.github.stage import Stage

WEIGHTS = (24).to_bytes(8, "little") + b'{"w":{"dtype":"F32"}}   ' + bytes(range(256)) * 9000
"""More than two of the parts in which a download is read."""

BINARY = bytes(range(256)) * 8200


def given(content: bytes, *, lfs: bool = False) -> dict[str, object]:
    return {"base64": base64.b64encode(content).decode(), "lfs": lfs}


@pytest.fixture
def commit(stage: Stage) -> str:
    files = {
        "m/README.md": "# hi\n",
        "m/empty.txt": "",
        "m/deep/table.bin": given(BINARY),
        "m/w.safetensors": given(WEIGHTS, lfs=True),
    }
    stage.repository("alice", "made", files)
    return str(stage.alice.get("/repos/alice/made/git/ref/heads/main")["object"]["sha"])


@pytest.fixture
def reader(bot: InstallationClient, stage: Stage) -> FolderReader:
    return FolderReader(bot, stage.url)


def disk(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_every_file_arrives_as_it_is(reader: FolderReader, commit: str, tmp_path: Path) -> None:
    await reader.fetch("alice/made", "m", commit, tmp_path / "out", size_limit=10**9)
    assert disk(tmp_path / "out") == {
        "README.md": b"# hi\n",
        "empty.txt": b"",
        "deep/table.bin": BINARY,
        "w.safetensors": WEIGHTS,
    }


async def test_only_files_of_the_names_that_are_asked_for_are_fetched_and_counted(
    reader: FolderReader, stage: Stage, tmp_path: Path
) -> None:
    others = {f"m/{number:04}.txt": "x" for number in range(FILES_LIMIT + 1)}
    wanted = {"m/README.md": "# hi\n", "m/eval_results.json": "{}"}
    unwanted = {"m/deep/README.md": "no", "m/pytorch_model.bin": given(BINARY), **others}
    stage.repository("alice", "full", wanted | unwanted)
    commit = str(stage.alice.get("/repos/alice/full/git/ref/heads/main")["object"]["sha"])
    names = ["README.md", "*_results.json"]
    await reader.fetch("alice/full", "m", commit, tmp_path / "out", size_limit=1000, names=names)
    assert disk(tmp_path / "out") == {"README.md": b"# hi\n", "eval_results.json": b"{}"}


async def test_of_the_folders_below_only_the_files_that_are_asked_for_are_fetched(
    reader: FolderReader, stage: Stage, tmp_path: Path
) -> None:
    files = ["m/config.json", "m/unet/config.json", "m/unet/deep/config.json", "m/checkpoint-5/config.json"]
    stage.repository("alice", "parts", dict.fromkeys(files, "{}"))
    commit = str(stage.alice.get("/repos/alice/parts/git/ref/heads/main")["object"]["sha"])
    names = ["config.json", "*/config.json"]
    await reader.fetch("alice/parts", "m", commit, tmp_path / "out", size_limit=1000, names=names)
    assert sorted(disk(tmp_path / "out")) == ["config.json", "unet/config.json"]


async def test_of_a_folder_too_large_to_be_listed_whole_its_own_files_are_fetched(
    reader: FolderReader, stage: Stage, commit: str, tmp_path: Path
) -> None:
    cut = {"path": "/git/trees/", "kind": "status", "status": 200, "body": {"tree": [], "truncated": True}}
    for before in (0, 1):  # the whole repository, and after a look at its top the folder
        stage.set("POST", "/faults", {**cut, "after": before, "times": 1})
    names = ["README.md", "deep/*"]
    await reader.fetch("alice/made", "m", commit, tmp_path / "out", size_limit=10**9, names=names)
    assert disk(tmp_path / "out") == {"README.md": b"# hi\n"}


async def test_only_small_files_stay_in_memory_and_are_not_asked_for_again(
    reader: FolderReader, bot: InstallationClient, stage: Stage, commit: str, tmp_path: Path
) -> None:
    await reader.fetch("alice/made", "m", commit, tmp_path / "first", size_limit=10**9)
    assert bot._cache is not None
    assert not [address for address in bot._cache if "/blobs/" in address]
    assert all(len(content) < 1_000 for content in bot.kept_blobs.values())
    since = stage.set("GET", "/requests")["last"]
    await reader.fetch("alice/made", "m", commit, tmp_path / "second", size_limit=10**9)
    asked = stage.set("GET", f"/requests?since={since}")["requests"]
    assert len([one for one in asked if "/blobs/" in one["path"]]) == 1, "that of the large file alone"
    assert disk(tmp_path / "first") == disk(tmp_path / "second")


async def test_a_folder_over_the_limit_is_refused_before_its_large_files_are_fetched(
    reader: FolderReader, commit: str, tmp_path: Path
) -> None:
    with pytest.raises(UnusableFileError, match="is larger than"):
        await reader.fetch("alice/made", "m", commit, tmp_path / "out", size_limit=len(BINARY) + 1000)


@pytest.mark.parametrize("body", ["", "cut", "x" * len(BINARY), "x" * (len(BINARY) + 1)])
async def test_a_file_that_arrives_damaged_is_fetched_again_later(
    reader: FolderReader, stage: Stage, commit: str, tmp_path: Path, body: str
) -> None:
    stage.set("POST", "/faults", {"path": "/blobs/", "kind": "status", "status": 200, "body": body})
    with pytest.raises(TransientError, match="arrived damaged"):
        await reader.fetch("alice/made", "m/deep", commit, tmp_path / "out", size_limit=10**9)


async def test_a_large_file_that_is_not_as_its_pointer_says_is_told(
    reader: FolderReader, stage: Stage, commit: str, tmp_path: Path
) -> None:
    stage.set(
        "POST", "/faults", {"path": "^/_lfs/", "method": "GET", "kind": "status", "status": 200, "body": "x"}
    )
    with pytest.raises(UnusableFileError, match="content differs"):
        await reader.fetch("alice/made", "m", commit, tmp_path / "out", size_limit=10**9)


async def test_git_lfs_that_answers_nonsense_may_come_back(
    reader: FolderReader, stage: Stage, commit: str, tmp_path: Path
) -> None:
    stage.set(
        "POST", "/faults", {"path": "/objects/batch", "kind": "status", "status": 200, "body": "<html>"}
    )
    with pytest.raises(TransientError, match="could not be read"):
        await reader.fetch("alice/made", "m", commit, tmp_path / "out", size_limit=10**9)
