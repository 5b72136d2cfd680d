from dataclasses import replace
from typing import cast

from sqlalchemy import Engine

from bot.events import Thread
from bot.installations import Installations
from bot.plan_jobs import PlanJob
from bot.release.progress import ReleaseProgress, State
from bot.releasing.world import About, EngineWorld
from tests.test_releasing import Line, Run

PROGRESS = replace(
    ReleaseProgress("release-1", "maya", "c" * 40).at("upload", State.RUNNING), done_bytes=42, total_bytes=100
)


def world(database: Engine, line: Line, told_every: float) -> EngineWorld:
    about = About("release-1", False, Thread("octo/models", 7), 1)
    return EngineWorld(database, line, cast(Installations, None), about, Run(), told_every)


def words(line: Line) -> dict[str, str]:
    plans = {name: PlanJob.model_validate_json(job.argument) for name, job in line.jobs.items()}
    return {name: str(getattr(plan.plan.actions[0], "body", "")) for name, plan in plans.items()}


async def test_the_thread_sees_how_far_a_long_transfer_is_and_then_what_follows(database: Engine) -> None:
    line = Line()
    shown = world(database, line, told_every=0)
    await shown.report(PROGRESS)
    shown.glimpse(PROGRESS)
    await shown.report(PROGRESS.at("upload", State.DONE))
    assert list(line.jobs) == ["release-1:0001", "release-1:0001:42", "release-1:0002"]
    assert "42 % of this one" in words(line)["release-1:0001:42"]


async def test_a_transfer_that_is_soon_over_edits_nothing(database: Engine) -> None:
    line = Line()
    shown = world(database, line, told_every=3600)
    await shown.report(PROGRESS)
    shown.glimpse(PROGRESS)
    assert list(line.jobs) == ["release-1:0001"]


async def test_a_database_that_fails_meanwhile_does_not_stop_the_release(database: Engine) -> None:
    line = Line()
    shown = world(database, line, told_every=0)
    await shown.report(PROGRESS)
    line.failures = 1
    shown.glimpse(PROGRESS)
    await shown.report(PROGRESS.at("upload", State.DONE))
    assert list(line.jobs) == ["release-1:0001", "release-1:0002"]
