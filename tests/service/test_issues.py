from __future__ import annotations

import json

import httpx
from markdown_it import MarkdownIt

from tests.scene import Place, Scene, eventually

COMPLETE = """Python 3.11, torch 2.5.1

```python
load("model")
```

Traceback (most recent call last):
ValueError: no such file
"""


def opened(
    scene: Scene, place: Place, title: str = "[Bug] Crash when loading", body: str = "it fails"
) -> int:
    """Open an issue as bob and wait until the bot is done with it."""
    number = scene.bob.open_issue(place.name, title, body)
    eventually(lambda: scene.deliveries(place.name, "issues", "opened"))
    scene.settle()
    return number


def edit(scene: Scene, place: Place, number: int, **fields: object) -> None:
    scene.bob.call("PATCH", f"{place.path}/issues/{number}", fields)
    scene.settle()


def test_an_incomplete_bug_report_gets_labels_and_one_status_comment(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    assert sorted(place.labels(number)) == ["bug", "needs-info"]
    (comment,) = place.bot_comments(number)
    assert "To look into this" in comment["body"]
    assert scene.delivery(place.name, "issues", "opened").status == "handled"


def test_completing_the_report_edits_the_comment_in_place_and_takes_the_label_back(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    (before,) = place.bot_comments(number)
    edit(scene, place, number, body=COMPLETE)
    (after,) = place.bot_comments(number)
    assert after["id"] == before["id"]
    assert "To look into this" not in after["body"]
    assert place.labels(number) == ["bug"]


def test_a_report_that_lacks_nothing_gets_a_label_and_no_words(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place, body=COMPLETE)
    assert place.labels(number) == ["bug"]
    assert place.bot_comments(number) == []


def test_an_issue_there_is_nothing_to_say_about_is_left_in_peace(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place, "Greetings", "Thank you all")
    assert (place.labels(number), place.bot_comments(number)) == ([], [])
    since = scene.github.last_request
    edit(scene, place, number, body="Thank you very much")
    assert [one for one in place.bot_requests(since) if not one.startswith("GET")] == []


def test_the_same_event_under_another_guid_changes_nothing_and_writes_nothing(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    (before,) = place.bot_comments(number)
    since = scene.github.last_request
    again = json.loads(scene.delivery(place.name, "issues", "opened").body)
    assert scene.knock("issues", again).status_code == 202
    scene.settle()
    assert place.bot_comments(number) == [before]
    assert [one for one in place.bot_requests(since) if not one.startswith("GET")] == []


def test_the_same_guid_again_runs_nothing(scene: Scene) -> None:
    place = scene.repository()
    opened(scene, place)
    delivery = scene.delivery(place.name, "issues", "opened")
    since = scene.github.last_request
    assert scene.knock("issues", json.loads(delivery.body), delivery.guid).status_code == 200
    scene.settle()
    assert [one for one in place.bot_requests(since) if not one.startswith("GET")] == []
    assert scene.delivery(place.name, "issues", "opened").attempts == 1


def test_a_label_a_person_took_away_is_never_added_again(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    scene.alice.call("DELETE", f"{place.path}/issues/{number}/labels/needs-info")
    for body in ("still nothing", COMPLETE, "nothing again"):
        edit(scene, place, number, body=body)
        assert place.labels(number) == ["bug"]


def test_a_label_a_person_put_on_is_never_removed(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place, "Greetings", "hello")
    scene.alice.call("POST", f"{place.path}/issues/{number}/labels", {"labels": ["needs-info"]})
    edit(scene, place, number, title="[Bug] Crash when loading", body=COMPLETE)
    assert place.labels(number) == ["needs-info"]


def test_a_label_a_person_put_back_is_theirs_from_then_on(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    scene.alice.call("DELETE", f"{place.path}/issues/{number}/labels/needs-info")
    scene.alice.call("POST", f"{place.path}/issues/{number}/labels", {"labels": ["needs-info"]})
    edit(scene, place, number, body=COMPLETE)
    assert sorted(place.labels(number)) == ["bug", "needs-info"]


def test_a_report_that_was_complete_once_is_not_asked_again(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    edit(scene, place, number, body=COMPLETE)
    edit(scene, place, number, body="taken out again")
    assert place.labels(number) == ["bug"]
    assert len(place.bot_comments(number)) == 1


def test_an_edit_of_an_issue_that_was_never_asked_anything_starts_nothing(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place, body=COMPLETE)
    since = scene.github.last_request
    edit(scene, place, number, body="it fails")
    assert place.bot_requests(since) == []


def test_a_closed_issue_is_asked_nothing_more(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    scene.bob.call("PATCH", f"{place.path}/issues/{number}", {"state": "closed"})
    scene.settle()
    (before,) = place.bot_comments(number)
    edit(scene, place, number, body="Python 3.11, torch 2.5.1")
    assert place.bot_comments(number) == [before]


def test_labels_the_repository_does_not_have_are_left_out(scene: Scene) -> None:
    place = scene.repository(labels=["needs-info"])
    if _has(scene, place, "bug"):
        scene.alice.call("DELETE", f"{place.path}/labels/bug")
    number = opened(scene, place)
    assert place.labels(number) == ["needs-info"]
    assert not _has(scene, place, "bug")


def _has(scene: Scene, place: Place, label: str) -> bool:
    return label in {one["name"] for one in scene.alice.call("GET", f"{place.path}/labels")}


def test_a_label_is_found_however_the_repository_spells_it(scene: Scene) -> None:
    place = scene.repository(labels=[])
    if _has(scene, place, "bug"):
        scene.alice.call("DELETE", f"{place.path}/labels/bug")
    for name in ("Bug", "Needs-Info"):
        scene.alice.call("POST", f"{place.path}/labels", {"name": name, "color": "ededed"})
    number = opened(scene, place)
    assert sorted(place.labels(number)) == ["Bug", "Needs-Info"]
    edit(scene, place, number, body=COMPLETE)
    assert place.labels(number) == ["Bug"]


def test_a_deleted_status_comment_is_not_posted_again_to_say_the_same(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    (comment,) = place.bot_comments(number)
    scene.alice.call("DELETE", f"{place.path}/issues/comments/{comment['id']}")
    edit(scene, place, number, body="no news")
    assert place.bot_comments(number) == []


def test_a_deleted_status_comment_comes_back_once_there_is_news(scene: Scene) -> None:
    place = scene.repository()
    number = opened(scene, place)
    (comment,) = place.bot_comments(number)
    scene.alice.call("DELETE", f"{place.path}/issues/comments/{comment['id']}")
    edit(scene, place, number, body="Python 3.11 and torch 2.5.1")
    (again,) = place.bot_comments(number)
    assert again["id"] != comment["id"]
    assert "versions you use" not in again["body"]


def test_a_thread_full_of_labels_takes_no_more(scene: Scene) -> None:
    place = scene.repository({".github/giveback.yml": "needs-info: {ask_members: true}\n"})
    full = [f"label {n}" for n in range(99)]
    issue = {"title": "[Bug] Crash when loading", "body": "it fails", "labels": full}
    number = scene.alice.call("POST", f"{place.path}/issues", issue)["number"]
    eventually(lambda: place.status_comments(number))
    scene.settle()
    assert sorted(place.labels(number)) == sorted([*full, "bug"])


def test_an_opened_issue_takes_at_most_three_requests_in_the_steady_state(scene: Scene) -> None:
    # In the steady state a repository's history is read already.
    place = scene.repository({".github/giveback.yml": "learning: {enabled: false}\n"})
    opened(scene, place)
    since = scene.github.last_request
    number = opened(scene, place)
    people = (scene.alice.login, scene.bob.login)
    asked = [one for one in scene.github.requests(since) if one["actor"] not in people]
    assert 0 < len(asked) <= 3, asked
    assert place.bot_comments(number)


def test_what_people_wrote_is_repeated_without_mentions_or_markup(scene: Scene) -> None:
    form = (
        "name: Bug\nbody:\n- type: input\n  validations: {required: true}\n"
        "  attributes: {label: '@octo/everyone <img src=x> [click](https://evil.example)'}\n"
    )
    place = scene.repository({".github/ISSUE_TEMPLATE/bug.yml": form})
    body = "### @octo/everyone <img src=x> [click](https://evil.example)\n\n_No response_\n"
    number = opened(scene, place, "[Bug] Crash \u202e @alice", body)
    (comment,) = place.bot_comments(number)
    assert "\u202e" not in comment["body"]
    blocks = MarkdownIt("commonmark").parse(comment["body"])
    inlines = [inline for block in blocks for inline in block.children or []]
    assert "".join(one.content for one in inlines if one.type == "code_inline").startswith(
        "@octo/everyone <img"
    )
    others = [(one.type, one.content) for one in inlines if one.type != "code_inline"]
    assert not [kind for kind, _ in others if kind in ("link_open", "image")]
    for unsafe in ("@octo/everyone", "<img", "evil.example"):
        assert not [content for _, content in others if unsafe in content]


def test_control_characters_and_odd_unicode_in_every_field_are_dealt_with(scene: Scene) -> None:
    place = scene.repository()
    for odd in ("\u0000nul", "\u0007bell", "\ud7ff\ue000", "\U0010ffff", "a\u0301" * 50, "\r\n\r\n"):
        payload = json.loads(_any_delivery(scene, place))
        payload["issue"] = {**payload["issue"], "title": f"[Bug] Crash {odd}", "body": odd}
        payload["sender"] = {**payload["sender"], "login": f"x{odd}"}
        assert scene.knock("issues", payload).status_code == 202
    scene.settle()
    assert {row.status for row in scene.deliveries(place.name, "issues", "opened")} == {"handled"}


def _any_delivery(scene: Scene, place: Place) -> bytes:
    if not scene.deliveries(place.name, "issues", "opened"):
        opened(scene, place, "Greetings", "hello")
    return scene.deliveries(place.name, "issues", "opened")[0].body


def test_an_issue_of_the_bots_own_is_ignored(scene: Scene) -> None:
    place = scene.repository()
    payload = json.loads(_any_delivery(scene, place))
    payload["sender"] = {"login": "giveback[bot]", "type": "Bot"}
    payload["issue"] = {**payload["issue"], "title": "[Bug] Crash", "user": payload["sender"]}
    assert scene.knock("issues", payload).status_code == 202
    scene.settle()
    assert scene.deliveries(place.name, "issues", "opened")[-1].status == "ignored"


def test_an_organisation_with_an_odd_label_name_is_served(scene: Scene) -> None:
    place = scene.repository({".github/giveback.yml": "needs-info: {label: 'a/b c & d?'}\n"})
    scene.alice.call("POST", f"{place.path}/labels", {"name": "a/b c & d?", "color": "ededed"})
    number = opened(scene, place)
    assert sorted(place.labels(number)) == ["a/b c & d?", "bug"]
    edit(scene, place, number, body=COMPLETE)
    assert place.labels(number) == ["bug"]


def test_an_operator_in_dry_run_writes_nothing_and_records_what_would_be_done(scene: Scene) -> None:
    place = scene.repository()
    scene.stop()
    try:
        scene.start(dry_run=True)
        since = scene.github.last_request
        number = opened(scene, place)
        assert [one for one in place.bot_requests(since) if not one.startswith("GET")] == []
        would = scene.audit(scene.delivery(place.name, "issues", "opened"))
        assert {entry.outcome for entry in would} == {"dry_run"}
        assert {"add_labels", "set_section"} <= {entry.kind for entry in would}
        assert (place.labels(number), place.bot_comments(number)) == ([], [])
    finally:
        scene.stop()
        scene.start()


def test_the_health_page_counts_what_waits(scene: Scene) -> None:
    assert scene.service
    answer = httpx.get(f"{scene.service.url}/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
