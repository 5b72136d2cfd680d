"""Workers that are killed, and the work they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.durable import Job
from bot.store import open_database
from tests.scene import eventually


@dataclass
class Worker:
    """A worker in a process of its own."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(name="workers")
def _workers(database_url: str, tmp_path: Path) -> Iterator[Callable[[str], Worker]]:
    """Start workers that share a database and a log; those still alive are killed at the end."""
    started: list[Worker] = []

    def start(name: str) -> Worker:
        log = tmp_path / "log"
        command = [sys.executable, "-m", "tests.fixtures.engine_worker", database_url, name, str(log)]
        with (tmp_path / "err").open("ab") as errors:
            process = subprocess.Popen(command, stdout=errors, stderr=errors, env={**os.environ})
        worker = Worker(name, log, process)
        started.append(worker)
        ready = worker.lines().count(f"{name} ready")
        eventually(lambda: worker.lines().count(f"{name} ready") > ready, f"{name} to be ready", 40)
        return worker

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.kill()


@contextmanager
def submitting(url: str, tmp_path: Path) -> Iterator[Callable[[Job], None]]:
    """Submit jobs without running any: as a DBOS client outside every worker."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer
    from dbos._client import EnqueueOptions

    from bot.engine import JOBS_VERSION

    system = open_database(url) if url.startswith("sqlite") else None
    client = DBOSClient(
        system_database_url=url, system_database_engine=system, serializer=DBOSPortableJSONSerializer()
    )

    def submit(job: Job) -> None:
        options: EnqueueOptions = {
            "queue_name": job.queue,
            "workflow_name": "job",
            "workflow_id": job.id,
            "queue_partition_key": job.partition,
            "priority": job.order,
            "app_version": JOBS_VERSION,
        }
        client.enqueue(options, job.kind, job.argument)

    yield submit
    client.destroy()
    if system is not None:
        system.dispose()


def test_a_worker_killed_in_the_middle_goes_on_when_it_is_back(
    database_url: str, tmp_path: Path, workers: Callable[[str], Worker]
) -> None:
    worker = workers("one")
    worker.log.with_suffix(".hold").touch()
    with submitting(database_url, tmp_path) as submit:
        submit(Job("steps", "job-1", "p", "x"))
    eventually(lambda: "one two begun x" in worker.lines())
    worker.kill()
    worker.log.with_suffix(".hold").unlink()
    workers("one")
    eventually(lambda: "one two done x" in worker.lines())
    assert worker.lines().count("one one x") == 1
    assert worker.lines().count("one two begun x") == 2
    assert worker.lines().count("one two done x") == 1


def test_the_work_of_a_worker_that_died_for_good_is_taken_over_once(
    database_url: str, tmp_path: Path, workers: Callable[[str], Worker]
) -> None:
    first = workers("first")
    first.log.with_suffix(".hold").touch()
    with submitting(database_url, tmp_path) as submit:
        for number in range(3):
            submit(Job("steps", f"job-{number}", f"p{number}", str(number)))
    eventually(lambda: sum("two begun" in line for line in first.lines()) == 3)
    survivors = [workers("second"), workers("third")]
    first.kill()
    first.log.with_suffix(".hold").unlink()
    eventually(lambda: sum("two done" in line for line in first.lines()) == 3)
    lines = [line.partition(" ")[2] for line in survivors[0].lines()]
    for number in range(3):
        assert lines.count(f"one {number}") == 1
        assert lines.count(f"two begun {number}") == 2
        assert lines.count(f"two done {number}") == 1
