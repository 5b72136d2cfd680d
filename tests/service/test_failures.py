from __future__ import annotations

import pytest

from tests.scene import LABELS, Place, Scene, eventually
from tests.service.test_comments import said
from tests.triage.test_diagnosis import MEMORY, TOKENIZER

SHOWN = f"It fails since today.\n\n```\n{TOKENIZER}```\n"


@pytest.fixture
def place(scene: Scene) -> Place:
    quiet = "needs-info: {enabled: false}\nlearning: {enabled: false}\n"
    files = {".github/giveback.yml": quiet}
    return scene.repository(files, labels=[*LABELS, "Area: Tokenizers", "cuda"])


def issue(place: Place, body: str = SHOWN) -> int:
    number = place.scene.bob.open_issue(place.name, "Cannot load", body)
    eventually(lambda: place.scene.deliveries(place.name, "issues", "opened"))
    place.scene.settle()
    return number


def status(place: Place, number: int) -> str:
    (comment,) = place.status_comments(number)
    return str(comment["body"])


def test_a_traceback_is_labelled_and_a_second_issue_with_it_names_the_first(place: Place) -> None:
    first = issue(place)
    assert "Area: Tokenizers" in place.labels(first)
    assert place.bot_comments(first) == []
    second = issue(place, SHOWN.replace("abc", "xyz").replace("2223", "2301"))
    assert f"- The same failure as #{first}." in status(place, second)


def test_a_maintainers_answer_is_told_to_later_issues_until_it_is_taken_back(place: Place) -> None:
    first, scene = issue(place), place.scene
    comment = said(scene, place, first, "/known-issue Fixed in 4.50, see https://e.example/n", by_alice=True)
    assert scene.alice.reactions(place.name, comment) == ["eyes", "rocket"]
    assert "Fixed in 4.50, see <https://e.example/n>" in status(place, first)
    second = issue(place)
    assert "alice said on" in status(place, second)
    said(scene, place, second, "/known-issue forget", by_alice=True)
    assert "alice said on" not in status(place, second)
    assert "alice said on" not in status(place, issue(place))


def test_a_stranger_attaches_no_answer(place: Place) -> None:
    number = issue(place)
    said(place.scene, place, number, "/known-issue Buy my book")
    assert "triage permission" in place.replies(number)[0]
    assert place.status_comments(number) == []


def test_a_hint_stands_in_the_status_comment_and_goes_with_what_it_is_about(place: Place) -> None:
    number = issue(place, f"```\n{MEMORY}```\n")
    assert "memory-management" in status(place, number)
    place.scene.bob.call("PATCH", f"{place.path}/issues/{number}", {"body": "Never mind"})
    place.scene.settle()
    assert "memory-management" not in status(place, number)


def test_a_traceback_in_a_reply_is_read_as_well(place: Place) -> None:
    first = issue(place)
    number = issue(place, "It fails since today.")
    said(place.scene, place, number, f"Here it is:\n\n```\n{TOKENIZER}```\n")
    assert f"The same failure as #{first}." in status(place, number)
    assert "Area: Tokenizers" in place.labels(number)


def test_an_issue_with_a_failure_takes_at_most_three_requests(place: Place) -> None:
    issue(place)
    since, scene = place.scene.github.last_request, place.scene
    number = issue(place)
    people = (scene.alice.login, scene.bob.login)
    asked = [one for one in scene.github.requests(since) if one["actor"] not in people]
    assert 0 < len(asked) <= 3, asked
    assert place.status_comments(number)
