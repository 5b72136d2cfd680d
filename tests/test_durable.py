from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.durable import Patience


@pytest.mark.parametrize(
    ("attempt", "wait"), [(1, 1.0), (2, 2.0), (3, 4.0), (9, 256.0), (10, 300.0), (50, 300.0)]
)
def test_waits_double_up_to_the_longest(attempt: int, wait: float) -> None:
    assert Patience().wait(attempt, None) == wait


def test_a_wait_is_never_shorter_than_the_other_side_asked_for() -> None:
    assert Patience().wait(1, 3600.0) == 3600.0
    assert Patience().wait(9, 3.0) == 256.0


def test_patience_outlasts_an_outage_of_half_an_hour_and_ends_within_the_day() -> None:
    patience = Patience()
    waits = [patience.wait(attempt, None) for attempt in range(1, patience.attempts)]
    assert 1800 < sum(waits) < 2 * 3600


@given(attempt=st.integers(1, 1000), asked=st.none() | st.floats(0, 1e6))
def test_every_wait_is_a_time_that_passes(attempt: int, asked: float | None) -> None:
    assert (asked or 0.0) <= Patience().wait(attempt, asked) <= max(300.0, asked or 0.0)
