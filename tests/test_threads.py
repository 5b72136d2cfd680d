from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.apply import STATUS_MARKER, status_text
from bot.rendering import BODY_LIMIT
from bot.threads import in_order

names = st.sampled_from(["welcome", "triage", "labels", "gone", "older"])


@given(named=st.dictionaries(names, st.text(min_size=1, max_size=5)))
def test_sections_stand_in_feature_order_and_those_of_features_gone_come_last(named: dict[str, str]) -> None:
    order = ["welcome", "triage", "labels"]
    expected = [name for name in [*order, "gone", "older"] if name in named]
    assert in_order(named, order) == [named[name] for name in expected]


def test_the_status_comment_begins_with_its_marker_and_holds_every_section() -> None:
    text = status_text(["### One\n\nfirst\n", "### Two\n\nsecond\n"])
    assert text.startswith(STATUS_MARKER)
    assert text.index("first") < text.index("second")
    assert "/help" in text


def test_a_status_comment_with_nothing_left_to_say_stays_and_says_so() -> None:
    assert "Nothing is waiting here" in status_text([])


@given(bodies=st.lists(st.text(max_size=200), max_size=5))
def test_the_same_sections_always_give_the_same_text(bodies: list[str]) -> None:
    assert status_text(bodies) == status_text(bodies)


def test_more_than_github_takes_is_cut_and_says_so() -> None:
    text = status_text(["word " * 50_000])
    assert len(text) <= BODY_LIMIT
    assert "longer than GitHub lets a comment be" in text
