from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.claims import DAY, Claim, Clock, Step, names_issue

CLOCK = Clock(remind_after=14, free_after=7)
moments = st.floats(min_value=0, max_value=4e9)


def claim(heard: float = 0.0, reminded: float | None = None) -> Claim:
    return Claim(login="bob", account=5, since=0.0, heard=heard, reminded=reminded)


@pytest.mark.parametrize(
    ("now", "reminded", "step"),
    [
        (13.9, None, Step.KEEP),
        (14.0, None, Step.REMIND),
        (400.0, None, Step.REMIND),
        (20.9, 14.0, Step.KEEP),
        (21.0, 14.0, Step.FREE),
    ],
)
def test_silence_leads_to_a_question_and_then_to_the_end(
    now: float, reminded: float | None, step: Step
) -> None:
    asked = None if reminded is None else reminded * DAY
    assert CLOCK.step(claim(reminded=asked), now * DAY) is step


@given(heard=moments, now=moments)
def test_nobody_loses_an_issue_without_having_been_asked(heard: float, now: float) -> None:
    assert CLOCK.step(claim(heard), now) is not Step.FREE


@given(heard=moments, asked=moments, sign=moments)
def test_a_sign_after_the_question_starts_the_clock_anew(heard: float, asked: float, sign: float) -> None:
    after = claim(heard, asked).heard_at(sign)
    assert (after.reminded is None) == (sign > max(heard, asked))
    assert after.heard >= heard


def test_only_the_claimers_own_doings_are_signs() -> None:
    asked = claim(0.0, 10.0)
    assert asked.heard_by([("alice", 20.0)]) == asked
    assert asked.heard_by([("Bob", 20.0), ("bob", 15.0)]).heard == 20.0


def test_an_account_outlives_its_name() -> None:
    assert claim().is_of("robert", 5)
    assert not claim().is_of("bob", 6)
    assert claim().is_of("BOB", 0)


@pytest.mark.parametrize(
    "text",
    [
        "Fixes #12",
        "#12",
        "(#12)",
        "closes octo/models#12.",
        "see https://github.com/octo/models/issues/12",
        "GH-12",
        "Octo/Models#12",
    ],
)
def test_a_pull_request_names_an_issue(text: str) -> None:
    assert names_issue(text, "octo/models", 12)


@pytest.mark.parametrize(
    "text", ["#123", "#1", "other/models#12", "a#12", "12", "https://github.com/octo/data/issues/12", ""]
)
def test_it_does_not_name_one_by_chance(text: str) -> None:
    assert not names_issue(text, "octo/models", 12)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["#", "octo/models", "octo/models#", "/octo/models/issues/", "GH-", "#1"])
def test_a_hostile_text_is_read_quickly(piece: str) -> None:
    assert not names_issue(piece * (1_000_000 // len(piece)), "octo/models", 12)
