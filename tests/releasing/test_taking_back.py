"""Rollbacks and withdrawals as the service carries them: noted, handed over, told on the thread."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot import releases
from bot.actions import TakeBack, TellGitHubRelease
from bot.durable import Job
from bot.errors import RefusedError
from bot.events import Thread
from bot.hub_tokens import HubTokens
from bot.installations import Installations
from bot.plan_jobs import PlanJob
from bot.release.progress import ReleaseOutcome, Status
from bot.release.rollback import RollbackRequest
from bot.release.withdrawal import WithdrawalRequest
from bot.releases import ReleaseRecord
from bot.releasing import TAKE_BACK, EngineReleases, TakeBacks
from bot.releasing.taking_back import TakeBackJob
from bot.releasing.words import words_about
from tests.test_releasing import Line, Run, record, releasing, told

THREAD = Thread("octo/models", 7)
START = TakeBack(
    thread=THREAD,
    release="release-1",
    what="rollback",
    model="octo/Digits",
    versions=("1.0.0",),
    requester="maya",
    requester_account=11,
    approvers=2,
    reason="maya asked for it",
)
WITHDRAW = START.model_copy(update={"what": "withdrawal", "versions": ("1.1.0", "1.2.0")})


EARLIER = ReleaseRecord(
    id="release-0",
    repository="octo/models",
    number=7,
    installation=1,
    requester="maya",
    hub_id="octo/Digits",
    commit="c" * 40,
    started_at=1.0,
    updated_at=1.0,
)


@pytest.mark.parametrize("start", [START, WITHDRAW])
async def test_what_was_noted_is_handed_over_as_the_same_job_also_after_a_death(
    database: Engine, tmp_path: Path, start: TakeBack
) -> None:
    line = Line()
    await EngineReleases(line, database).take_back(start, 1)
    (on_time,) = line.jobs.values()
    line.jobs.clear()
    releasing(database, line, tmp_path).find_lost()
    assert list(line.jobs.values()) == [on_time]
    assert on_time.kind == TAKE_BACK
    noted = record(database)
    assert (noted.kind, noted.version) == (start.what, ",".join(start.versions))


async def test_a_withdrawal_does_not_wait_in_the_models_line(database: Engine) -> None:
    line = Line()
    await EngineReleases(line, database).take_back(START, 1)
    elsewhere = WITHDRAW.model_copy(update={"release": "w", "thread": Thread("octo/models", 8)})
    await EngineReleases(line, database).take_back(elsewhere, 1)
    assert {job.partition for job in line.jobs.values()} == {"octo/digits", "octo/digits withdrawal"}


def test_a_repository_that_is_hidden_meanwhile_stops_a_rollback_and_no_withdrawal() -> None:
    back = RollbackRequest("b", "octo/models", "octo/digits", "", "maya")
    away = WithdrawalRequest("w", "octo/models", "octo/digits", ("1.0.0",), "maya")
    assert not TakeBackJob(back, THREAD, 1).about.private
    assert TakeBackJob(away, THREAD, 1).about.private


async def test_a_withdrawal_is_known_by_the_database_too_and_stops_what_was_asked_for_before(
    database: Engine,
) -> None:
    line = Line()
    with Session(database) as session:
        session.merge(EARLIER)
        session.commit()
    other_thread = WITHDRAW.model_copy(update={"thread": Thread("octo/models", 8)})
    await EngineReleases(line, database).take_back(other_thread, 1)
    with Session(database) as session:
        assert releases.withdrawn_of(session, "OCTO/digits") == ("1.1.0", "1.2.0")
        assert releases.withdrawn_of(session, "octo/other") == ()
        assert releases.withdrawn_since(session, "release-0") == ("1.1.0", "1.2.0")
        assert releases.withdrawn_since(session, "release-1") == ()
        releases.end_queued(session, "release-1", "maya took it out of the line.")
        assert releases.withdrawn_of(session, "octo/digits") == ()


async def test_a_second_one_on_the_thread_is_refused(database: Engine) -> None:
    await EngineReleases(Line(), database).take_back(START, 1)
    with pytest.raises(RefusedError):
        await EngineReleases(Line(), database).take_back(START.model_copy(update={"release": "b2"}), 1)


@pytest.mark.parametrize(("step", "certain"), [("look", True), ("restore", False), ("tag", False)])
async def test_one_whose_job_broke_ends_with_words_and_lets_the_model_go(
    database: Engine, tmp_path: Path, step: str, certain: bool
) -> None:
    line = Line()
    await EngineReleases(line, database).take_back(START, 1)
    record(database, step=step)
    line.over["release-1"] = "ERROR"
    releasing(database, line, tmp_path).find_lost()
    assert record(database).status == "failed"
    assert ("is not certain" in told(line)) != certain
    with Session(database) as session:
        assert releases.under_way(session, THREAD) is None


async def test_a_service_without_a_hub_token_says_so(database: Engine, tmp_path: Path) -> None:
    line = Line()
    await EngineReleases(line, database).take_back(START, 1)
    work = TakeBacks(
        database, line, cast(Installations, None), HubTokens(database, "http://127.0.0.1:9"), tmp_path
    )
    await work.handle(line.jobs["release-1"].argument, Run())
    assert "has no Hub token" in told(line)
    assert record(database).status == "failed"


def test_the_pages_of_github_releases_say_which_version_people_get() -> None:
    request = RollbackRequest("b1", "octo/models", "octo/digits", "1.0.0", "maya")
    outcome = ReleaseOutcome(
        Status.ROLLED_BACK,
        "x",
        url="https://hub/octo/digits",
        commit="c" * 40,
        tag="v1.0.0",
        left=("v1.1.0",),
    )
    notes = _notes(words_about(request.progress.ended(outcome), THREAD, 1, "b1:0001"))
    assert "1.0.0 is on the Hugging Face Hub" in notes["v1.0.0"]
    assert "Taken back: people who name no version get `octo/digits` 1.0.0 again" in notes["v1.1.0"]
    withdrawal = WithdrawalRequest("w1", "octo/models", "octo/digits", ("1.1.0",), "maya")
    gone = ReleaseOutcome(Status.WITHDRAWN, "x", tag="v1.0.0+without-1.1.0", left=("v1.1.0",))
    notes = _notes(words_about(withdrawal.progress.ended(gone), THREAD, 1, "w1:0001"))
    assert list(notes) == ["v1.1.0"]
    assert "Withdrawn" in notes["v1.1.0"]


def _notes(job: Job) -> dict[str, str]:
    actions = PlanJob.model_validate_json(job.argument).plan.actions
    return {one.tag: one.body for one in actions if isinstance(one, TellGitHubRelease)}


def test_a_record_of_before_is_a_release() -> None:
    assert ReleaseRecord.model_fields["kind"].default == "release"
