"""Of a repository's folder, what readers look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cards.artifacts import Opened
from bot.cards.portions import PORTION, Look
from bot.errors import TransientError
from bot.github.client import InstallationClient
from bot.github.glimpses import GlimpseReader
from bot.github.kept_glimpses import LONGEST, KeptGlimpses
from bot.github.large_files import LargeFile
from bot.github.several import AT_ONCE
from tests.github.test_folders import disk, given
from tests.sandbox.github.stage import Stage

WEIGHTS = bytes(range(256)) * 2_000


def first_bytes(file: Opened, name: str) -> Iterator[bytes]:
    yield file.read(8)


def last_bytes(file: Opened, name: str) -> Iterator[bytes]:
    file.seek(-8, 2)
    yield file.read()


def every_byte(file: Opened, name: str) -> Iterator[bytes]:
    yield file.read()


@dataclass(frozen=True)
class Kind:
    """Files of one kind, and what looks at them."""

    pattern: str
    look: Look | None = None


SOUGHT = (Kind("*.json"), Kind("*.head", first_bytes), Kind("*.tail", last_bytes), Kind("*.all", every_byte))


@pytest.fixture
def reader(bot: InstallationClient, stage: Stage) -> GlimpseReader:
    return GlimpseReader(bot, stage.url)


def commit(stage: Stage, name: str, files: dict[str, object]) -> str:
    stage.repository("alice", name, files)
    return str(stage.alice.get(f"/repos/alice/{name}/git/ref/heads/main")["object"]["sha"])


async def test_of_large_files_portions_are_fetched_and_small_ones_come_whole(
    reader: GlimpseReader, stage: Stage, tmp_path: Path
) -> None:
    large = given(WEIGHTS, lfs=True)
    files: dict[str, object] = {"m/a.json": "{}", "m/w.head": large, "m/w.tail": large, "m/no.txt": "x"}
    sha = commit(stage, "glimpsed", files)
    brought = await reader.fetch(
        "alice/glimpsed", "m", sha, tmp_path / "out", size_limit=10**6, sought=SOUGHT
    )
    assert brought.left_out == {}
    head, tail = WEIGHTS[:PORTION], WEIGHTS[-8:]
    assert disk(tmp_path / "out") == {
        "a.json": b"{}",
        "w.head": head + bytes(len(WEIGHTS) - PORTION),
        "w.tail": bytes(len(WEIGHTS) - 8) + tail,
    }
    assert brought.paths == frozenset({"a.json", "w.head", "w.tail", "no.txt"})


async def test_a_file_in_git_itself_is_read_only_as_far_as_somebody_looks(
    reader: GlimpseReader, stage: Stage, tmp_path: Path
) -> None:
    sha = commit(stage, "plain", {"m/w.head": given(WEIGHTS), "m/w.tail": given(WEIGHTS)})
    brought = await reader.fetch("alice/plain", "m", sha, tmp_path / "out", size_limit=10**7, sought=SOUGHT)
    assert brought.left_out == {}
    found = disk(tmp_path / "out")
    assert found["w.head"].startswith(WEIGHTS[:8])
    assert len(found["w.head"]) == len(WEIGHTS)
    assert found["w.tail"] == WEIGHTS


async def test_what_is_too_large_is_left_out_and_the_rest_comes(
    reader: GlimpseReader, stage: Stage, tmp_path: Path
) -> None:
    files: dict[str, object] = {
        "m/a.json": "{}",
        "m/in_git.all": given(WEIGHTS),
        "m/in_lfs.all": given(WEIGHTS, lfs=True),
        "m/big.json": given(WEIGHTS, lfs=True),
    }
    sha = commit(stage, "full", files)
    brought = await reader.fetch("alice/full", "m", sha, tmp_path / "out", size_limit=100_000, sought=SOUGHT)
    assert sorted(brought.left_out) == ["big.json", "in_git.all", "in_lfs.all"]
    assert all("larger than what I fetch" in reason for reason in brought.left_out.values())
    assert disk(tmp_path / "out") == {"a.json": b"{}"}


async def test_many_large_files_are_looked_at_side_by_side_and_each_comes_as_it_is(
    reader: GlimpseReader, stage: Stage, tmp_path: Path
) -> None:
    contents = {f"w{number:02}.head": bytes([number]) * 100_000 for number in range(2 * AT_ONCE + 1)}
    files: dict[str, object] = {f"m/{name}": given(content, lfs=True) for name, content in contents.items()}
    sha = commit(stage, "many", files)
    room = len(contents) * PORTION + 100 * len(contents) * 2
    brought = await reader.fetch("alice/many", "m", sha, tmp_path / "out", size_limit=room, sought=SOUGHT)
    assert brought.left_out == {}
    found = disk(tmp_path / "out")
    assert {name: content[:PORTION] for name, content in contents.items()} == {
        name: content[:PORTION] for name, content in found.items()
    }
    scarce = await reader.fetch(
        "alice/many", "m", sha, tmp_path / "scarce", size_limit=3 * PORTION + 10_000, sought=SOUGHT
    )
    # The share of each is too small, so they come one after the other: which of them is not left to chance.
    assert sorted(disk(tmp_path / "scarce")) == ["w00.head", "w01.head", "w02.head"]
    assert len(scarce.left_out) == len(contents) - 3


async def test_a_file_in_git_lfs_that_was_looked_at_is_not_asked_for_again(
    reader: GlimpseReader, stage: Stage, tmp_path: Path
) -> None:
    files: dict[str, object] = {f"m/w{number}.head": given(WEIGHTS[number:], lfs=True) for number in range(3)}
    commits = {name: commit(stage, name, files) for name in ("again", "elsewhere")}

    async def fetched(name: str, place: str) -> dict[str, bytes]:
        into = tmp_path / place
        await reader.fetch(f"alice/{name}", "m", commits[name], into, size_limit=4 * PORTION, sought=SOUGHT)
        return disk(into)

    first = await fetched("again", "first")
    stage.set("POST", "/faults", {"path": "/_?(info/)?lfs/", "kind": "status", "status": 503})
    assert await fetched("again", "second") == first
    with pytest.raises(TransientError):  # what one repository was given is nothing to another
        await fetched("elsewhere", "third")


def test_what_is_kept_of_a_file_has_a_limit() -> None:
    store: dict[str, bytes] = {}
    kept, file = KeptGlimpses(store), LargeFile("w", "a" * 64, 10**9)
    kept.keep("a/b", file, [(0, os.urandom(LONGEST + 1))])
    assert (store, kept.of("a/b", file)) == ({}, [])
    kept.keep("a/b", file, [(0, bytes(10 * LONGEST)), (10**8, b"end")])
    assert kept.of("a/b", file)[1] == (10**8, b"end")
    assert len(store[f"a/b {file.oid}"]) < LONGEST / 10


async def test_a_file_that_is_not_in_git_lfs_is_left_out_with_the_reason(
    reader: GlimpseReader, stage: Stage, tmp_path: Path
) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 999\n"
    sha = commit(stage, "lost", {"m/a.json": "{}", "m/w.head": pointer})
    brought = await reader.fetch("alice/lost", "m", sha, tmp_path / "out", size_limit=10**6, sought=SOUGHT)
    assert list(brought.left_out) == ["w.head"]
    assert "Git LFS" in brought.left_out["w.head"]
    assert disk(tmp_path / "out") == {"a.json": b"{}"}


async def test_a_part_that_does_not_arrive_is_fetched_again_later(
    reader: GlimpseReader, stage: Stage, tmp_path: Path
) -> None:
    sha = commit(stage, "cut", {"m/w.head": given(WEIGHTS, lfs=True)})
    fault = {"path": "^/_lfs/", "method": "GET", "kind": "status", "status": 200, "body": "x"}
    stage.set("POST", "/faults", fault)
    with pytest.raises(TransientError, match="did not arrive whole"):
        await reader.fetch("alice/cut", "m", sha, tmp_path / "out", size_limit=10**6, sought=SOUGHT)
