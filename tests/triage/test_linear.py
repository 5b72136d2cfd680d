from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.linear import LinearPattern


def test_all_that_fits_is_given_with_the_line_it_begins_on() -> None:
    pattern = LinearPattern(r"k\d(?:\nmore)?")
    assert list(pattern.all_in("k1 k2\nné k3\nmore\n\nk4")) == [
        (0, "k1"),
        (0, "k2"),
        (1, "k3\nmore"),
        (4, "k4"),
    ]


@given(st.text(alphabet="ké\n\U0001f600", max_size=60))
def test_lines_are_counted_as_text_counts_them(text: str) -> None:
    found = LinearPattern("k").all_in(text)
    lines = text.split("\n")
    assert [line for line, _ in found] == [
        at for at, line in enumerate(lines) for _ in range(line.count("k"))
    ]


@pytest.mark.timeout(10)
def test_very_much_text_is_gone_through_once() -> None:
    assert sum(1 for _ in LinearPattern("(a+)+b|x").all_in("a" * 500_000 + "x\n" * 100_000)) == 100_000
