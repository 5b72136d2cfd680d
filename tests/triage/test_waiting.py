from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.waiting import DAY, Patience, Question, Step, question_in

NOW = 20_000 * DAY + 3_600.0


def asked(patience: Patience) -> Question:
    return patience.asks("bob", 7, ["Code"], NOW)


def test_by_default_there_is_one_reminder_and_nothing_is_closed() -> None:
    patience = Patience(14, None)
    question = asked(patience)
    assert patience.due(question) == NOW + 14 * DAY
    assert patience.step(question, NOW + 13 * DAY) is Step.KEEP
    assert patience.step(question, NOW + 14 * DAY) is Step.REMIND
    reminded = patience.reminded(question, NOW + 14 * DAY)
    assert (patience.due(reminded), reminded.closes) == (None, None)
    assert patience.step(reminded, NOW + 9_000 * DAY) is Step.KEEP


def test_closing_comes_after_the_whole_day_that_was_named_with_the_reminder() -> None:
    patience = Patience(14, 7)
    question = asked(patience)
    assert question.closes is None
    reminded = patience.reminded(question, NOW + 14 * DAY)
    assert reminded.closes == (20_000 + 14 + 7 + 1) * DAY
    assert reminded.last_day == (20_000 + 14 + 7 + 1) * DAY - 1
    assert patience.step(reminded, NOW + 21 * DAY) is Step.KEEP
    assert patience.step(reminded, (20_000 + 22) * DAY) is Step.CLOSE


def test_without_a_reminder_the_day_is_named_at_once() -> None:
    patience = Patience(None, 7)
    question = asked(patience)
    assert question.closes == (20_000 + 8) * DAY
    assert patience.step(question, (20_000 + 8) * DAY) is Step.CLOSE


def test_nothing_is_closed_whose_day_was_not_named() -> None:
    reminded = Patience(14, None).reminded(asked(Patience(14, None)), NOW)
    assert Patience(14, 1).step(reminded, NOW + 900 * DAY) is Step.KEEP


def test_nothing_is_closed_once_the_repository_does_not_ask_for_it_any_more() -> None:
    reminded = Patience(14, 1).reminded(asked(Patience(14, 1)), NOW)
    assert Patience(14, None).step(reminded, NOW + 900 * DAY) is Step.KEEP


def test_a_part_of_the_answer_moves_the_day_and_brings_no_second_reminder() -> None:
    patience = Patience(14, 7)
    reminded = patience.reminded(patience.asks("bob", 7, ["Code", "Python"], NOW), NOW + 14 * DAY)
    later = patience.partly_answered(reminded, ["Code"], NOW + 16 * DAY)
    assert (later.asked, later.reminded) == (("Code",), reminded.reminded)
    assert later.closes == (20_000 + 16 + 8) * DAY


def test_nobody_waits_for_who_replied() -> None:
    replied = asked(Patience(1, 1)).model_copy(update={"replied": NOW})
    assert Patience(1, 1).step(replied, NOW + 900 * DAY) is Step.KEEP


@pytest.mark.parametrize(
    ("login", "account", "expected"),
    [("bob", 7, True), ("robert", 7, True), ("bob", 8, False), ("BOB", 0, True), ("eve", 0, False)],
)
def test_who_was_asked_is_known_by_the_account_also_after_a_rename(
    login: str, account: int, expected: bool
) -> None:
    assert asked(Patience(14, None)).is_of(login, account) is expected


@given(
    remind=st.none() | st.integers(1, 365),
    close=st.none() | st.integers(1, 365),
    later=st.lists(st.floats(0, 900 * DAY), max_size=8),
)
def test_at_most_one_reminder_and_no_closing_before_the_named_day(
    remind: int | None, close: int | None, later: list[float]
) -> None:
    patience, reminders, now = Patience(remind, close), 0, NOW
    question = patience.asks("bob", 7, ["Code"], now)
    for step in sorted(later):
        now = NOW + step
        match patience.step(question, now):
            case Step.REMIND:
                reminders += 1
                question = patience.reminded(question, now)
            case Step.CLOSE:
                assert close is not None
                assert question.closes is not None
                assert now >= question.closes
                break
            case Step.KEEP:
                pass
    assert reminders <= (remind is not None)


def test_what_is_kept_is_read_back() -> None:
    question = asked(Patience(14, 7))
    assert question_in(question.model_dump()) == question
    assert question_in(None) is None
