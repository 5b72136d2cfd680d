from __future__ import annotations

import json

from tests.scene import Place, Scene, eventually
from tests.service.test_comments import said
from tests.service.test_pull_requests import from_fork, settle_pull

OWNERS = "* @carol @dora\n"
FILES = {".github/REVIEWERS": OWNERS, ".github/giveback.yml": "reviewers: {file: .github/REVIEWERS}\n"}


def repository(scene: Scene, files: dict[str, str] = FILES) -> Place:
    place = scene.repository(files)
    known = {one.login for one in scene.github._people}
    for login in ("carol", "dora"):
        if login not in known:
            scene.github.person(login)
        scene.github.control("PUT", "/collaborators", repository=place.name, login=login, permission="write")
    return place


def reviewers(place: Place, number: int) -> list[str]:
    asked = place.scene.alice.call("GET", f"{place.path}/pulls/{number}/requested_reviewers")
    return [person["login"] for person in asked["users"]]


def times_asked(place: Place, number: int) -> int:
    timeline = place.scene.alice.call("GET", f"{place.path}/issues/{number}/timeline")
    return [one["event"] for one in timeline].count("review_requested")


def test_an_owner_is_asked_in_turn_and_nothing_is_said_about_it(scene: Scene) -> None:
    place = repository(scene)
    first, _ = place.pull_request({"a.py": "x"})
    settle_pull(scene, place)
    second, _ = place.pull_request({"b.py": "x"})
    eventually(lambda: len(scene.deliveries(place.name, "pull_request", "opened")) == 2)
    scene.settle()
    assert (reviewers(place, first), reviewers(place, second)) == (["carol"], ["dora"])
    assert place.bot_comments(first) == []


def test_nobody_is_asked_twice_by_the_same_event_under_another_guid(scene: Scene) -> None:
    place = repository(scene)
    number, _ = place.pull_request({"a.py": "x"})
    settle_pull(scene, place)
    payload = scene.deliveries(place.name, "pull_request", "opened")[0].body
    assert scene.knock("pull_request", json.loads(payload)).status_code == 202
    scene.settle()
    assert times_asked(place, number) == 1


def test_who_is_asked_hands_over_and_the_next_one_is_asked(scene: Scene) -> None:
    place = repository(scene)
    number, _ = place.pull_request({"a.py": "x"})
    settle_pull(scene, place)
    comment = said(scene, place, number, "/reassign", by_alice=True)
    assert scene.alice.reactions(place.name, comment) == ["eyes", "rocket"]
    assert reviewers(place, number) == ["dora"]
    said(scene, place, number, "/reassign", by_alice=True)
    assert reviewers(place, number) == ["dora"]
    assert "dora is still asked" in place.replies(number)[-1]


def test_where_github_refuses_to_ask_somebody_the_person_is_told(scene: Scene) -> None:
    place = repository(scene, {"a.md": "hi"})
    number, _ = place.pull_request({"a.py": "x"})
    settle_pull(scene, place)
    said(scene, place, number, "/review @octo/nowhere", by_alice=True)
    assert "GitHub did not ask nowhere for a review" in place.replies(number)[0]
    said(scene, place, number, "/review @carol", by_alice=True)
    assert reviewers(place, number) == ["carol"]


def test_whoever_wrote_the_lines_is_picked_when_somebody_asks(scene: Scene) -> None:
    place = repository(scene, {"CODEOWNERS": "docs/ @dora\n"})
    place.write("model.py", "one\n")
    number, _ = place.pull_request({"model.py": "two\n"}, by=scene.alice)
    settle_pull(scene, place)
    said(scene, place, number, "/review", by_alice=True)
    assert reviewers(place, number) == []  # the lines are the author's own
    other = from_fork(scene, place, "docs/guide.md", "# Guide\n")
    scene.settle()
    said(scene, place, other, "/review", by_alice=True)
    assert reviewers(place, other) == ["dora"]


def test_by_default_a_pull_request_costs_nothing_for_reviewers(scene: Scene) -> None:
    place = repository(scene, {"CODEOWNERS": OWNERS})
    since = scene.github.last_request
    number, _ = place.pull_request({"notes.xyz": "x"})
    settle_pull(scene, place)
    assert reviewers(place, number) == []
    assert [one for one in place.bot_requests(since) if "reviewers" in one or "CODEOWNERS" in one] == []
