"""What a pull request is labelled and checked by, seen on GitHub."""

from __future__ import annotations

import uuid

from tests.features.checks.test_secrets import TOKENS
from tests.scene import LABELS, Place, Scene, eventually
from tests.service.test_pull_requests import from_fork, settle_pull

CONFIG = ".github/giveback.yml"
LABELER = ".github/labeler.yml"
CHECK = "giveback"
TOKEN = TOKENS["a Hugging Face token"]
RULES = 'ci:\n  - changed-files:\n      - any-glob-to-any-file: ".github/**"\n'
SIZES = ("size/XS", "size/S")


def push(place: Place, branch: str, path: str, text: str) -> str:
    """Push to a pull request, and wait until that is dealt with."""
    before = len(place.scene.deliveries(place.name, "pull_request", "synchronize"))
    commit = place.write(path, text, branch)
    eventually(lambda: len(place.scene.deliveries(place.name, "pull_request", "synchronize")) > before)
    place.scene.settle()
    return commit


def branch_of(place: Place, number: int) -> str:
    return str(place.scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"])


def test_a_pull_request_in_order_gets_one_check_that_says_so(scene: Scene) -> None:
    place = scene.repository()
    _, head = place.pull_request({"src/a.py": "x = 1\n"})
    settle_pull(scene, place)
    (check,) = place.checks(head)
    assert (check["name"], check["conclusion"]) == (CHECK, "success")
    assert check["output"]["title"] == "Everything is in order"


def test_a_token_and_weights_are_marked_and_the_token_is_repeated_nowhere(scene: Scene) -> None:
    place = scene.repository()
    branch = f"work-{uuid.uuid4().hex[:6]}"
    scene.alice.branch(place.name, branch)
    place.write("train.py", f"import os\nTOKEN = '{TOKEN}'\n", branch)
    head = place.write("model.safetensors", b"\x08\x00\x00\x00\x00\x00\x00\x00{\xff\x00}" * 50, branch)
    scene.alice.open_pull_request(place.name, branch, "Train", "it")
    settle_pull(scene, place)
    (check,) = place.checks(head)
    assert (check["conclusion"], check["output"]["title"]) == ("neutral", "2 of 3 checks need a look")
    notes = place.notes(check)
    assert sorted((note["path"], note["start_line"], note["annotation_level"]) for note in notes) == [
        ("model.safetensors", 1, "warning"),
        ("train.py", 2, "warning"),
    ]
    assert TOKEN not in str(check) + str(notes)
    entries = scene.audit(scene.delivery(place.name, "pull_request", "opened"))
    assert TOKEN not in "".join(entry.model_dump_json() for entry in entries)


def test_a_required_part_fails_the_check_until_it_is_mended(scene: Scene) -> None:
    place = scene.repository({CONFIG: "checks: {linked_issue: required, sign_off: warn}\n"})
    number, head = place.pull_request({"a.py": "1\n"})
    settle_pull(scene, place)
    (check,) = place.checks(head)
    assert check["conclusion"] == "failure"
    assert "## Needed before merging" in check["output"]["summary"]
    scene.alice.call("PATCH", f"{place.path}/pulls/{number}", {"body": "Fixes #1"})
    eventually(lambda: len(place.checks(head, CHECK)) == 2)
    newest, _ = place.checks(head, CHECK)
    assert newest["conclusion"] == "neutral"  # the sign-off is still missing
    assert "Sign\\-off" in newest["output"]["summary"]


def test_checks_are_run_again_when_somebody_asks(scene: Scene) -> None:
    place = scene.repository()
    from_fork(scene, place, "docs/a.md", "x\n")
    settle_pull(scene, place)
    commit = scene.alice.call("GET", f"{place.path}/pulls?state=open")[0]["head"]["sha"]
    (check,) = place.checks(commit)
    answer = scene.knock(
        "check_suite",
        {
            "action": "rerequested",
            "check_suite": {"head_sha": commit, "pull_requests": []},
            "repository": scene.alice.call("GET", place.path),
            "installation": {"id": scene.installation},
            "sender": {"login": "alice", "id": 1, "type": "User"},
        },
    )
    assert answer.status_code == 202
    eventually(lambda: len(place.checks(commit)) == 2)
    assert {run["conclusion"] for run in place.checks(commit)} == {check["conclusion"]}


def test_an_existing_labeler_file_counts_as_it_is_on_the_default_branch(scene: Scene) -> None:
    place = scene.repository({LABELER: RULES}, labels=(*LABELS, "ci", "own"))
    number, head = place.pull_request({".github/x.yml": "a: 1\n", "docs/a.md": "x\n", LABELER: "own: [\n"})
    settle_pull(scene, place)
    assert place.labels(number) == ["ci"]
    (check,) = place.checks(head, CHECK)
    (note,) = place.notes(check)
    assert (note["path"], note["annotation_level"]) == (LABELER, "failure")
    assert place.status_comments(number) == []


def test_a_broken_labeler_file_is_told_once_and_a_push_that_mends_it_counts_at_once(scene: Scene) -> None:
    place = scene.repository({LABELER: "ci: x\n"}, labels=(*LABELS, "ci"))
    _, first = place.pull_request({".github/x.yml": "a: 1\n"})
    settle_pull(scene, place)
    _, second = place.pull_request({".github/y.yml": "a: 1\n"})
    scene.settle()
    titles = [place.checks(commit, CHECK)[0]["output"]["title"] for commit in (first, second)]
    assert titles == ["1 of 4 checks need a look", "Everything is in order"]
    mended = place.write(LABELER, RULES)
    eventually(lambda: place.checks(mended, CHECK))
    scene.settle()
    number, _ = place.pull_request({".github/z.yml": "a: 1\n"})
    scene.settle()
    assert place.labels(number) == ["ci"]


def test_the_size_follows_the_lines_and_a_persons_choice_stays(scene: Scene) -> None:
    place = scene.repository(
        {".gitattributes": "gen/* linguist-generated\n"}, labels=(*LABELS, *SIZES, "size/XL")
    )
    number, _ = place.pull_request({"a.py": "x\n", "gen/a.py": "x\n" * 600})
    settle_pull(scene, place)
    assert place.labels(number) == ["size/XS"]
    branch = branch_of(place, number)
    push(place, branch, "a.py", "x\n" * 20)
    assert place.labels(number) == ["size/S"]
    scene.alice.call("DELETE", f"{place.path}/issues/{number}/labels/size%2FS")
    scene.alice.call("POST", f"{place.path}/issues/{number}/labels", {"labels": ["size/XL"]})
    push(place, branch, "a.py", "x\n")
    assert place.labels(number) == ["size/XL"]


def test_a_pull_request_costs_five_requests_and_a_push_to_it_three(scene: Scene) -> None:
    place = scene.repository(
        {LABELER: RULES, ".gitattributes": "gen/* linguist-generated\n"}, labels=(*LABELS, *SIZES, "ci")
    )
    place.pull_request({".github/a.yml": "a: 1\n"})  # fills the caches
    settle_pull(scene, place)
    scene.settle()
    branch = f"work-{uuid.uuid4().hex[:6]}"
    scene.alice.branch(place.name, branch)
    place.write(".github/b.yml", "a: 1\n", branch)
    scene.settle()
    since = scene.github.last_request
    number = scene.alice.open_pull_request(place.name, branch, "A change", "Please take it")
    eventually(lambda: len(scene.deliveries(place.name, "pull_request", "opened")) == 2)
    scene.settle()
    asked = sorted(place.bot_requests(since))
    assert asked == ["GET /pulls/2/files", "POST /check-runs", f"POST /issues/{number}/labels"]
    assert sorted(place.labels(number)) == ["ci", "size/XS"]
    since = scene.github.last_request
    push(place, branch, ".github/b.yml", "a: 2\n")
    assert sorted(place.bot_requests(since)) == ["GET /pulls/2/files", "POST /check-runs"]
