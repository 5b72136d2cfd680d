from __future__ import annotations

import shutil
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from bot import releases
from bot.actions import DecideRelease, StartRelease
from bot.durable import Job, Patience, Work
from bot.errors import RefusedError
from bot.events import Thread
from bot.hub_tokens import HubTokens
from bot.installations import Installation, Installations
from bot.plan_jobs import PLAN, PlanJob
from bot.pump import Pump
from bot.release.request import ReleaseRequest
from bot.release.sources import SourceUnavailable
from bot.releases import ReleaseRecord
from bot.releasing import RELEASE, EngineReleases, Releasing
from bot.releasing.source import RepositorySource

THREAD = Thread("octo/models", 7)
START = StartRelease(
    thread=THREAD,
    release="release-1",
    model="octo/Digits",
    commit="c" * 40,
    requester="maya",
    requester_account=11,
    private=True,
    reason="maya asked for it",
)


@dataclass
class Line:
    """An engine that takes jobs, fails as often as it is told to, and runs none."""

    failures: int = 0
    error: Exception = field(
        default_factory=lambda: OperationalError("INSERT", {}, Exception("database is locked"))
    )
    takes_messages: bool = False
    over: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)

    def submit(self, job: Job) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error
        self.jobs.setdefault(job.id, job)

    def send(self, job: str, topic: str, message: str, key: str) -> None:
        if not self.takes_messages:
            raise NotImplementedError

    def ended(self, jobs: list[str]) -> dict[str, str]:
        return {job: self.over[job] for job in jobs if job in self.over}

    def start(self, works: Mapping[str, Work]) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError


@dataclass
class Run:
    """A job that runs, with little patience."""

    job: str = "release-1"
    patience: Patience = field(default_factory=lambda: Patience(attempts=3, first=0.001))

    async def step(self, name: str, action: Callable[[], Awaitable[str]]) -> str:
        return await action()

    async def sleep(self, seconds: float) -> None:
        return None

    async def receive(self, topic: str, seconds: float) -> str | None:
        return None


def releasing(database: Engine, line: Line, room: Path) -> Releasing:
    hub = HubTokens(database, "http://127.0.0.1:9")
    return Releasing(database, line, cast(Installations, None), hub, room, 10**9)


def record(database: Engine, **changes: Any) -> ReleaseRecord:
    with Session(database, expire_on_commit=False) as session:
        found = session.get_one(ReleaseRecord, START.release)
        for name, value in changes.items():
            setattr(found, name, value)
        session.commit()
        return found


def told(line: Line) -> str:
    """Give the words the engine was handed for the thread."""
    plans = [PlanJob.model_validate_json(job.argument) for job in line.jobs.values() if job.kind == PLAN]
    return "\n".join(str(getattr(action, "body", "")) for one in plans for action in one.plan.actions)


async def test_a_release_that_was_noted_but_never_handed_over_is_handed_over_later(
    database: Engine, tmp_path: Path
) -> None:
    line = Line(failures=1)
    with pytest.raises(OperationalError):
        await EngineReleases(line, database).start_release(START, 1)
    assert line.jobs == {}
    releasing(database, line, tmp_path).find_lost()
    (late,) = line.jobs.values()
    on_time = Line()
    await EngineReleases(on_time, database).start_release(START, 1)
    assert on_time.jobs == {"release-1": late}
    assert late.kind == RELEASE


async def test_a_release_that_goes_on_is_left_alone(database: Engine, tmp_path: Path) -> None:
    line = Line()
    await EngineReleases(line, database).start_release(START, 1)
    record(database, step="approve")
    line.jobs.clear()
    releasing(database, line, tmp_path).find_lost()
    assert line.jobs == {}
    assert record(database).status == ""


@pytest.mark.parametrize(
    ("step", "reach", "left"),
    [
        ("approve", "ended without publishing", False),
        ("upload", "ended without publishing", True),
        ("publish", "whether it was published is not certain", True),
    ],
)
async def test_a_release_whose_job_broke_ends_with_words_and_lets_the_model_go(
    database: Engine, tmp_path: Path, step: str, reach: str, left: bool
) -> None:
    line = Line()
    await EngineReleases(line, database).start_release(START, 1)
    record(database, step=step)
    line.over["release-1"] = "ERROR"
    for _ in range(2):
        releasing(database, line, tmp_path).find_lost()
    assert record(database).status == "failed"
    with Session(database) as session:
        assert releases.under_way(session, THREAD) is None
    words = told(line)
    assert reach in words
    assert "internal error" in words
    assert "release\\-1" in words
    assert ("octo/Digits\\-giveback\\-" in words) == left
    assert len(line.jobs) == 2  # the release's own, and one for the words


@pytest.mark.parametrize("failures", [0, 2])
async def test_how_a_release_ended_is_told_also_when_the_database_fails_for_a_while(
    database: Engine, tmp_path: Path, failures: int
) -> None:
    line = Line()
    await EngineReleases(line, database).start_release(START, 1)
    line.failures = failures
    await releasing(database, line, tmp_path).handle(line.jobs["release-1"].argument, Run())
    assert record(database).status == "failed"
    assert "has no Hub token" in told(line)


