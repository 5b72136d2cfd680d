from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import GoneError, RefusedError, TransientError
from bot.github.limits import (
    WAIT_WHEN_NOT_TOLD,
    Pace,
    PrimaryLimit,
    PrimaryLimitError,
    primary_limit,
    understand,
)

NOW = 1_700_000_000.0
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 90)},
            "API rate limit exceeded",
            91,
        ),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 90)}, "", 91),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + 90)}, "spelled otherwise", 91),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW - 5)}, "just over", 1),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(2 * NOW)}, "a clock gone wrong", 3601),
        (403, {"x-ratelimit-remaining": "0"}, "no reset", WAIT_WHEN_NOT_TOLD),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, "odd", WAIT_WHEN_NOT_TOLD),
        (403, {"retry-after": "30"}, SECONDARY, 30),
        (429, {"retry-after": "30"}, "", 30),
        (403, {"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 900)}, "", 7),
        (403, {"x-ratelimit-remaining": "4999"}, SECONDARY, WAIT_WHEN_NOT_TOLD),
        (403, {}, "You have triggered an abuse detection mechanism.", WAIT_WHEN_NOT_TOLD),
        (429, {}, "", WAIT_WHEN_NOT_TOLD),
        (429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", WAIT_WHEN_NOT_TOLD),
        (429, {"retry-after": "inf"}, "", WAIT_WHEN_NOT_TOLD),
        (429, {"retry-after": "nan"}, "", WAIT_WHEN_NOT_TOLD),
        (429, {"retry-after": "-5"}, "", WAIT_WHEN_NOT_TOLD),
        (500, {}, "", None),
        (502, {}, "<html>Bad gateway</html>", None),
        (503, {"retry-after": "5"}, "", 5),
        (408, {}, "", None),
    ],
)
def test_what_may_pass_is_waited_for_as_long_as_github_asks(
    status: int, headers: dict[str, str], message: str, wait: float | None
) -> None:
    reason = understand(status, headers, message, now=NOW)
    assert isinstance(reason, TransientError)
    assert reason.retry_after == wait


@pytest.mark.parametrize("status", [404, 410, 451])
def test_what_cannot_be_reached_any_more_is_gone(status: int) -> None:
    reason = understand(status, {"x-ratelimit-remaining": "4999"}, "Not Found")
    assert isinstance(reason, GoneError)
    assert reason.status == status


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Problems parsing JSON"),
        (401, "Bad credentials"),
        (403, "Resource not accessible by integration"),
        (403, "This installation has been suspended"),
        (409, "Git Repository is empty."),
        (422, "Validation Failed"),
        (304, ""),
    ],
)
def test_a_refusal_is_final_and_keeps_githubs_words(status: int, message: str) -> None:
    reason = understand(status, {"x-ratelimit-remaining": "4999"}, message)
    assert isinstance(reason, RefusedError)
    assert not isinstance(reason, GoneError)
    assert reason.status == status
    assert str(reason) == message or not message


@given(
    status=st.integers(300, 599),
    headers=st.dictionaries(
        st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"]), st.text(max_size=8)
    ),
    message=st.text(max_size=20),
)
def test_any_answer_is_understood(status: int, headers: dict[str, str], message: str) -> None:
    reason = understand(status, headers, message, now=NOW)
    assert isinstance(reason, TransientError | RefusedError)
    if isinstance(reason, TransientError) and reason.retry_after is not None:
        assert 0 <= reason.retry_after < float("inf")


class Clock:
    """Time as a test sets it, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def made(per_minute: int, turns: int) -> list[float]:
    """Give the moments at which so many writes are made, one straight after the other."""
    clock = Clock()
    pace = Pace(per_minute, clock=clock)
    moments = []
    for _ in range(turns):
        clock.now += pace.wait(1)
        moments.append(clock.now)
    return moments


def test_a_burst_of_half_a_minutes_writes_goes_out_at_once() -> None:
    moments = made(80, 41)
    assert moments[39] == 0.0
    assert moments[40] > 0.0


@given(per_minute=st.integers(1, 200), turns=st.integers(1, 1500))
def test_no_minute_and_no_hour_sees_more_writes_than_allowed(per_minute: int, turns: int) -> None:
    moments = made(per_minute, turns)
    for most, seconds in ((per_minute, 60), (int(per_minute * 500 / 80), 3600)):
        for first, later in zip(moments, moments[most + 1 :], strict=False):
            assert later - first >= seconds - 1e-6


def test_github_coms_own_limits_are_kept() -> None:
    moments = made(80, 2000)
    assert sum(moment < 60 for moment in moments) <= 80
    assert 450 <= sum(moment < 3600 for moment in moments) <= 500
    assert sum(moment < 7200 for moment in moments) <= 750


def test_a_server_that_allows_more_in_a_minute_allows_more_in_an_hour() -> None:
    assert sum(moment < 3600 for moment in made(800, 6000)) >= 4500


def test_many_writes_in_one_turn_are_paid_for_by_the_next() -> None:
    clock = Clock()
    pace = Pace(60, clock=clock)
    assert pace.wait(30) == 0.0
    assert pace.wait(4) == pytest.approx(8.0)
    clock.now += 8.0
    assert pace.wait(1) == pytest.approx(2.0)


def test_a_rested_pace_saves_no_more_than_one_burst() -> None:
    clock = Clock()
    pace = Pace(60, clock=clock)
    clock.now += 100_000
    assert pace.wait(30) == 0.0
    assert pace.wait(1) == pytest.approx(2.0)


async def test_writes_take_turns() -> None:
    pace = Pace(6000)
    inside = 0
    most = 0

    async def write() -> None:
        nonlocal inside, most
        async with pace.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(write() for _ in range(20)))
    assert most == 1


def test_a_new_hour_begins_with_all_its_requests() -> None:
    limit = PrimaryLimit(limit=5000, remaining=50, resets=1000.0)
    assert limit.share_left(now=999.0) == pytest.approx(0.01)
    assert limit.share_left(now=1000.0) == 1.0
    assert PrimaryLimit(limit=0, remaining=0, resets=1000.0).share_left(now=0.0) == 1.0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "1"},
        {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "1"},
        {
            "X-RateLimit-Limit": "30",
            "X-RateLimit-Remaining": "1",
            "X-RateLimit-Reset": "1",
            "X-RateLimit-Resource": "search",
        },
    ],
)
def test_headers_that_do_not_tell_the_core_limit_are_passed_over(headers: dict[str, str]) -> None:
    assert primary_limit(headers) is None


def test_a_primary_limit_names_its_resource_and_a_secondary_one_is_everybodys() -> None:
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "160", "x-ratelimit-resource": "search"}
    primary = understand(403, spent, "API rate limit exceeded", now=100.0)
    assert isinstance(primary, PrimaryLimitError)
    assert (primary.resource, primary.retry_after) == ("search", 61.0)
    secondary = understand(403, {**spent, "retry-after": "30"}, "secondary rate limit", now=100.0)
    assert type(secondary) is TransientError
