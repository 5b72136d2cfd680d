from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.durable import Job, Queue
from bot.github.client import AppClient
from bot.github.hook_deliveries import Attempt
from bot.missed import ATTEMPTS, EVERY, OLDEST, YOUNGEST, MissedDeliveries, choose

NOW = 1_800_000_000.0
HOUR = 3600.0


def attempt(guid: str, age: float, status: int = 0, number: int = 1) -> Attempt:
    moment = datetime.fromtimestamp(NOW - age, UTC)
    return Attempt(id=number, guid=guid, delivered_at=moment, status_code=status)


def chosen(*attempts: Attempt, known: tuple[str, ...] = ()) -> list[int]:
    return [each.id for each in choose(attempts, known, NOW)]


@pytest.mark.parametrize("status", [0, 400, 401, 408, 500, 502, 503, 504])
def test_what_did_not_arrive_is_sent_again(status: int) -> None:
    assert chosen(attempt("a", HOUR, status)) == [1]


@pytest.mark.parametrize("status", [200, 202, 204, 302])
def test_what_arrived_is_not_even_when_an_earlier_attempt_failed(status: int) -> None:
    assert chosen(attempt("a", 2 * HOUR), attempt("a", HOUR, status)) == []


def test_what_is_in_the_inbox_is_not_whatever_github_thinks() -> None:
    assert chosen(attempt("AB", HOUR, 504), known=("ab",)) == []


def test_what_is_too_new_or_too_old_is_left_alone() -> None:
    ages = (YOUNGEST - 1, YOUNGEST, OLDEST - 1, OLDEST)
    found = [attempt(f"guid-{number}", age, number=number) for number, age in enumerate(ages)]
    assert chosen(*found) == [2, 1]


def test_the_last_attempt_is_sent_again_until_there_were_enough() -> None:
    tries = [attempt("a", (ATTEMPTS - number) * HOUR, number=number) for number in range(ATTEMPTS)]
    assert chosen(*tries[:-1]) == [ATTEMPTS - 2]
    assert chosen(*tries) == []


def test_one_that_was_just_tried_again_is_left_alone() -> None:
    assert chosen(attempt("a", HOUR), attempt("a", YOUNGEST - 1, number=2)) == []


@given(ages=st.lists(st.floats(YOUNGEST, OLDEST - 1), max_size=20))
def test_they_are_sent_in_the_order_they_came_about(ages: list[float]) -> None:
    found = [attempt(f"guid-{number}", age, number=number) for number, age in enumerate(ages)]
    by_age = sorted(found, key=lambda each: each.moment)
    assert chosen(*found) == [each.id for each in by_age]


def test_of_all_workers_and_looks_one_sweep_is_made_in_ten_minutes(database: Engine) -> None:
    jobs: list[Job] = []

    class Line:
        def submit(self, job: Job) -> None:
            jobs.append(job)

    for _ in range(2):
        moments = iter((NOW, NOW + 1, NOW + EVERY, NOW + EVERY + 1))
        sweeps = MissedDeliveries(database, Line(), cast(AppClient, None), clock=moments.__next__)
        for _ in range(4):
            sweeps.submit()
    assert len(jobs) == 4
    assert len({job.id for job in jobs}) == 2
    assert {job.queue for job in jobs} == {Queue.BACKGROUND}
