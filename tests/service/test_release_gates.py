"""The gates of a release as people meet them: on pull requests, and where a maintainer waives one."""

from __future__ import annotations

import re
import uuid

import pytest

from bot.features.release_check.looking import ON_PULL_REQUESTS
from tests.bad_input.world import FOLDER, Model, World
from tests.scene import Json, eventually
from tests.service.test_pull_requests import settle_pull

THRESHOLD = "[{metric: accuracy, at_least: 1.1}]"
"""What no model reaches, so that the evaluation gate fails and can be waived."""


@pytest.fixture(scope="module")
def model(world: World) -> Model:
    return world.model(thresholds=THRESHOLD)


def checked(world: World, model: Model, path: str, content: str) -> tuple[Json, list[str]]:
    """Open a pull request that writes a file; give its check run and what it took of requests."""
    place = model.place
    branch = f"work-{uuid.uuid4().hex[:6]}"
    world.scene.alice.branch(place.name, branch)
    head = place.write(path, content, branch)
    since = world.github.last_request
    world.scene.alice.open_pull_request(place.name, branch, "Change it", "please")
    settle_pull(world.scene, place)
    eventually(lambda: place.checks(head), "the check run")
    return place.checks(head)[0], place.bot_requests(since)


def test_a_pull_request_to_the_model_is_told_what_would_stop_its_release(world: World, model: Model) -> None:
    check, requests = checked(world, model, f"{FOLDER}/weights.pkl", "not really")
    summary = check["output"]["summary"].replace("\\", "")
    for gate in ON_PULL_REQUESTS:
        assert f"Gate: {gate.replace('_', ' ')}" in summary
    assert "weights.pkl: files of this kind are not released" in summary
    assert "accuracy is" in summary
    assert check["conclusion"] == "neutral"
    writes = [one for one in requests if not one.startswith("GET")]
    assert sum(one == "POST /check-runs" for one in writes) == 1


def test_a_pull_request_to_anything_else_costs_nothing_more(world: World, model: Model) -> None:
    checked(world, model, "notes.xyz", "1")  # fills the caches
    check, requests = checked(world, model, "notes.xyz", "2")
    assert "Gate:" not in check["output"]["summary"]
    assert not [one for one in requests if "contents" in one or "trees" in one], requests


def test_a_maintainer_waives_a_gate_for_the_content_that_was_refused(world: World, model: Model) -> None:
    alice, carol = world.scene.alice, world.carol
    assert model.say("/release-model", carol) == "rocket", model.replies()
    told = model.ended()
    assert "**evaluation**" in told
    [seen] = re.findall(r'comment `/waive evaluation seen=([0-9a-f]{12}) reason="…"`', told)
    line = f'/waive evaluation seen={seen} reason="measured by hand as well"'
    assert model.say(line, carol) != "rocket"
    assert model.say(line, alice) == "rocket"
    assert "alice waived the gate evaluation for the content" in model.replies()[-1]

    assert model.say("/release-model", carol) == "rocket", model.replies()
    eventually(lambda: "waived by alice: measured by hand as well" in model.status(), "the waiver")
    assert model.say(model.line_to_approve(), alice) == "rocket"
    eventually(model.is_public, "the model")
    eventually(lambda: model.records()[-1].status, "the end")
    assert model.records()[-1].status == "published"
