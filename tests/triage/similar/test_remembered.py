from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.similar.remembered import key_of, pair_of


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_pair_has_one_key_whichever_way_it_was_said(one: int, other: int) -> None:
    assert key_of(one, other) == key_of(other, one)
    expected = (min(one, other), max(one, other))
    assert pair_of(key_of(one, other)) == (None if one == other else expected)


@pytest.mark.parametrize("key", ["", "fix", "1", "1-", "-1", "0-1", "1-2-3", "٣-4", "9" * 30 + "-1"])
def test_what_is_no_key_names_no_pair(key: str) -> None:
    assert pair_of(key) is None


@given(st.text(max_size=200))
def test_no_text_trips_the_reading_of_keys(key: str) -> None:
    pair_of(key)
