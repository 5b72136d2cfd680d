from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from bot import workers
from bot.workers import Watch


def judged(*beats: float, patience: float = 30.0) -> list[bool]:
    watch = Watch(patience)
    return [watch.may_judge(now) for now in beats]


def test_a_worker_judges_the_others_once_it_has_watched_them_as_long_as_it_takes_to_be_silent() -> None:
    assert judged(100, 110, 120, 130, 140) == [False, False, False, True, True]


@pytest.mark.parametrize("gap", [30.0, 300.0, -20.0], ids=["a pause", "an outage", "a clock set back"])
def test_after_a_gap_of_its_own_it_begins_to_watch_anew(gap: float) -> None:
    back = 130 + gap
    assert judged(100, 110, 120, 130, back, back + 10, back + 20, back + 30) == [
        *(False, False, False, True),
        *(False, False, False, True),
    ]


def test_the_time_is_the_databases_where_workers_have_clocks_of_their_own(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.workers.time.time", lambda: 7.0)
    with Session(database) as session:
        shared = database.dialect.name == "postgresql"
        assert (workers.clock(session) > 1_700_000_000) if shared else workers.clock(session) == 7.0


def test_a_worker_that_came_back_in_the_meantime_is_not_buried(database: Engine) -> None:
    with Session(database) as session:
        workers.beat(session, "one", 100.0)
        session.commit()
        assert workers.silent(session, 131.0, 30.0) == ["one"]
        workers.beat(session, "one", 131.0)
        workers.bury(session, "one", 131.0, 30.0)
        session.commit()
        assert session.execute(text("SELECT count(*) FROM worker")).scalar_one() == 1
