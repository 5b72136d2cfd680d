from __future__ import annotations

import base64
import json

from bot.datasets.checklist.record import Record, sign_offs_of
from tests.scene import Place, Scene

CLEAN = "age,sex\n" + "30,f\n" * 6
MAIL = "age,mail\n30,erika@clinic-nord.de\n"


def check_of(place: Place, head: str) -> dict[str, object]:
    newest, *_ = place.checks(head, "giveback")
    return dict(newest)


def status(place: Place, number: int) -> dict[str, object]:
    (comment,) = place.status_comments(number)
    return dict(comment)


def edit(scene: Scene, place: Place, comment: dict[str, object], body: str) -> None:
    scene.alice.call("PATCH", f"{place.path}/issues/comments/{comment['id']}", {"body": body})
    scene.settle()


def test_personal_data_in_a_pull_request_are_marked_and_nothing_of_them_is_kept(scene: Scene) -> None:
    large = {"base64": base64.b64encode(b"contact\nmax@clinic-nord.de\n").decode(), "lfs": True}
    place = scene.repository({"data/large.csv": large})
    number, head = place.pull_request({"data/people.csv": MAIL})
    scene.settle()
    run = check_of(place, head)
    assert run["conclusion"] == "neutral"
    (note,) = [one for one in place.notes(run) if one["path"] == "data/people.csv"]
    assert note["start_line"] == 2
    said = str(status(place, number)["body"])
    assert "E-mail addresses: **evidence against.** 2 found" in said
    assert "`large.csv: contact` (1)" in said, "what is in Git LFS is fetched and scanned"
    assert not [name for name in ("erika", "max@") if name in said + json.dumps(run)]


def test_columns_are_confirmed_boxes_ticked_and_the_record_is_signed(scene: Scene) -> None:
    place = scene.repository()
    number, head = place.pull_request({"data/people.csv": CLEAN})
    scene.settle()
    scene.alice.comment(place.name, number, "/quasi-identifiers age,sex")
    scene.settle()
    comment = status(place, number)
    body = str(comment["body"])
    assert "k = 6" in body
    edit(scene, place, comment, body.replace("- [ ] **35.**", "- [x] **35.**"))
    assert "Ticked by `alice`" in str(status(place, number)["body"])
    scene.alice.comment(place.name, number, '/sign-off role="data steward"')
    scene.settle()
    pull = scene.alice.call("GET", f"{place.path}/pulls/{number}")
    path = f"{place.path}/contents/data/dataset-checklist.json?ref={pull['head']['ref']}"
    raw = scene.alice.call("GET", path)
    record = Record.model_validate_json(base64.b64decode(raw["content"]))
    signed = sign_offs_of(record)
    assert [one.signer.login for one in signed.valid] == ["alice"]
    assert not signed.enough, "alice opened the pull request herself"
    assert pull["head"]["sha"] != head
    assert check_of(place, pull["head"]["sha"])["conclusion"], "the bot's own commit is checked too"
