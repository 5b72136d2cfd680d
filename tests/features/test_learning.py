from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.actions import LearnHistory, Remember, SetTimer
from bot.events import REPOSITORY_ADDED, TIMER, Thread
from bot.features.learning import LearningSection, issue_opened, next_night, night_came, repository_added
from tests.fixtures.events import event, issue


class Memory:
    """What the feature kept before."""

    def __init__(self, **kept: dict[str, object]) -> None:
        self.kept = kept

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, object]]:
        assert (thread.number, feature) == (0, "learning")
        return self.kept


async def test_a_new_repository_is_learned_at_once_and_then_every_night() -> None:
    plan = await repository_added(event(REPOSITORY_ADDED, "added"), LearningSection(), Memory())
    assert [type(action) for action in plan] == [LearnHistory, Remember, SetTimer]


async def test_a_repository_that_was_there_before_is_learned_with_its_next_issue_and_once() -> None:
    opened = event("issues", "opened", issue=issue())
    first = await issue_opened(opened, LearningSection(), Memory())
    again = await issue_opened(opened, LearningSection(), Memory(begun={"at": "then"}))
    assert any(isinstance(action, LearnHistory) for action in first)
    assert again == []


async def test_each_night_is_learned_under_its_own_date_and_followed_by_the_next() -> None:
    learned, timer = await night_came(event(TIMER, "learning.nightly"), LearningSection(), Memory())
    assert isinstance(learned, LearnHistory)
    assert learned.key == datetime.now(UTC).date().isoformat()
    assert isinstance(timer, SetTimer)


@given(
    st.integers(1, 10**9),
    st.integers(0, 23),
    st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
)
def test_the_next_night_is_ahead_within_a_day_and_in_its_hour(number: int, hour: int, now: datetime) -> None:
    due = datetime.fromtimestamp(next_night(Thread("octo/models", 0, number), hour, now), UTC)
    assert 0 < (due - now).total_seconds() <= 24 * 3600
    assert due.hour == hour
