from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.actions import Action, SetTimer
from bot.config import Section
from bot.events import TIMER, Event, Thread, read_event
from bot.feature import Feature
from bot.own_events import own_delivery
from bot.store import Delivery, mark_dead
from bot.timers import SUSPENDED, ring, ring_again, set_timer

INSTALLATION = 5


def timer(due: float | None, *, name: str = "remind", number: int = 7) -> SetTimer:
    place = Thread("octo/models", number, 11)
    return SetTimer(thread=place, feature="claim", name=name, due=due, reason="a test")


def rung(database: Engine) -> list[Delivery]:
    with Session(database) as session:
        return list(session.exec(select(Delivery).order_by(Delivery.sequence)).all())  # type: ignore[arg-type]  # a column


def set_all(database: Engine, *timers: SetTimer) -> None:
    with Session(database) as session:
        for one in timers:
            set_timer(session, one, INSTALLATION)
        session.commit()


def ring_at(database: Engine, now: float, limit: int = 10) -> int:
    with Session(database) as session:
        count = ring(session, now, limit)
        session.commit()
    return count


def test_a_timer_rings_once_when_it_is_due_and_not_before(database: Engine) -> None:
    set_all(database, timer(100.0))
    assert [ring_at(database, now) for now in (99.0, 100.0, 101.0)] == [0, 1, 0]


def test_what_rings_is_a_delivery_that_the_feature_answers(database: Engine) -> None:
    set_all(database, timer(100.0))
    ring_at(database, 100.0)
    (delivery,) = rung(database)
    event = read_event(delivery.event, delivery.guid, delivery.body)
    assert (delivery.event, delivery.thread, delivery.installation_id) == (TIMER, "octo/models#7", 5)
    assert (event.thread, event.installation) == (Thread("octo/models", 7, 11), INSTALLATION)

    claim, other = Feature[Section, Any]("claim", Section), Feature[Section, Any]("other", Section)
    for feature in (claim, other):

        @feature.on_timer("remind")
        async def handle(event: Event, section: Section, reads: Any) -> Sequence[Action]:
            return []

    assert (len(claim.handlers_for(event)), len(other.handlers_for(event))) == (1, 0)


def test_a_timer_set_again_rings_at_the_new_moment_only(database: Engine) -> None:
    set_all(database, timer(100.0), timer(200.0))
    assert [ring_at(database, now) for now in (150.0, 200.0)] == [0, 1]


def test_a_timer_that_is_called_off_does_not_ring(database: Engine) -> None:
    set_all(database, timer(100.0), timer(None), timer(None, name="never set"))
    assert ring_at(database, 500.0) == 0


def test_a_timer_of_a_whole_repository_has_no_thread(database: Engine) -> None:
    set_all(database, timer(100.0, number=0))
    ring_at(database, 100.0)
    (delivery,) = rung(database)
    assert (delivery.repository, delivery.thread) == ("octo/models", None)


def test_the_timers_that_are_due_longest_ring_first(database: Engine) -> None:
    set_all(database, *(timer(100.0 - number, number=number) for number in range(1, 6)))
    assert ring_at(database, 100.0, limit=2) == 2
    assert [delivery.thread for delivery in rung(database)] == ["octo/models#5", "octo/models#4"]


def test_workers_that_ring_at_once_ring_every_timer_once(database: Engine) -> None:
    set_all(database, *(timer(50.0, number=number) for number in range(1, 21)))
    with ThreadPoolExecutor(4) as workers:
        counts = list(workers.map(lambda _: ring_at(database, 100.0, limit=20), range(4)))
    assert sum(counts) == 20
    assert len({delivery.thread for delivery in rung(database)}) == len(rung(database)) == 20


def test_timers_that_rang_while_the_app_was_suspended_ring_again_and_nothing_else_does(
    database: Engine,
) -> None:
    set_all(database, timer(1.0), timer(2.0, number=8), timer(3.0, number=9))
    ring_at(database, 10.0)
    mine, elsewhere, broken = rung(database)
    with Session(database) as session:
        asked = own_delivery("issue_comment", "created", INSTALLATION, Thread("octo/models", 7, 11))
        session.add(asked)
        for one, why in (
            (mine, SUSPENDED),
            (elsewhere, SUSPENDED),
            (broken, "a mistake"),
            (asked, SUSPENDED),
        ):
            mark_dead(session, one.guid, f"refused (403): {why}")
        found = session.get_one(Delivery, elsewhere.sequence)
        found.installation_id = INSTALLATION + 1
        session.commit()
        assert ring_again(session, INSTALLATION) == 1
        session.commit()
    states = {one.guid: (one.status, one.replays) for one in rung(database)}
    assert states.pop(mine.guid) == ("received", 1)
    assert set(states.values()) == {("dead", 0)}
