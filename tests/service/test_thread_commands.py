from __future__ import annotations

import pytest

from tests.scene import LABELS, Place, Scene, eventually
from tests.service.test_comments import said


@pytest.fixture
def place(scene: Scene) -> Place:
    return scene.repository(labels=[*LABELS, "hold", "good first issue"])


def issue(place: Place) -> int:
    number = place.scene.bob.open_issue(place.name, "Greetings", "hello")
    place.scene.settle()
    return number


def say(place: Place, number: int, body: str, *, by_alice: bool = True) -> list[str]:
    """Comment, and give the bot's reactions."""
    person = place.scene.alice if by_alice else place.scene.bob
    return person.reactions(place.name, said(place.scene, place, number, body, by_alice=by_alice))


def now(place: Place, number: int) -> dict[str, object]:
    found: dict[str, object] = place.scene.alice.call("GET", f"{place.path}/issues/{number}")
    return found


def test_labels_are_changed_with_a_reaction_and_no_words(place: Place) -> None:
    number = issue(place)
    assert say(place, number, '/label BUG "good first issue"') == ["eyes", "rocket"]
    assert sorted(place.labels(number)) == ["bug", "good first issue"]
    say(place, number, "/label question -bug")
    say(place, number, '/unlabel "good first issue"')
    assert place.labels(number) == ["question"]
    assert place.bot_comments(number) == []


def test_a_label_that_does_not_exist_is_not_made_and_one_without_right_not_added(place: Place) -> None:
    number = issue(place)
    assert say(place, number, "/label bugg question") == ["eyes", "confused"]
    assert "Did you mean `bug`?" in place.replies(number)[0]
    assert say(place, number, "/label bug", by_alice=False) == ["eyes", "confused"]
    assert "not yours to change" in place.replies(number)[1]
    assert place.labels(number) == []


def test_what_a_person_asked_for_is_not_undone_by_the_bots_rules(place: Place) -> None:
    number, _ = place.pull_request({"docs/a.md": "hello"})
    eventually(lambda: place.labels(number) == ["documentation"])
    place.scene.settle()
    say(place, number, "/label tests -documentation")
    assert place.labels(number) == ["tests"]
    head = place.scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"]
    place.write("docs/b.md", "more", head)
    place.scene.settle()
    assert place.labels(number) == ["tests"]


def test_an_issue_is_closed_by_its_author_and_not_reopened_over_a_maintainers_head(place: Place) -> None:
    number = issue(place)
    assert say(place, number, "/close not-planned", by_alice=False) == ["eyes", "rocket"]
    assert (now(place, number)["state"], now(place, number)["state_reason"]) == ("closed", "not_planned")
    say(place, number, "/reopen", by_alice=False)
    assert now(place, number)["state"] == "open"
    say(place, number, "/close")
    assert say(place, number, "/reopen", by_alice=False) == ["eyes", "confused"]
    assert "alice closed this" in place.replies(number)[0]
    assert now(place, number)["state"] == "closed"


def test_a_stranger_closes_nothing(place: Place) -> None:
    number = place.scene.alice.open_issue(place.name, "Greetings", "hello")
    assert say(place, number, "/close", by_alice=False) == ["eyes", "confused"]
    assert say(place, number, "> /close\n\nNo?", by_alice=True) == []
    assert now(place, number)["state"] == "open"


def test_a_conversation_is_locked_and_unlocked(place: Place) -> None:
    number = issue(place)
    say(place, number, "/lock too-heated")
    assert (now(place, number)["locked"], now(place, number)["active_lock_reason"]) == (True, "too heated")
    say(place, number, "/unlock")
    assert now(place, number)["locked"] is False


def test_a_milestone_is_found_by_its_title(place: Place) -> None:
    place.scene.alice.call("POST", f"{place.path}/milestones", {"title": "Next Year"})
    number = issue(place)
    say(place, number, '/milestone "next year"')
    milestone = now(place, number)["milestone"]
    assert isinstance(milestone, dict)
    assert milestone["title"] == "Next Year"
    say(place, number, "/milestone none")
    assert now(place, number)["milestone"] is None


