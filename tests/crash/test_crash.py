"""The short version of the crash test; ``make soak`` plays the long one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.campaign import Figures, campaign, takeover
from tests.processes import World, open_world

KILLS = 3

RATE = 12.0
"""Deliveries a second: enough that each kill finds work, and few enough to be worked off soon after."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.mark.timeout(300)
def test_what_was_acknowledged_is_carried_out_once_though_the_service_is_killed_under_load(
    world: World, database_url: str
) -> None:
    figures = campaign(world, database_url, KILLS, seed=20, rate=RATE)
    assert figures.kills == KILLS
    assert_all_once(figures)


@pytest.mark.timeout(300)
def test_the_work_of_a_worker_that_dies_for_good_is_taken_over_and_done_once(
    world: World, postgres_url: str
) -> None:
    assert_all_once(takeover(world, postgres_url, seed=21, rate=RATE))


def assert_all_once(figures: Figures) -> None:
    assert (figures.lost, figures.doubled, figures.uncalled) == ((), (), ())
    assert 0 < figures.acknowledged <= figures.handled
    assert figures.begun_again > 0, "no kill struck while something was under way"
