"""A part of what ``make faults`` takes whole: a request here and there fails, each in another way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import pytest

from tests.release.direct import CLIENTS_OWN
from tests.release.failing import (
    FAULTS,
    TWO,
    Trial,
    requests_when_nothing_fails,
    trial,
    wrong_release,
    wrong_rollback,
    wrong_withdrawal,
)

pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings(CLIENTS_OWN)]
LATE = frozenset(name for name, fault in FAULTS.items() if fault["kind"] == "delay")


@pytest.fixture(scope="module")
def one() -> Iterator[Trial]:
    with trial() as begun:
        yield begun


def test_a_release_ends_published_once_and_whole_or_not_at_all_and_says_which(one: Trial) -> None:
    last = requests_when_nothing_fails(one, one.release) - 1
    faults = cycle(name for name in FAULTS if name not in LATE)
    # The last third is where it goes public.
    for index, fault in zip([*range(3, last, 20), *range(last - 15, last, 5)], faults, strict=False):
        assert (index, fault, wrong_release(one, fault, index)) == (index, fault, [])


def test_a_withdrawal_deletes_what_was_named_and_says_how_far_it_came(one: Trial) -> None:
    last = requests_when_nothing_fails(one, one.withdraw, *TWO)
    faults = cycle(name for name in FAULTS if name not in LATE)
    for index, fault in zip(range(1, last, 7), faults, strict=False):
        assert (index, fault, wrong_withdrawal(one, fault, index)) == (index, fault, [])


def test_a_rollback_goes_back_once_and_whole_or_not_at_all_and_says_which(one: Trial) -> None:
    last = requests_when_nothing_fails(one, one.go_back, *TWO)
    for index, fault in zip(range(1, last, 4), cycle(FAULTS), strict=False):
        assert (index, fault, wrong_rollback(one, fault, index)) == (index, fault, [])
