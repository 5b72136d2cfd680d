from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot import audit, check_parts
from bot.actions import ReportPart
from bot.audit import AuditEntry
from bot.retention import BATCH, DAY, LOOKED_AT, Retention
from bot.store import OVER, Delivery, DeliveryStatus, mark_received

NOW = 1_800_000_000.0
OLD, YOUNG = NOW - 31 * DAY, NOW - 29 * DAY


@dataclass
class Jobs:
    """Jobs that are forgotten in a number of batches."""

    batches: int = 0
    asked: list[float] = field(default_factory=list)

    def forget_before(self, seconds: float) -> bool:
        self.asked.append(seconds)
        return len(self.asked) < self.batches


def put(
    database: Engine, status: str, received: float = OLD, handled: float | None = OLD, *, count: int = 1
) -> list[str]:
    guids = [str(uuid.uuid4()) for _ in range(count)]
    with Session(database) as session:
        for guid in guids:
            session.add(
                Delivery(
                    guid=guid,
                    event="issues",
                    body=b"{}",
                    status=status,
                    received_at=received,
                    handled_at=handled,
                )
            )
            session.add(note(guid))
        session.commit()
    return guids


def note(plan: str) -> AuditEntry:
    return AuditEntry(
        plan=plan,
        key="k",
        kind="react",
        repository="octo/models",
        number=1,
        feature="help",
        reason="r",
        action="{}",
        outcome="done",
        started_at=OLD,
    )


def kept(database: Engine) -> tuple[set[str], set[str]]:
    """Give the deliveries that are there, and the plans the audit knows."""
    with Session(database) as session:
        plans = session.exec(select(AuditEntry.plan)).all()
        return set(session.exec(select(Delivery.guid)).all()), set(plans)


def retention(database: Engine, days: int = 30, jobs: Jobs | None = None) -> Retention:
    return Retention(database, jobs or Jobs(), days, clock=lambda: NOW)


@pytest.mark.parametrize("status", OVER)
def test_what_is_over_and_old_goes_with_what_the_audit_says_of_it(database: Engine, status: str) -> None:
    put(database, status)
    young = put(database, status, YOUNG, YOUNG) + put(database, status, OLD, YOUNG)
    assert retention(database).forget()
    assert kept(database) == (set(young), set(young))
    assert not retention(database).forget()


@pytest.mark.parametrize("status", [DeliveryStatus.received, DeliveryStatus.queued])
def test_what_is_not_over_stays_however_old_it_is(database: Engine, status: str) -> None:
    waiting = set(put(database, status, handled=None) + put(database, status))
    assert not retention(database).forget()
    assert kept(database) == (waiting, waiting)


def test_a_dead_delivery_that_is_being_tried_again_stays(database: Engine) -> None:
    (guid,) = put(database, DeliveryStatus.dead)
    with Session(database) as session:
        mark_received(session, guid)
        session.commit()
    assert not retention(database).forget()
    assert kept(database)[0] == {guid}


def report(part: str) -> ReportPart:
    return ReportPart(
        repository="octo/models", commit="a" * 40, part=part, passed=False, summary="a name", reason="a test"
    )


def test_the_parts_of_a_check_run_go_with_what_reported_them(database: Engine) -> None:
    old, young = put(database, "handled") + put(database, "handled", YOUNG, YOUNG)
    with Session(database) as session:
        for guid, part in ((old, "Secrets"), (young, "Licence headers")):
            check_parts.keep(session, report(part))
            audit.begin(session, guid, {"part": report(part)})
        check_parts.note_shown(session, "octo/models", "a" * 40, "digest")
        session.commit()
    retention(database).forget()
    with Session(database) as session:
        assert [each.part for each in check_parts.parts_of(session, "octo/models", "a" * 40)] == [
            "Licence headers"
        ]
        assert check_parts.shown(session, "octo/models", "a" * 40) == "digest"
    retention(database, days=20).forget()
    with Session(database) as session:
        assert check_parts.parts_of(session, "octo/models", "a" * 40) == ()
        assert check_parts.shown(session, "octo/models", "a" * 40) is None


def test_the_record_of_releases_stays(database: Engine) -> None:
    put(database, DeliveryStatus.handled)
    with Session(database) as session:
        session.add(note("release-1/published"))
        session.commit()
    retention(database).forget()
    assert kept(database) == (set(), {"release-1/published"})


def test_a_backlog_goes_in_batches_past_what_was_tried_again(database: Engine) -> None:
    again = put(database, DeliveryStatus.dead, OLD, YOUNG, count=BATCH + 1)
    put(database, DeliveryStatus.handled, count=BATCH + 1)
    assert len(again) + BATCH < LOOKED_AT
    assert [retention(database).forget() for _ in range(3)] == [True, True, False]
    assert kept(database)[0] == set(again)


def test_jobs_are_forgotten_later_than_what_asked_for_them(database: Engine) -> None:
    jobs = Jobs(batches=2)
    assert [retention(database, jobs=jobs).forget() for _ in range(2)] == [True, False]
    assert jobs.asked == [31 * DAY] * 2


def test_zero_days_keep_everything(database: Engine) -> None:
    guids = set(put(database, DeliveryStatus.handled, 1.0, 1.0))
    jobs = Jobs()
    assert not retention(database, days=0, jobs=jobs).forget()
    assert (kept(database)[0], jobs.asked) == (guids, [])