async def test_an_end_that_could_not_be_told_is_told_later(database: Engine, tmp_path: Path) -> None:
    line = Line()
    await EngineReleases(line, database).start_release(START, 1)
    line.failures, line.error = 99, ValueError("a mistake of ours, for which nobody waits")
    with pytest.raises(ValueError, match="a mistake of ours"):
        await releasing(database, line, tmp_path).handle(line.jobs["release-1"].argument, Run())
    assert record(database).status == ""
    line.failures, line.over = 0, {"release-1": "ERROR"}
    releasing(database, line, tmp_path).find_lost()
    assert record(database).status == "failed"
    assert told(line)


async def test_what_ended_releases_left_on_the_disk_is_swept_and_what_is_needed_stays(
    database: Engine, tmp_path: Path
) -> None:
    line = Line()
    releasing(database, line, tmp_path / "room").sweep()
    await EngineReleases(line, database).start_release(START, 1)
    for name in ("release-1", "release-1.downloads", "release-0", "release-0.downloads"):
        (tmp_path / "room" / name).mkdir(parents=True)
    releasing(database, line, tmp_path / "room").sweep()
    assert sorted(path.name for path in (tmp_path / "room").iterdir()) == ["release-1", "release-1.downloads"]
    record(database, status="failed")
    releasing(database, line, tmp_path / "room").sweep()
    assert list((tmp_path / "room").iterdir()) == []


async def test_a_second_release_of_a_model_is_told_what_it_waits_for_and_can_leave_the_line(
    database: Engine, tmp_path: Path
) -> None:
    line = Line()
    starting = EngineReleases(line, database)
    await starting.start_release(START, 1)
    elsewhere = Thread("octo/secret", 8)
    later = [
        START.model_copy(
            update={"release": "release-2", "thread": Thread("octo/models", 8), "model": "octo/DIGITS"}
        ),
        START.model_copy(update={"release": "release-3", "thread": elsewhere}),
        START.model_copy(
            update={"release": "release-4", "thread": Thread("octo/models", 9), "rehearsal": True}
        ),
    ]
    for action in later:
        await starting.start_release(action, 1)
    words = {job.id: job.argument for job in line.jobs.values() if job.kind == PLAN}
    assert set(words) == {"release-2:line", "release-3:line"}
    assert "on `octo/models#7` by maya" in words["release-2:line"]
    assert "octo/models" not in PlanJob.model_validate_json(words["release-3:line"]).plan.actions[
        0
    ].model_dump_json(include={"body"})
    partitions = {job.id: job.partition for job in line.jobs.values() if job.kind == RELEASE}
    assert partitions["release-1"] == partitions["release-2"] == partitions["release-3"]
    assert partitions["release-4"] == "release-4"
    line.takes_messages = True
    await starting.decide_release(
        DecideRelease(
            thread=Thread("octo/models", 8),
            release="release-2",
            verdict="cancel",
            login="sam",
            account=12,
            permission="write",
            digest="",
            reason="sam said so",
        ),
        "key",
    )
    assert "sam took it out of the line" in told(line)
    line.over["release-1"] = "ERROR"
    await releasing(database, line, tmp_path).handle(line.jobs["release-2"].argument, Run("release-2"))
    assert "has no Hub token" not in told(line)  # it did not begin


async def test_one_thread_has_one_release_at_a_time(database: Engine) -> None:
    starting = EngineReleases(Line(), database)
    await starting.start_release(START, 1)
    other = START.model_copy(update={"release": "release-2", "model": "octo/other"})
    with pytest.raises(RefusedError, match="`octo/Digits` is under way already on `octo/models#7`"):
        await starting.start_release(other, 1)


@dataclass
class Folders:
    """A repository that notes how much may be fetched."""

    limits: list[int] = field(default_factory=list)

    async def fetch_folder(
        self, repository: str, path: str, commit: str, destination: Path, *, size_limit: int
    ) -> None:
        self.limits.append(size_limit)


async def test_no_more_is_fetched_than_the_operator_allows_and_the_disk_has_room_for(tmp_path: Path) -> None:
    folders = Folders()
    opened = cast(Installation, SimpleNamespace(reader=folders))
    request = ReleaseRequest("release-1", "octo/models", "c" * 40, "maya")
    await RepositorySource(opened, 10).files(request, "model", tmp_path)
    await RepositorySource(opened, 10**30).files(request, "model", tmp_path)
    operators, disks = folders.limits
    assert operators == 10
    assert 0 < disks <= shutil.disk_usage("/").total


async def test_a_full_disk_is_not_filled_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.releasing.source.DISK_RESERVE", 10**30)
    folders = Folders()
    source = RepositorySource(cast(Installation, SimpleNamespace(reader=folders)), 10)
    request = ReleaseRequest("release-1", "octo/models", "c" * 40, "maya")
    with pytest.raises(SourceUnavailable, match="no room left"):
        await source.files(request, "model", tmp_path)
    assert folders.limits == []


def test_the_pump_looks_for_lost_releases_now_and_then(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.pump.CHECK", 0.0)
    looked = threading.Event()
    pump = Pump(database, Line(), find_lost=looked.set)
    pump.start()
    try:
        assert looked.wait(20)
    finally:
        pump.stop()
