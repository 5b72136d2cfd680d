"""Temporary folders that outlive the process that made them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.scratch import Scratch, sweep

KILLED = """
import os, signal
from bot.scratch import Scratch
left = Scratch("release")
open(os.path.join(left.name, "model"), "w").write("x")
print(left.name, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    tempfile.tempdir = None


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_holds_stays(room: Path) -> None:
    told = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    left = Path(told.stdout.strip())
    assert left.parent == room
    assert (left / "model").is_file()
    with Scratch("hub") as held:
        sweep(youngest=0)
        assert not left.exists()
        assert Path(held).is_dir()
    assert not Path(held).exists()


def test_what_was_made_a_moment_ago_or_is_not_ours_stays(room: Path) -> None:
    young = room / "giveback-hub-abc.held"
    others = [room / "giveback-demo-abc", room / "somebody.held"]
    for folder in (young, *others):
        folder.mkdir()
        (folder / "file").write_text("x")
    os.utime(others[0], (0, 0))
    os.utime(others[1], (0, 0))
    (room / "target").mkdir()
    (room / "giveback-link.held").symlink_to(room / "target")
    sweep()
    assert young.is_dir()
    sweep(youngest=0)
    assert not young.exists()
    assert all((folder / "file").is_file() for folder in others)
    assert (room / "target").is_dir()


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_a_folder_is_removed_and_let_go_of_at_the_end(room: Path) -> None:
    before = open_files()
    with Scratch("check") as place:
        (Path(place) / "file").write_text("x")
    assert not Path(place).exists()
    assert open_files() == before
