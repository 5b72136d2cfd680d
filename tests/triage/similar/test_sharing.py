"""What holds when processes are killed, and when several use one index."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.triage.similar.index import SimilarIndex
from tests.triage.similar.issues import backlog, issue

AGAIN = issue(
    99_999, "Segmentation fault loading sharded checkpoints from a network drive", "safetensors, NFS."
)

ADDS_FOR_EVER = """
import sys
from pathlib import Path
from bot.triage.similar.index import SimilarIndex
from tests.triage.similar.issues import issue

with SimilarIndex.open(Path(sys.argv[1])) as index:
    for number in range(1_000, 90_000):
        index.add(issue(number, f"Subject{number} of a report", "padding batch " * 20))
        index.teach(number, number + 90_000, same=True)
        print(number, flush=True)
"""


@pytest.mark.parametrize("adds", [1, 7, 30])
def test_what_was_added_before_a_kill_is_there_and_nothing_is_half_there(tmp_path: Path, adds: int) -> None:
    file = tmp_path / "index.sqlite"
    with SimilarIndex.open(file) as index:
        index.add_all(backlog())
    command = [sys.executable, "-c", ADDS_FOR_EVER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as adding:
        assert adding.stdout is not None
        told = [int(adding.stdout.readline()) for _ in range(adds)]
        os.kill(adding.pid, signal.SIGKILL)
        told += [int(line) for line in adding.stdout.read().splitlines()]
    with SimilarIndex.open(file) as index:
        assert all(number in index for number in told)
        kept = [number for number in range(1_000, max(told) + 10) if number in index]
        assert len(index) == len(backlog()) + len(kept)
        for number in kept:
            title = f"Subject{number}"
            assert index.similar(issue(999, title), limit=1)[0].number == number
        for number in kept:
            index.remove(number)
        assert index.similar(AGAIN)[0].number == 2


def test_a_batch_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite") as index:
        with pytest.raises(ValueError, match="no number"):
            index.add_all([*backlog(), issue(0)])
        assert len(index) == 0
        index.add_all(backlog())
        assert index.similar(AGAIN)[0].number == 2


def test_readers_are_answered_while_another_connection_writes(tmp_path: Path) -> None:
    file, failures, done = tmp_path / "index.sqlite", list[BaseException](), threading.Event()
    with SimilarIndex.open(file) as writer:
        writer.add_all(backlog())

        def read() -> None:
            try:
                with SimilarIndex.open(file) as reader:
                    while not done.is_set():
                        assert reader.similar(AGAIN)[0].number == 2
            except BaseException as failure:
                failures.append(failure)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(100, 160):
            writer.add(issue(number, f"Subject{number}", "padding batch"))
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []


def test_two_connections_may_write_and_each_sees_what_the_other_wrote(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    with SimilarIndex.open(file) as one, SimilarIndex.open(file) as other:
        for number, report in enumerate(backlog()):
            (one, other)[number % 2].add(report)
        assert len(one) == len(other) == 8
        assert one.similar(AGAIN) == other.similar(AGAIN)


def test_threads_may_share_one_index(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite") as index:
        parts = [range(start, start + 20) for start in (100, 200, 300)]

        def add(numbers: range) -> None:
            for number in numbers:
                index.add(issue(number, f"Subject{number}"))
                index.similar(AGAIN)

        threads = [threading.Thread(target=add, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(index) == 60
