from __future__ import annotations

from sqlmodel import Session

from bot import histories
from bot.triage.disclosure import HIDDEN
from tests.scene import Json, Place, Scene, eventually
from tests.service.passing import DAY, let_pass
from tests.service.test_comments import said
from tests.triage.test_disclosure import REPORT

OWNERS = {".github/giveback.yml": "routing:\n  owners:\n    dataset: ['@alice', '@carol']\n"}


def issue(place: Place, number: int) -> Json:
    found: Json = place.scene.alice.call("GET", f"{place.path}/issues/{number}")
    return found


def opened(place: Place, title: str, body: str = "Some words") -> int:
    number = place.scene.bob.open_issue(place.name, title, body)
    eventually(lambda: place.scene.deliveries(place.name, "issues", "opened"))
    place.scene.settle()
    return number


def kept(place: Place) -> list[int]:
    home = str(place.scene.alice.call("GET", place.path)["id"])
    with place.scene.session() as session:
        assert isinstance(session, Session)
        return [one.number for one in histories.all_of(session, home)]


def test_a_clear_report_is_out_of_view_at_once_and_nothing_of_it_is_repeated_or_kept(scene: Scene) -> None:
    place = scene.repository()
    first = opened(place, "Crash when loading", "it fails")
    number = opened(place, "Arbitrary code execution in load_model", REPORT)
    now = issue(place, number)
    assert now["title"] == "Moved out of public view"
    assert now["body"].startswith(HIDDEN)
    assert "unpickles" not in now["body"]
    assert now["locked"]
    assert now["state"] == "open"
    assert place.bot_comments(number) == []
    eventually(lambda: first in kept(place), "the history")
    assert number not in kept(place)


def test_a_maintainer_hides_what_the_bot_did_not_and_a_person_brings_it_back(scene: Scene) -> None:
    place = scene.repository()
    number = opened(place, "[Bug] Crash when loading", "secret steps")
    assert "To look into this" in place.bot_comments(number)[0]["body"]
    comment = scene.bob.comment(place.name, number, "and here is the exploit")
    refused = said(scene, place, number, "/security")
    assert scene.bob.reactions(place.name, refused) == ["eyes", "confused"]
    said(scene, place, number, "/security", by_alice=True)
    now = issue(place, number)
    assert "alice marked this" in now["body"]
    assert now["locked"]
    folded = scene.alice.call("GET", f"{place.path}/issues/comments/{comment}")
    assert folded["minimized"] == {"reason": "off-topic"}
    (status,) = place.status_comments(number)
    assert "To look into this" not in status["body"]
    assert number not in kept(place)

    back = {"title": "Crash when loading", "body": "it was nothing"}
    scene.alice.call("PATCH", f"{place.path}/issues/{number}", back)
    scene.settle()
    assert issue(place, number)["body"] == "it was nothing"
    assert number in kept(place)


def test_an_issue_becomes_a_discussion_when_somebody_asks_for_it(scene: Scene) -> None:
    place = scene.repository()
    number = opened(place, "How do I load it?", "Please tell, @alice")
    said(scene, place, number, "/convert", by_alice=True)
    assert "no discussions" in place.replies(number)[0]
    assert issue(place, number)["state"] == "open"
    scene.alice.call("PATCH", place.path, {"has_discussions": True})
    said(scene, place, number, "/convert", by_alice=True)
    (status,) = place.status_comments(number)
    assert "Goes on as a discussion" in status["body"]
    assert f"/{place.name}/discussions/" in status["body"]
    assert issue(place, number)["state"] == "closed"


def test_an_issue_moves_to_a_repository_its_mover_may_write_to(scene: Scene) -> None:
    place, other = scene.repository(), scene.repository()
    number = opened(place, "How do I load it?")
    said(scene, place, number, f"/transfer {other.name}")
    assert "write permission" in place.replies(number)[0]
    comment = said(scene, place, number, f"/transfer {other.name.partition('/')[2]}", by_alice=True)
    scene.settle()
    (moved,) = scene.alice.call("GET", f"{other.path}/issues")
    assert moved["title"] == "How do I load it?"
    assert comment in [one["id"] for one in scene.alice.comments(other.name, moved["number"])]


def test_owners_are_told_once_whoever_adds_the_label(scene: Scene) -> None:
    place = scene.repository(OWNERS)
    number = opened(place, "Greetings", "hello")
    scene.bob.call("GET", place.path)
    scene.alice.call("POST", f"{place.path}/issues/{number}/labels", {"labels": ["dataset"]})
    scene.settle()
    (status,) = place.status_comments(number)
    assert "`dataset`: @carol, alice" in status["body"]
    let_pass(place, "routing", number, 60 / DAY)
    assert place.status_comments(number) == [status]
