from __future__ import annotations

from bot.web.allowances import MOST_KNOWN, Allowance


def test_a_caller_waits_when_the_calls_of_the_time_are_used_up_and_others_do_not() -> None:
    allowance = Allowance(2, 10.0)
    assert [allowance.wait("maya", now) for now in (100.0, 104.0, 105.0, 109.9)] == [
        0,
        0,
        5.0,
        0.09999999999999432,
    ]
    assert allowance.wait("sam", 105.0) == 0
    assert allowance.wait("maya", 110.0) == 0
    assert allowance.wait("maya", 111.0) == 3.0


def test_no_number_of_callers_fills_the_memory() -> None:
    allowance = Allowance(1, 10.0)
    for number in range(MOST_KNOWN + 5):
        allowance.wait(str(number), 0.0)
    assert allowance.wait("0", 0.0) == 0, "the one who called least recently is forgotten"
    assert allowance.wait(str(MOST_KNOWN + 4), 0.0) == 10.0
