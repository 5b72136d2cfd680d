"""A part of what ``make faults`` takes whole: each failure somewhere, and each request failing somehow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.attempts import fail, meet
from tests.faults.kinds import HERE, LATE, OTHER, SAME
from tests.faults.trial import LATER, RELEASE, ROLLING_BACK, WITHDRAWING, Trial, trial
from tests.release.direct import CLIENTS_OWN

pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings(CLIENTS_OWN)]
AT_ONCE = tuple(kind for kind in HERE if kind != LATE)


@pytest.fixture(scope="module")
def one() -> Iterator[Trial]:
    with trial() as begun:
        yield begun


def test_a_request_that_fails_ends_a_release_published_once_and_whole_or_not_at_all(one: Trial) -> None:
    # The last third is where it goes public.
    last = len(one.requests(RELEASE)) - 1
    for index, kind in zip(range(last, 0, -7), AT_ONCE, strict=False):
        assert (index, kind, fail(one, RELEASE, kind, index).wrong) == (index, kind, ())


def test_a_request_that_fails_ends_a_rollback_done_once_and_whole_or_not_at_all(one: Trial) -> None:
    for index, kind in zip(range(1, 23, 3), AT_ONCE, strict=False):
        assert (index, kind, fail(one, ROLLING_BACK, kind, index).wrong) == (index, kind, ())


def test_a_request_that_fails_ends_a_withdrawal_saying_how_far_it_came(one: Trial) -> None:
    for index, kind in zip(range(1, 37, 5), AT_ONCE[::-1], strict=False):
        assert (index, kind, fail(one, WITHDRAWING, kind, index).wrong) == (index, kind, ())


def test_a_commit_that_the_hub_carries_out_once_nobody_waits_any_more_is_made_once(one: Trial) -> None:
    requests = one.requests(ROLLING_BACK)
    (commit,) = [number for number, (_, seen) in enumerate(requests) if seen.path.endswith("/commit/main")]
    assert fail(one, ROLLING_BACK, LATE, commit).wrong == ()


@pytest.mark.parametrize(("what", "kind"), [(RELEASE, OTHER), (LATER, SAME)])
def test_of_two_releases_at_once_one_is_published_whole(one: Trial, what: str, kind: str) -> None:
    requests = one.requests(what)
    begun = [number for number, (step, _) in enumerate(requests) if step == "publish"]
    assert meet(one, what, kind, begun[len(begun) // 2]).wrong == ()
