from __future__ import annotations

import json
from typing import Any

from tests.scene import Place, Scene, eventually
from tests.service.passing import let_pass, timers
from tests.service.test_pull_requests import from_fork, settle_pull

DAY = 1.0


def status(place: Place, number: int) -> str:
    (comment,) = place.status_comments(number)
    return str(comment["body"])


def newcomer(scene: Scene, **files: str) -> tuple[Place, int]:
    place = scene.repository(files)
    number = from_fork(scene, place, "notes.xyz", "x\n")
    settle_pull(scene, place)
    return place, number


def pull(place: Place, number: int) -> Any:
    return place.scene.alice.call("GET", f"{place.path}/pulls/{number}")


def look(place: Place, number: int) -> None:
    place.scene.settle()
    let_pass(place, "next-steps", number, DAY)


def push(place: Place, number: int) -> None:
    scene, branch = place.scene, pull(place, number)["head"]
    before = len(scene.deliveries(place.name, "pull_request", "synchronize"))
    where = f"/repos/{branch['repo']['full_name']}/contents/more.xyz"
    scene.bob.call("PUT", where, {"message": "More", "content": "eA==", "branch": branch["ref"]})
    eventually(lambda: len(scene.deliveries(place.name, "pull_request", "synchronize")) > before)
    scene.settle()


def test_one_comment_follows_a_newcomers_pull_request_from_its_opening_to_its_merge(scene: Scene) -> None:
    place, number = newcomer(scene)
    assert "**Waiting on a maintainer:** to review it" in status(place, number)
    reviews = f"{place.path}/pulls/{number}/reviews"
    scene.alice.call("POST", reviews, {"event": "REQUEST_CHANGES", "body": "Please rename it"})
    look(place, number)
    assert "look at the changes that alice asked for" in status(place, number)
    push(place, number)
    look(place, number)
    assert "**Waiting on alice:** to look again" in status(place, number)
    scene.alice.call("POST", reviews, {"event": "APPROVE"})
    look(place, number)
    assert "it is approved, and can be merged" in status(place, number)
    scene.alice.merge(place.name, number)
    look(place, number)
    assert "**Merged.**" in status(place, number)
    assert len(place.bot_comments(number)) == 1
    assert timers(place, "next-steps", number) == 0


def test_failing_checks_of_a_pull_request_from_a_fork_are_told_when_their_suite_is_over(scene: Scene) -> None:
    place, number = newcomer(scene)
    look(place, number)
    head = pull(place, number)["head"]["sha"]
    run = {"name": "CI", "head_sha": head, "jobs": {"tests": "failure", "lint": "success"}}
    scene.github.control("POST", f"/repositories/{place.name}/workflow-runs", **run)
    # The sandbox runs workflows in silence; a suite that is over lists no pull requests from forks.
    opened = json.loads(scene.deliveries(place.name, "pull_request", "opened")[0].body)
    told = {name: opened[name] for name in ("repository", "installation", "sender")}
    suite = {"head_sha": head, "conclusion": "failure", "pull_requests": []}
    assert scene.knock("check_suite", {**told, "action": "completed", "check_suite": suite}).is_success
    eventually(lambda: scene.deliveries(place.name, "check_suite", "completed"))
    look(place, number)
    assert "**Waiting on you:** see why `tests` fails" in status(place, number)


def test_a_push_that_changes_nothing_about_it_writes_nothing(scene: Scene) -> None:
    place, number = newcomer(scene)
    look(place, number)
    since = scene.github.last_request
    push(place, number)
    look(place, number)
    asked = [one for one in scene.github.requests(since) if one["installation_id"]]
    assert [one for one in asked if one["method"] in ("PATCH", "PUT", "DELETE")] == []
    assert len([one for one in asked if one["path"].endswith("/graphql")]) == 1
    assert len(asked) <= 3, asked


def test_a_newcomers_pull_request_costs_at_most_five_requests_with_the_look_that_follows(
    scene: Scene,
) -> None:
    place, number = newcomer(scene)
    look(place, number)
    since = scene.github.last_request
    fork = pull(place, number)["head"]["repo"]["full_name"]
    scene.bob.branch(fork, "other")
    change = {"message": "Add", "content": "eA==", "branch": "other"}
    scene.bob.call("PUT", f"/repos/{fork}/contents/other.xyz", change)
    number = scene.bob.open_pull_request(place.name, "bob:other", "Add more", "Please")
    eventually(lambda: len(scene.deliveries(place.name, "pull_request", "opened")) == 2)
    look(place, number)
    asked = [one for one in scene.github.requests(since) if one["installation_id"]]
    assert 0 < len(asked) <= 5, [(one["method"], one["path"]) for one in asked]


def test_a_regulars_pull_request_is_left_in_peace(scene: Scene) -> None:
    place = scene.repository()
    number, _ = place.pull_request({"notes.xyz": "x"})
    settle_pull(scene, place)
    assert (place.bot_comments(number), timers(place, "next-steps", number)) == ([], 0)
