"""SIGKILL in the middle of every step, one after the other: the work of each is done, and nobody noted it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.release import rollback
from bot.release.progress import STEPS, Status
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import finished_model
from tests.release.direct import CLIENTS_OWN
from tests.release.killing import Place, carry_out
from tests.release.versions import HUB_ID, VERSIONS, files_at, put_versions

pytestmark = pytest.mark.filterwarnings(CLIENTS_OWN)


@pytest.fixture(scope="module")
def releasing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from _place(tmp_path_factory.mktemp("releasing"))


@pytest.fixture(scope="module")
def going_back(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    for place in _place(tmp_path_factory.mktemp("going-back")):
        put_versions(place.hub, "1.0.0", "1.1.0")
        yield place


def _place(folder: Path) -> Iterator[Place]:
    with running_hub(folder / "hub") as hub:
        yield Place(hub, finished_model(folder / "model"), folder)


@pytest.mark.parametrize("step", STEPS)
def test_a_release_killed_in_a_step_has_shown_nothing_or_all_of_it(releasing: Place, step: str) -> None:
    assert carry_out("release", releasing, kill_in=step) == -signal.SIGKILL
    assert releasing.hub.is_public(HUB_ID) == (STEPS.index(step) >= STEPS.index("publish"))
    if releasing.hub.is_public(HUB_ID):
        _is_whole(releasing.hub, releasing.model)


def test_a_release_killed_in_every_step_is_published_once_and_whole(releasing: Place) -> None:
    assert carry_out("release", releasing) == 0
    outcome = releasing.outcome
    assert outcome is not None
    assert outcome.status is Status.PUBLISHED, outcome.message
    assert releasing.hub.models() == [HUB_ID]
    assert releasing.hub.tags(HUB_ID) == {"v1.0.0": outcome.commit}
    assert len(releasing.hub.commits(HUB_ID)) == 2
    _is_whole(releasing.hub, releasing.model)


@pytest.mark.parametrize("step", [step for step in rollback.STEPS if step != "announce"])
def test_a_rollback_killed_in_a_step_left_one_version_or_the_other(going_back: Place, step: str) -> None:
    assert carry_out("rollback", going_back, kill_in=step) == -signal.SIGKILL
    done = rollback.STEPS.index(step) >= rollback.STEPS.index("restore")
    assert files_at(going_back.hub, "main") == VERSIONS["1.0.0" if done else "1.1.0"]


def test_a_rollback_killed_in_every_step_went_back_once(going_back: Place) -> None:
    assert carry_out("rollback", going_back) == 0
    outcome = going_back.outcome
    assert outcome is not None
    assert outcome.status is Status.ROLLED_BACK, outcome.message
    assert len(going_back.hub.commits(HUB_ID)) == 4
    assert going_back.hub.tags(HUB_ID)["v1.0.0"] == outcome.commit


def _is_whole(hub: SandboxHub, model: Path) -> None:
    assert {path.name: hub.content(HUB_ID, path.name) for path in model.iterdir()} == {
        path.name: path.read_bytes() for path in model.iterdir()
    }
