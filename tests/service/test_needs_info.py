from __future__ import annotations

import pytest

from tests.scene import Place, Scene, eventually
from tests.service.passing import let_pass, timers
from tests.service.test_comments import said

FORM = """\
name: Bug report
description: Something does not work
body:
  - type: input
    attributes: {label: Library version, description: "The output of `pip show lib`."}
    validations: {required: true}
  - type: textarea
    attributes: {label: What happens}
    validations: {required: true}
"""
BUG = ".github/ISSUE_TEMPLATE/bug.yml"
OPEN = "### Library version\n\n_No response_\n\n### What happens\n\nNothing at all happens\n"


@pytest.fixture
def place(scene: Scene) -> Place:
    return scene.repository({BUG: FORM})


def issue(place: Place, body: str = OPEN, title: str = "It does nothing") -> int:
    number = place.scene.bob.open_issue(place.name, title, body)
    eventually(lambda: place.scene.deliveries(place.name, "issues", "opened"))
    place.scene.settle()
    return number


def edit(place: Place, number: int, **fields: object) -> None:
    place.scene.bob.call("PATCH", f"{place.path}/issues/{number}", fields)
    place.scene.settle()


def status(place: Place, number: int) -> str:
    (comment,) = place.status_comments(number)
    return str(comment["body"])


def state(place: Place, number: int) -> str:
    return str(place.scene.alice.call("GET", f"{place.path}/issues/{number}")["state"])


def test_an_issue_is_asked_for_what_its_form_requires_and_an_edit_ends_it(place: Place) -> None:
    number = issue(place)
    assert place.labels(number) == ["needs-info"]
    assert "- `Library version` has no answer yet" in status(place, number)
    assert "What happens" not in status(place, number)
    edit(place, number, body=OPEN.replace("_No response_", "4.2.1"))
    assert place.labels(number) == []
    assert "Library version" not in status(place, number)
    assert timers(place, "needs-info", number) == 0


def test_a_form_that_changes_counts_from_the_next_issue_on(place: Place) -> None:
    issue(place)
    place.write(BUG, FORM.replace("{required: true}", "{required: false}"))
    eventually(lambda: place.scene.deliveries(place.name, "push"))
    place.scene.settle()
    number = issue(place)
    assert (place.labels(number), place.bot_comments(number)) == ([], [])


def test_the_owners_forms_count_where_a_repository_has_none(scene: Scene) -> None:
    owners = scene.repository({BUG: FORM}, name=".github")
    place = scene.repository()
    number = issue(place)
    assert "`Library version`" in status(place, number)
    scene.github.control("POST", f"/repositories/{owners.name}/delete")


def test_a_reply_of_the_author_takes_the_label_off_and_one_of_somebody_else_does_not(place: Place) -> None:
    number, scene = issue(place), place.scene
    said(scene, place, number, "Which version is it? 4.2?", by_alice=True)
    assert place.labels(number) == ["needs-info"]
    said(scene, place, number, "/help")
    assert place.labels(number) == ["needs-info"]
    said(scene, place, number, "It is 4.2.1")
    assert place.labels(number) == []
    assert "Library version" not in status(place, number)
    assert len(place.status_comments(number)) == 1


def test_a_reply_that_does_not_bring_it_ends_the_waiting_too(place: Place) -> None:
    number = issue(place)
    said(place.scene, place, number, "Where would I find that?")
    assert place.labels(number) == []
    assert "Thank you for the reply, bob" in status(place, number)
    assert "`Library version`" in status(place, number)
    assert timers(place, "needs-info", number) == 0


def test_a_maintainer_who_takes_the_label_off_ends_the_question(place: Place) -> None:
    number = issue(place)
    place.scene.alice.call("DELETE", f"{place.path}/issues/{number}/labels/needs-info")
    place.scene.settle()
    assert "Library version" not in status(place, number)
    edit(place, number, title="Another title")
    assert place.labels(number) == []


def test_silence_is_answered_once_and_nothing_is_closed(place: Place) -> None:
    number = issue(place)
    let_pass(place, "needs-info", number, 15)
    assert status(place, number).count("@bob") == 1
    assert (state(place, number), timers(place, "needs-info", number)) == ("open", 0)
    assert len(place.bot_comments(number)) == 1


def test_a_repository_that_asks_for_it_has_silent_issues_closed_after_the_named_day(scene: Scene) -> None:
    place = scene.repository({BUG: FORM, ".github/giveback.yml": "needs-info: {close_after_days: 7}\n"})
    number = issue(place)
    let_pass(place, "needs-info", number, 15)
    assert "Without an answer by" in status(place, number)
    assert state(place, number) == "open"
    let_pass(place, "needs-info", number, 9)
    assert state(place, number) == "closed"
    assert "### Closed for now" in status(place, number)
    said(scene, place, number, "It is 4.2.1, I was away")
    assert (state(place, number), place.labels(number)) == ("open", [])
    assert "Closed for now" not in status(place, number)


def test_what_a_person_closed_or_reopened_is_theirs(place: Place) -> None:
    number, scene = issue(place), place.scene
    scene.alice.call("PATCH", f"{place.path}/issues/{number}", {"state": "closed"})
    scene.settle()
    assert place.labels(number) == []
    said(scene, place, number, "It is 4.2.1")
    assert state(place, number) == "closed"


def test_a_vanished_webhook_costs_nobody_a_reminder(place: Place) -> None:
    number, scene = issue(place), place.scene
    with scene.stopped():
        scene.bob.comment(place.name, number, "It is 4.2.1")
        eventually(lambda: scene.github.waiting == 0)
    let_pass(place, "needs-info", number, 15)
    assert "@bob" not in status(place, number)
    assert place.labels(number) == []
