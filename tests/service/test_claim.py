from __future__ import annotations

import pytest

from tests.scene import Place, Scene, eventually
from tests.service.passing import let_pass, timers
from tests.service.test_comments import said


@pytest.fixture
def place(scene: Scene) -> Place:
    return scene.repository()


def issue(place: Place, title: str = "Add a loader") -> int:
    number = place.scene.alice.open_issue(place.name, title, "Whoever likes")
    place.scene.settle()
    return number


def claim(place: Place, number: int, command: str = "/claim") -> None:
    said(place.scene, place, number, command)


def assignees(place: Place, number: int) -> list[str]:
    found = place.scene.alice.call("GET", f"{place.path}/issues/{number}")["assignees"]
    return [person["login"] for person in found]


def status(place: Place, number: int) -> str:
    (comment,) = place.status_comments(number)
    return str(comment["body"])


def test_who_claims_an_issue_is_assigned_and_the_status_comment_says_so(place: Place) -> None:
    number = issue(place)
    claim(place, number)
    assert assignees(place, number) == ["bob"]
    assert "### bob works on this" in status(place, number)
    assert "did not accept" not in status(place, number)
    assert place.replies(number) == []


def test_where_github_assigns_nobody_nobody_is_said_to_be_assigned(place: Place) -> None:
    number = issue(place)
    unchanged = place.scene.alice.call("GET", f"{place.path}/issues/{number}")
    where = rf"{place.name}/issues/{number}/assignees$"
    place.scene.github.fault(where, "status", method="POST", status=201, body=unchanged)
    claim(place, number)
    assert assignees(place, number) == []
    assert "GitHub did not accept bob as an assignee" in status(place, number)
    refused = said(place.scene, place, number, "/claim", by_alice=True)
    assert place.scene.alice.reactions(place.name, refused) == ["eyes", "confused"]
    assert "claimed by bob" in place.replies(number)[0]


def test_of_two_claims_in_quick_succession_the_second_loses(place: Place) -> None:
    number, scene = issue(place), place.scene
    scene.bob.comment(place.name, number, "/claim")
    scene.alice.comment(place.name, number, "/claim")
    eventually(lambda: place.replies(number))
    scene.settle()
    assert assignees(place, number) == ["bob"]
    (reply,) = place.replies(number)
    assert "claimed by bob" in reply
    assert "@" not in reply


def test_a_quoted_claim_is_none(place: Place) -> None:
    number = issue(place)
    claim(place, number, "> /claim\n\nDid anybody?\n\n`/claim` in code, or\n\n    /claim")
    assert assignees(place, number) == []
    assert place.bot_comments(number) == []


def test_the_claimer_frees_the_issue_and_somebody_else_takes_it(place: Place) -> None:
    number = issue(place)
    claim(place, number)
    claim(place, number, "/unclaim")
    assert assignees(place, number) == []
    assert "works on this" not in status(place, number)
    said(place.scene, place, number, "/claim", by_alice=True)
    assert assignees(place, number) == ["alice"]
    assert len(place.bot_comments(number)) == 1


def test_a_maintainer_frees_anybodys_issue_and_a_stranger_nobodys(place: Place) -> None:
    number = issue(place)
    said(place.scene, place, number, "/claim", by_alice=True)
    claim(place, number, "/unclaim")
    assert assignees(place, number) == ["alice"]
    assert "people with triage permission" in place.replies(number)[0]
    other = issue(place)
    claim(place, other)
    said(place.scene, place, other, "/unclaim", by_alice=True)
    assert assignees(place, other) == []


def test_one_person_holds_at_most_three_issues_and_closed_ones_do_not_count(place: Place) -> None:
    numbers = [issue(place, f"Task {n}") for n in range(4)]
    for number in numbers:
        claim(place, number)
    assert [assignees(place, number) for number in numbers] == [["bob"]] * 3 + [[]]
    assert "You hold 3 issues here already" in place.replies(numbers[3])[0]
    place.scene.alice.call("PATCH", f"{place.path}/issues/{numbers[0]}", {"state": "closed"})
    place.scene.settle()
    claim(place, numbers[3])
    assert assignees(place, numbers[3]) == ["bob"]


def test_silence_is_asked_about_once_and_then_frees_the_issue(place: Place) -> None:
    number = issue(place)
    claim(place, number)
    # GitHub's own timeline is of today: without it there is no sign but what the bot remembers.
    where = rf"{place.name}/issues/{number}/timeline"
    place.scene.github.fault(where, "status", method="GET", status=200, body=[])
    let_pass(place, "claim", number, 15)
    assert status(place, number).count("@bob") == 1
    let_pass(place, "claim", number, 8)
    assert "### Free again" in status(place, number)
    assert "@bob" not in status(place, number)
    assert assignees(place, number) == []
    assert (len(place.bot_comments(number)), timers(place, "claim", number)) == (1, 0)


def test_what_github_knows_of_the_claimers_work_counts_though_the_bot_missed_it(place: Place) -> None:
    number = issue(place)
    claim(place, number)
    let_pass(place, "claim", number, 15)
    assert "@bob" not in status(place, number)
    assert timers(place, "claim", number) == 1


def test_a_pull_request_that_names_the_issue_answers_the_question(place: Place) -> None:
    number, scene = issue(place), place.scene
    said(scene, place, number, "/claim", by_alice=True)
    where = rf"{place.name}/issues/{number}/timeline"
    scene.github.fault(where, "status", method="GET", status=200, body=[])
    let_pass(place, "claim", number, 15)
    assert "@alice" in status(place, number)
    scene.alice.branch(place.name, "loader")
    place.write("loader.py", "pass", "loader")
    scene.alice.open_pull_request(place.name, "loader", "Add a loader", f"Fixes #{number}")
    eventually(lambda: "@alice" not in status(place, number))
    scene.settle()
    assert "### alice works on this" in status(place, number)


def test_a_person_who_takes_the_claimer_off_ends_the_claim(place: Place) -> None:
    number = issue(place)
    claim(place, number)
    body = {"assignees": ["bob"]}
    place.scene.alice.call("DELETE", f"{place.path}/issues/{number}/assignees", body)
    place.scene.settle()
    assert "works on this" not in status(place, number)
    assert timers(place, "claim", number) == 0
    said(place.scene, place, number, "/claim", by_alice=True)
    assert assignees(place, number) == ["alice"]


def test_closing_ends_the_claim_and_takes_nobody_off(place: Place) -> None:
    number = issue(place)
    claim(place, number)
    place.scene.alice.call("PATCH", f"{place.path}/issues/{number}", {"state": "closed"})
    place.scene.settle()
    assert "works on this" not in status(place, number)
    assert assignees(place, number) == ["bob"]
    assert timers(place, "claim", number) == 0
