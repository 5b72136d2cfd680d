"""What happens when GitHub is slow, strict, gone or cut off between an event and the bot's answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scene import Place, Scene, eventually
from tests.service.test_issues import COMPLETE


def crash(scene: Scene, place: Place) -> int:
    """Open an issue that leads to a label and a comment."""
    return scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")


def is_done_once(scene: Scene, place: Place, number: int) -> None:
    eventually(lambda: scene.deliveries(place.name, "issues", "opened"))
    scene.settle()
    assert sorted(place.labels(number)) == ["bug", "needs-info"]
    assert len(place.bot_comments(number)) == 1
    delivery = scene.delivery(place.name, "issues", "opened")
    assert (delivery.status, delivery.attempts, delivery.error) == ("handled", 1, None)
    assert {entry.outcome for entry in scene.audit(delivery)} == {"done"}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "secondary_rate_limit"},
        {"kind": "rate_limit"},
        {"kind": "rate_limit", "status": 429},
        {"kind": "status", "status": 429, "headers": {"retry-after": "1"}},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502, "body": "<html>Bad gateway</html>"},
        {"kind": "status", "status": 503, "headers": {"retry-after": "1"}},
        {"kind": "status", "status": 520, "body": "a proxy's own status"},
        {
            "kind": "status",
            "status": 200,
            "body": "<html>Log in</html>",
            "headers": {"content-type": "application/json"},
        },
        {"kind": "cut"},
        {"kind": "cut", "after_bytes": 10},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values() if not isinstance(value, dict))[:30],
)
def test_a_write_that_fails_for_the_moment_is_done_later_and_once(
    scene: Scene, fault: dict[str, Any]
) -> None:
    place = scene.repository()
    scene.github.fault(rf"{place.name}/issues/\d+/(labels|comments)$", method="POST", times=1, **fault)
    number = crash(scene, place)
    is_done_once(scene, place, number)
    assert scene.github.fired() == 1


@pytest.mark.parametrize("kind", [{"kind": "cut"}, {"kind": "status", "status": 502}])
@pytest.mark.parametrize("where", ["labels", "comments"])
def test_a_write_whose_answer_got_lost_is_not_done_twice(
    scene: Scene, where: str, kind: dict[str, Any]
) -> None:
    place = scene.repository()
    scene.github.fault(
        rf"{place.name}/issues/\d+/{where}$", method="POST", times=1, after_response=True, **kind
    )
    number = crash(scene, place)
    is_done_once(scene, place, number)
    assert scene.github.fired() == 1


def test_a_label_added_with_its_answer_lost_is_known_as_the_bots_own(scene: Scene) -> None:
    place = scene.repository()
    scene.github.fault(
        rf"{place.name}/issues/\d+/labels$", "cut", method="POST", times=1, after_response=True
    )
    number = crash(scene, place)
    is_done_once(scene, place, number)
    body = COMPLETE
    scene.bob.call("PATCH", f"{place.path}/issues/{number}", {"body": body})
    scene.settle()
    assert place.labels(number) == ["bug"]


def test_a_check_run_whose_answer_got_lost_is_not_reported_twice(scene: Scene) -> None:
    place = scene.repository()
    scene.github.fault(rf"{place.name}/check-runs$", "cut", method="POST", times=1, after_response=True)
    _, head = place.pull_request({".github/giveback.yml": "nonsense: 1\n"})
    eventually(lambda: place.checks(head))
    scene.settle()
    assert sorted(check["name"] for check in place.checks(head)) == ["giveback", "giveback / config"]
    assert scene.github.fired() == 1


def test_a_reply_whose_answer_got_lost_is_not_said_twice(scene: Scene) -> None:
    place = scene.repository()
    number = scene.bob.open_issue(place.name, "Greetings", "hello")
    scene.github.fault(
        rf"{place.name}/issues/\d+/comments$", "cut", method="POST", times=1, after=1, after_response=True
    )
    comment = scene.bob.comment(place.name, number, "/help")
    eventually(lambda: "rocket" in scene.bob.reactions(place.name, comment))
    scene.settle()
    assert len(place.replies(number)) == 1
    assert scene.bob.reactions(place.name, comment) == ["eyes", "rocket"]
    assert scene.github.fired() == 1


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 502}, {"kind": "cut"}, {"kind": "rate_limit"}],
    ids=lambda fault: str(fault["kind"]),
)
@pytest.mark.parametrize("where", ["/contents/", "/labels", "/access_tokens"])
def test_a_read_that_fails_for_the_moment_is_tried_again(
    scene: Scene, where: str, fault: dict[str, Any]
) -> None:
    place = scene.repository()
    if where == "/access_tokens":
        scene.stop()
        scene.start()
    scene.github.fault(where if where == "/access_tokens" else f"{place.name}{where}", times=1, **fault)
    number = crash(scene, place)
    is_done_once(scene, place, number)


def test_one_features_trouble_does_not_hold_up_the_others(scene: Scene) -> None:
    place = scene.repository()
    scene.settle()
    scene.github.fault(rf"{place.name}/pulls/\d+/files", "status", status=502, times=2)
    number, _ = place.pull_request({"docs/a.md": "x"})
    eventually(lambda: scene.deliveries(place.name, "pull_request", "opened"))
    scene.settle()
    assert place.labels(number) == ["documentation"]
    assert scene.delivery(place.name, "pull_request", "opened").status == "handled"


def test_a_token_github_no_longer_takes_is_replaced(scene: Scene) -> None:
    place = scene.repository()
    crash(scene, place)
    scene.settle()
    bad = {"message": "Bad credentials"}
    scene.github.fault(rf"{place.name}/issues/\d+/labels$", "status", status=401, times=1, body=bad)
    since = scene.github.last_request
    number = crash(scene, place)
    eventually(lambda: place.status_comments(number))
    scene.settle()
    assert sorted(place.labels(number)) == ["bug", "needs-info"]
    assert [one["path"] for one in scene.github.requests(since) if "access_tokens" in one["path"]]


def test_what_the_app_may_not_do_is_refused_on_record_and_the_rest_is_done(scene: Scene) -> None:
    place = scene.repository()
    no = {"message": "Resource not accessible by integration"}
    scene.github.fault(rf"{place.name}/issues/\d+/labels$", "status", method="POST", status=403, body=no)
    number = crash(scene, place)
    eventually(lambda: place.status_comments(number))
    scene.settle()
    delivery = scene.delivery(place.name, "issues", "opened")
    outcomes = {entry.kind: (entry.outcome, entry.detail) for entry in scene.audit(delivery)}
    assert delivery.status == "handled"
    assert outcomes["add_labels"] == ("refused", "Resource not accessible by integration")
    assert outcomes["set_section"][0] == "done"


def test_a_feature_that_may_not_read_makes_the_delivery_dead_and_names_itself(scene: Scene) -> None:
    place = scene.repository()
    no = {"message": "Resource not accessible by integration"}
    scene.github.fault(rf"{place.name}/pulls/\d+/files", "status", status=403, body=no)
    place.pull_request({"docs/a.md": "x"})
    delivery = scene.delivery(place.name, "pull_request", "opened")
    assert delivery.status == "dead"
    assert set(delivery.failed_features) == {
        "labels", "config", "size", "checks", "card-check", "dataset-checklist", "release-check",
    }  # fmt: skip
    assert "Resource not accessible by integration" in (delivery.error or "")


# Places that go away between the event and the answer.


def held(scene: Scene, place: Place) -> None:
    """Let the bot wait a moment before its first read, so that something can happen in between."""
    scene.github.fault(rf"{place.name}/contents/", "delay", seconds=0.8, times=1)


def test_a_repository_deleted_in_between_leaves_a_note_on_the_delivery(scene: Scene) -> None:
    place = scene.repository()
    held(scene, place)
    crash(scene, place)
    eventually(lambda: scene.deliveries(place.name, "issues", "opened"))
    scene.github.control("POST", f"/repositories/{place.name}/delete")
    delivery = scene.delivery(place.name, "issues", "opened")
    assert delivery.status == "ignored"
    assert "cannot be reached any more" in (delivery.error or "")


def test_a_repository_renamed_in_between_is_served_under_its_new_name(scene: Scene) -> None:
    place = scene.repository()
    held(scene, place)
    number = crash(scene, place)
    eventually(lambda: scene.deliveries(place.name, "issues", "opened"))
    new = place.name.split("/")[1] + "-new"
    scene.github.control("POST", f"/repositories/{place.name}/rename", name=new)
    delivery = scene.delivery(place.name, "issues", "opened")
    assert delivery.status == "handled"
    renamed = Place(scene, f"{scene.org}/{new}")
    assert sorted(renamed.labels(number)) == ["bug", "needs-info"]
    assert len(renamed.bot_comments(number)) == 1


def test_a_repository_renamed_later_keeps_its_one_status_comment(scene: Scene) -> None:
    place = scene.repository()
    number = crash(scene, place)
    scene.settle()
    new = place.name.split("/")[1] + "-new"
    scene.github.control("POST", f"/repositories/{place.name}/rename", name=new)
    renamed = Place(scene, f"{scene.org}/{new}")
    scene.bob.call("PATCH", f"{renamed.path}/issues/{number}", {"body": "Python 3.11 and torch 2.5"})
    eventually(lambda: scene.deliveries(renamed.name, "issues", "edited"))
    scene.settle()
    assert len(renamed.bot_comments(number)) == 1


def test_a_repository_made_private_in_between_is_still_served(scene: Scene) -> None:
    place = scene.repository()
    held(scene, place)
    number = crash(scene, place)
    eventually(lambda: scene.deliveries(place.name, "issues", "opened"))
    scene.github.control("POST", f"/repositories/{place.name}/privatize")
    assert scene.delivery(place.name, "issues", "opened").status == "handled"
    assert len(place.bot_comments(number)) == 1


def test_an_issue_deleted_in_between_leaves_a_note_on_the_delivery(scene: Scene) -> None:
    place = scene.repository()
    gone = {"message": "This issue was deleted"}
    scene.github.fault(rf"{place.name}/issues/\d+/", "status", status=410, body=gone)
    crash(scene, place)
    delivery = scene.delivery(place.name, "issues", "opened")
    assert (delivery.status, delivery.error) == (
        "ignored",
        "cannot be reached any more: This issue was deleted",
    )


@pytest.mark.parametrize("how", ["removed", "suspended"])
def test_an_app_taken_away_in_between_leaves_a_note_on_the_delivery(scene: Scene, how: str) -> None:
    org = f"acme-{how}"
    scene.github.control("POST", "/organizations", login=org, members={"alice": "admin"})
    for name in ("models", "other"):
        scene.github.control("POST", "/repositories", owner=org, name=name)
    made = scene.github.control("POST", "/installations", app_slug="giveback", account=org)
    place = Place(scene, f"{org}/models")
    held(scene, place)
    crash(scene, place)
    eventually(lambda: scene.deliveries(place.name, "issues", "opened"))
    if how == "removed":
        scene.github.control("DELETE", f"/installations/{made['id']}")
        expected = "ignored", "cannot be reached any more: Not Found"
    else:
        scene.github.control("POST", f"/installations/{made['id']}/suspend")
        expected = "dead", "refused (403): This installation has been suspended"
    delivery = scene.delivery(place.name, "issues", "opened")
    assert (delivery.status, delivery.error) == expected
