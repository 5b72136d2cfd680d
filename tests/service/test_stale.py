from __future__ import annotations

import datetime as dt
import time

import pytest

from tests.scene import LABELS, Place, Scene, eventually
from tests.service.passing import DAY, let_pass, timers
from tests.service.test_comments import said

QUIET = "triage: {enabled: false}\nneeds-info: {enabled: false}\n"
ACTING = QUIET + "stale: {dry_run: false}\n"
CLOSING = QUIET + "stale: {dry_run: false, close: true}\n"


def place_with(scene: Scene, config: str) -> Place:
    return scene.repository({".github/giveback.yml": config}, labels=[*LABELS, "stale"])


def waiting(place: Place, days: float = 31) -> int:
    """Open an issue as bob, label it as alice, and make GitHub's timeline say that it was days ago."""
    scene = place.scene
    number = scene.bob.open_issue(place.name, "Greetings", "hello")
    scene.alice.call("POST", f"{place.path}/issues/{number}/labels", {"labels": ["needs-info"]})
    eventually(lambda: timers(place, "stale", number))
    scene.settle()
    set_timeline(place, number, days)
    return number


def set_timeline(place: Place, number: int, days: float) -> None:
    moment = dt.datetime.fromtimestamp(time.time() - days * DAY, dt.UTC).isoformat()
    labelled = {
        "event": "labeled",
        "actor": {"login": "alice"},
        "created_at": moment,
        "label": {"name": "needs-info"},
    }
    place.scene.github.no_faults()
    where = rf"{place.name}/issues/{number}/timeline"
    place.scene.github.fault(where, "status", method="GET", status=200, body=[labelled])


def state(place: Place, number: int) -> str:
    return str(place.scene.alice.call("GET", f"{place.path}/issues/{number}")["state"])


def status(place: Place, number: int) -> str:
    (comment,) = place.status_comments(number)
    return str(comment["body"])


def test_by_default_it_is_only_on_record_what_would_be_marked(scene: Scene) -> None:
    place = place_with(scene, QUIET)
    number = waiting(place)
    let_pass(place, "stale", number, 31)
    assert (place.labels(number), place.bot_comments(number)) == (["needs-info"], [])
    rung = scene.deliveries(place.name, "giveback.timer")[-1]
    would = {(entry.kind, entry.outcome) for entry in scene.audit(rung)}
    assert would == {("add_labels", "dry_run"), ("set_section", "dry_run"), ("remember", "dry_run")}


def test_what_waits_is_marked_once_and_the_authors_reply_clears_it(scene: Scene) -> None:
    place = place_with(scene, ACTING)
    number = waiting(place)
    let_pass(place, "stale", number, 31)
    assert place.labels(number) == ["needs-info", "stale"]
    assert status(place, number).count("@bob") == 1
    assert timers(place, "stale", number) == 0
    said(scene, place, number, "Here is what you asked for")
    assert place.labels(number) == ["needs-info"]
    assert "Waiting for bob" not in status(place, number)
    assert state(place, number) == "open"


def test_what_a_person_labelled_stale_is_left_labelled(scene: Scene) -> None:
    place = place_with(scene, ACTING)
    number = waiting(place)
    scene.alice.call("POST", f"{place.path}/issues/{number}/labels", {"labels": ["stale"]})
    scene.settle()
    let_pass(place, "stale", number, 31)
    said(scene, place, number, "Here is what you asked for")
    assert place.labels(number) == ["needs-info", "stale"]


@pytest.mark.parametrize("answer", ["/reopen", "Here is what you asked for"])
def test_it_is_closed_only_where_closing_is_on_and_reopened_by_its_author(scene: Scene, answer: str) -> None:
    place = place_with(scene, CLOSING)
    number = waiting(place)
    let_pass(place, "stale", number, 31)
    assert "it is closed then" in status(place, number)
    assert state(place, number) == "open"
    set_timeline(place, number, 60)
    let_pass(place, "stale", number, 15)
    assert state(place, number) == "closed"
    assert "it opens again by itself" in status(place, number)
    scene.github.no_faults()
    said(scene, place, number, answer)
    eventually(lambda: "Closed for now" not in status(place, number))
    scene.settle()
    assert (state(place, number), place.labels(number)) == ("open", ["needs-info"])


def test_an_issue_that_waits_for_nobody_costs_no_request(scene: Scene) -> None:
    place = place_with(scene, ACTING)
    number = scene.bob.open_issue(place.name, "Greetings", "hello")
    said(scene, place, number, "More words")
    assert timers(place, "stale", number) == 0


@pytest.mark.parametrize("answered", [False, True])
def test_changes_a_reviewer_asked_for_wait_until_the_author_pushes(scene: Scene, answered: bool) -> None:
    place = place_with(scene, ACTING)
    number, head = place.pull_request({"a.py": "1"}, by=scene.alice)
    scene.github.control("PUT", "/collaborators", repository=place.name, login="bob", permission="write")
    scene.bob.call(
        "POST", f"{place.path}/pulls/{number}/reviews", {"event": "REQUEST_CHANGES", "body": "Please rename"}
    )
    eventually(lambda: timers(place, "stale", number))
    scene.settle()
    if answered:
        branch = scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"]
        place.write("a.py", "2", branch)
        scene.settle()
    long_ago = dt.datetime.fromtimestamp(time.time() - 31 * DAY, dt.UTC).isoformat()
    review = {"id": 5, "user": {"login": "bob"}, "state": "CHANGES_REQUESTED", "commit_id": head, "body": ""}
    body = [{**review, "submitted_at": long_ago}]
    scene.github.fault(rf"{place.name}/pulls/{number}/reviews", "status", method="GET", status=200, body=body)
    scene.github.fault(rf"{place.name}/issues/{number}/timeline", "status", method="GET", status=200, body=[])
    let_pass(place, "stale", number, 31)
    marked = "stale" in place.labels(number)
    assert marked is not answered
    if marked:
        assert "bob asked for changes" in status(place, number)
