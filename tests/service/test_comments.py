from __future__ import annotations

import json

from tests.scene import Place, Scene, eventually


def thread(scene: Scene) -> tuple[Place, int]:
    place = scene.repository()
    number = scene.bob.open_issue(place.name, "Greetings", "hello")
    return place, number


def said(scene: Scene, place: Place, number: int, body: str, *, by_alice: bool = False) -> int:
    """Comment, wait until the bot is done with it, and give the comment's id."""
    person = scene.alice if by_alice else scene.bob
    before = len(scene.deliveries(place.name, "issue_comment"))
    comment = person.comment(place.name, number, body)
    eventually(lambda: len(scene.deliveries(place.name, "issue_comment")) > before)
    scene.settle()
    return comment


def test_help_is_answered_with_eyes_then_a_rocket(scene: Scene) -> None:
    place, number = thread(scene)
    since = scene.github.last_request
    comment = said(scene, place, number, "/help")
    assert scene.bob.reactions(place.name, comment) == ["eyes", "rocket"]
    (reply,) = place.replies(number)
    assert "/claim" in reply
    assert "/release-model" not in reply, "only what bob may use"
    writes = [one for one in place.bot_requests(since) if one.startswith("POST")]
    assert [one.rpartition("/")[2] for one in writes] == ["reactions", "comments", "reactions"]


def test_a_command_its_writer_may_not_use_is_declined_in_words(scene: Scene) -> None:
    place, number = thread(scene)
    comment = said(scene, place, number, "/release-model")
    assert scene.bob.reactions(place.name, comment) == ["eyes", "confused"]
    (reply,) = place.replies(number)
    assert "write permission" in reply


def test_permission_is_what_it_is_at_that_moment(scene: Scene) -> None:
    place, number = thread(scene)
    scene.github.control("PUT", "/collaborators", repository=place.name, login="bob", permission="write")
    said(scene, place, number, "/approve")
    scene.github.control("PUT", "/collaborators", repository=place.name, login="bob", permission="none")
    said(scene, place, number, "/approve")
    first, second = place.replies(number)
    assert "write permission" not in first
    assert "write permission" in second


def test_an_edit_runs_only_what_it_adds(scene: Scene) -> None:
    place, number = thread(scene)
    comment = said(scene, place, number, "/help")
    where = f"{place.path}/issues/comments/{comment}"
    scene.bob.call("PATCH", where, {"body": "Please:\n\n/help"})
    scene.settle()
    assert len(place.replies(number)) == 1
    scene.bob.call("PATCH", where, {"body": "Please:\n\n/help\n\n@giveback hlp"})
    scene.settle()
    assert len(place.replies(number)) == 2
    assert "Did you mean `/help`?" in place.replies(number)[1]


def test_a_command_somebody_else_edited_in_does_not_run(scene: Scene) -> None:
    place, number = thread(scene)
    comment = said(scene, place, number, "hello")
    scene.alice.call("PATCH", f"{place.path}/issues/comments/{comment}", {"body": "/help"})
    scene.settle()
    assert place.bot_comments(number) == []
    assert scene.bob.reactions(place.name, comment) == []


def test_an_unknown_command_is_answered_only_when_it_is_for_the_bot(scene: Scene) -> None:
    place, number = thread(scene)
    quiet = said(scene, place, number, "/frobnicate @bob\n/hlp")
    assert (place.bot_comments(number), scene.bob.reactions(place.name, quiet)) == ([], [])
    asked = said(scene, place, number, "@giveback hlp")
    assert scene.bob.reactions(place.name, asked) == ["eyes", "confused"]
    assert len(place.replies(number)) == 1


def test_several_commands_of_one_comment_are_answered_in_one_comment(scene: Scene) -> None:
    place, number = thread(scene)
    comment = said(scene, place, number, "/help\n\nand\n\n/approve")
    (reply,) = place.replies(number)
    assert "`/help [NAME]`" in reply
    assert "can be used by people with write permission" in reply
    assert scene.bob.reactions(place.name, comment) == ["eyes", "confused"]


def test_a_comment_of_a_hundred_thousand_characters_with_ten_thousand_commands_gets_one_refusal(
    scene: Scene,
) -> None:
    place, number = thread(scene)
    scene.settle()
    delivery = scene.deliveries(place.name, "issues", "opened")[0]
    payload = _comment_payload(scene, delivery.body, "/help x y\n" * 10_000)
    assert scene.knock("issue_comment", payload).status_code == 202
    eventually(lambda: place.replies(number))
    scene.settle()
    (reply,) = place.replies(number)
    assert "none of them ran" in reply


def _comment_payload(scene: Scene, opened: bytes, body: str) -> dict[str, object]:
    payload: dict[str, object] = json.loads(opened)
    comment = scene.bob.comment(payload["repository"]["full_name"], payload["issue"]["number"], "long")  # type: ignore[index]  # GitHub's shape
    user = {"login": "bob", "type": "User"}
    return {**payload, "action": "created", "comment": {"id": comment, "body": body, "user": user}}


def test_a_comment_deleted_before_its_answer_is_still_answered(scene: Scene) -> None:
    place, number = thread(scene)
    scene.settle()
    scene.github.fault(rf"{place.name}/contents/", "delay", seconds=0.7, times=1)
    scene.github.fault(rf"{place.name}/issues/comments/\d+/reactions", "delay", seconds=0.7, times=1)
    comment = scene.bob.comment(place.name, number, "/help")
    scene.bob.call("DELETE", f"{place.path}/issues/comments/{comment}")
    eventually(lambda: place.replies(number))
    scene.settle()
    delivery = scene.delivery(place.name, "issue_comment", "created")
    assert delivery.status == "handled"
    assert {entry.outcome for entry in scene.audit(delivery) if entry.kind == "react"} == {"refused"}


def test_a_locked_thread_is_left_alone_and_the_refusal_is_on_record(scene: Scene) -> None:
    place, number = thread(scene)
    scene.settle()
    locked = {"message": "Unable to create comment because issue is locked."}
    order = {"method": "POST", "status": 403, "after": 1, "times": 1, "body": locked}
    scene.github.fault(rf"{place.name}/issues/\d+/comments$", "status", **order)
    said(scene, place, number, "/help")
    delivery = scene.delivery(place.name, "issue_comment", "created")
    assert delivery.status == "handled"
    assert ("reply", "refused") in {(entry.kind, entry.outcome) for entry in scene.audit(delivery)}