def test_people_are_assigned_or_it_is_said_that_nobody_was(place: Place) -> None:
    number = issue(place)
    place.scene.github.person("mallory")
    assert say(place, number, "/assign @mallory @alice") == ["eyes", "confused"]
    assert "mallory be assigned here, so nobody was assigned" in place.replies(number)[0]
    assert now(place, number)["assignees"] == []
    say(place, number, "/assign @bob\n/assign")
    assert [one["login"] for one in now(place, number)["assignees"]] == ["bob", "alice"]  # type: ignore[attr-defined]  # GitHub's shape
    say(place, number, "/unassign", by_alice=False)
    assert [one["login"] for one in now(place, number)["assignees"]] == ["alice"]  # type: ignore[attr-defined]  # GitHub's shape
    assert len(place.bot_comments(number)) == 1


def test_a_review_is_asked_once_and_only_of_those_who_can_give_it(place: Place) -> None:
    scene = place.scene
    number, _ = place.pull_request({"a.py": "1"})
    scene.github.control("PUT", "/collaborators", repository=place.name, login="bob", permission="write")
    say(place, number, "/cc @bob")
    since = scene.github.last_request
    say(place, number, "/cc @bob")
    assert not [one for one in place.bot_requests(since) if one.startswith("POST /pulls")]
    asked = scene.alice.call("GET", f"{place.path}/pulls/{number}/requested_reviewers")["users"]
    assert [one["login"] for one in asked] == ["bob"]
    scene.github.person("stranger")
    assert say(place, number, "/cc @stranger") == ["eyes", "confused"]


def test_a_pull_request_is_held_over_pushes_until_it_is_let_go(place: Place) -> None:
    scene = place.scene
    number, head = place.pull_request({"a.py": "1"})
    scene.settle()
    assert say(place, number, "/hold the paper is not out") == ["eyes", "rocket"]
    assert place.labels(number) == ["hold"]
    (comment,) = place.status_comments(number)
    assert "alice holds this since" in comment["body"]
    assert "the paper is not out" in comment["body"]
    assert conclusion(place, head) == "failure"
    branch = scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"]
    later = place.write("b.py", "2", branch)
    scene.settle()
    assert conclusion(place, later) == "failure"
    say(place, number, "/unhold")
    assert place.labels(number) == []
    assert conclusion(place, later) == "success"
    assert "On hold" not in place.status_comments(number)[0]["body"]


def test_taking_the_hold_label_away_by_hand_lets_it_go(place: Place) -> None:
    number, head = place.pull_request({"a.py": "1"})
    say(place, number, "/hold")
    place.scene.alice.call("DELETE", f"{place.path}/issues/{number}/labels/hold")
    eventually(lambda: conclusion(place, head) == "success")
    place.scene.settle()
    assert place.labels(number) == []


def conclusion(place: Place, commit: str) -> str:
    latest = max(
        (one for one in place.checks(commit) if one["name"] == "giveback"), key=lambda one: one["id"]
    )
    return str(latest["conclusion"])


def test_a_pull_request_becomes_a_draft_and_ready_again(place: Place) -> None:
    number, _ = place.pull_request({"a.py": "1"})

    def draft() -> bool:
        return bool(place.scene.alice.call("GET", f"{place.path}/pulls/{number}")["draft"])

    say(place, number, "/draft")
    assert draft()
    say(place, number, "/ready")
    assert not draft()


def test_failed_jobs_are_run_again_and_what_github_refuses_is_told(place: Place) -> None:
    scene = place.scene
    number, head = place.pull_request({"a.py": "1"})
    where = f"/repositories/{place.name}/workflow-runs"
    scene.github.control("POST", where, name="CI", head_sha=head, jobs={"test": "failure", "lint": "success"})
    scene.github.control("POST", where, name="Docs", head_sha=head, jobs={"build": "success"})
    assert say(place, number, "/rerun") == ["eyes", "rocket"]
    runs = scene.alice.call("GET", f"{place.path}/actions/runs?head_sha={head}")["workflow_runs"]
    assert {run["name"]: run["run_attempt"] for run in runs} == {"CI": 2, "Docs": 1}
    assert place.bot_comments(number) == []
    assert say(place, number, "/rerun") == ["eyes", "confused"]
    assert "still running" in place.replies(number)[0]
    scene.github.control("POST", where, name="Old", head_sha=head, jobs={"test": "failure"})
    too_old = {"message": "Unable to retry this workflow run because it was created over a month ago"}
    scene.github.fault(r"rerun-failed-jobs$", "status", method="POST", status=403, times=1, body=too_old)
    say(place, number, "/rerun")
    assert "created over a month ago" in place.replies(number)[1]
