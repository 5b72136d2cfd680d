from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.scene import Place, Scene, eventually
from tests.service.test_pull_requests import settle_pull

FOLDER = "models/digits"
CONFIG = json.dumps({"architectures": ["DigitsMLP"], "model_type": "digits-mlp", "hidden_size": 48})


def asked(scene: Scene, place: Place, number: int, command: str = "/model-card") -> list[str]:
    """Have alice ask for the card; give the receipt."""
    comment = scene.alice.comment(place.name, number, command)
    eventually(lambda: len(scene.alice.reactions(place.name, comment)) == 2)
    scene.settle()
    return scene.alice.reactions(place.name, comment)


def card_on(scene: Scene, place: Place, branch: str) -> str:
    answer = scene.alice.call("GET", f"{place.path}/contents/{FOLDER}/README.md?ref={branch}")
    return base64.b64decode(answer["content"]).decode()


@pytest.fixture
def place(scene: Scene) -> Place:
    return scene.repository()


def test_the_card_is_committed_to_the_branch_of_a_pull_request_of_the_repository(
    scene: Scene, place: Place
) -> None:
    number, _ = place.pull_request({f"{FOLDER}/config.json": CONFIG})
    branch = scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"]
    assert asked(scene, place, number) == ["eyes", "rocket"]
    assert "`48`" in card_on(scene, place, branch)
    (status,) = place.status_comments(number)
    assert "on this pull request's branch" in status["body"]


def test_asking_twice_makes_one_commit(scene: Scene, place: Place) -> None:
    number, _ = place.pull_request({f"{FOLDER}/config.json": CONFIG})
    for _ in range(2):
        assert asked(scene, place, number) == ["eyes", "rocket"]
    assert scene.alice.call("GET", f"{place.path}/pulls/{number}")["commits"] == 2


def test_what_people_wrote_into_the_bots_own_pull_request_stays(scene: Scene, place: Place) -> None:
    place.write(f"{FOLDER}/config.json", CONFIG)
    number = scene.bob.open_issue(place.name, "Docs", "A card would be nice")
    assert asked(scene, place, number, f"/model-card path={FOLDER}") == ["eyes", "rocket"]
    branch = f"giveback/model-card-{number}"
    place.write(f"{FOLDER}/README.md", card_on(scene, place, branch) + "\nWritten by hand.\n", branch)
    assert asked(scene, place, number, f"/model-card path={FOLDER}") == ["eyes", "rocket"]
    assert card_on(scene, place, branch).count("Written by hand.") == 1
    open_pulls = scene.alice.call("GET", f"{place.path}/pulls?state=open")
    assert [pull["head"]["ref"] for pull in open_pulls] == [branch]


def test_a_fork_is_shown_the_card_and_not_written_to(scene: Scene, place: Place) -> None:
    fork = Place(scene, scene.bob.fork(place.name))
    scene.bob.branch(fork.name, "digits")
    body = {"message": "Add", "content": base64.b64encode(CONFIG.encode()).decode(), "branch": "digits"}
    scene.bob.call("PUT", f"{fork.path}/contents/{FOLDER}/config.json", body)
    head = scene.bob.call("GET", f"{fork.path}/git/ref/heads/digits")["object"]["sha"]
    number = scene.bob.open_pull_request(place.name, "bob:digits", "Add digits", "Please")
    assert asked(scene, place, number) == ["eyes", "rocket"]
    (reply,) = place.replies(number)
    assert "````suggestion" in reply
    assert scene.bob.call("GET", f"{fork.path}/git/ref/heads/digits")["object"]["sha"] == head


def test_a_fork_that_has_a_card_is_suggested_what_its_lines_should_say(scene: Scene, place: Place) -> None:
    fork = Place(scene, scene.bob.fork(place.name))
    scene.bob.branch(fork.name, "digits")
    for name, text in (("config.json", CONFIG), ("README.md", "---\nlicense: mit\n---\n\n# Digits\n")):
        body = {"message": "Add", "content": base64.b64encode(text.encode()).decode(), "branch": "digits"}
        scene.bob.call("PUT", f"{fork.path}/contents/{FOLDER}/{name}", body)
    number = scene.bob.open_pull_request(place.name, "bob:digits", "Add digits", "Please")
    assert asked(scene, place, number) == ["eyes", "rocket"]
    comments = scene.bob.call("GET", f"{place.path}/pulls/{number}/comments")
    assert {one["path"] for one in comments} == {f"{FOLDER}/README.md"}
    assert any("| Hidden size | `48` | `config.json` |" in one["body"] for one in comments)
    assert all("suggestion\n" in one["body"] for one in comments)
    (review,) = scene.bob.call("GET", f"{place.path}/pulls/{number}/reviews")
    assert "Add suggestion to batch" in review["body"]
    assert place.replies(number) == []


def test_a_pull_request_without_a_model_is_told_how_to_name_one(scene: Scene, place: Place) -> None:
    number, _ = place.pull_request({"docs/a.md": "# A\n"})
    assert asked(scene, place, number) == ["eyes", "confused"]
    assert "/model-card path=FOLDER" in place.replies(number)[0]


def test_a_branch_the_bot_may_not_write_to_is_said_to_be_so(scene: Scene, place: Place) -> None:
    number, _ = place.pull_request({f"{FOLDER}/config.json": CONFIG})
    scene.github.fault("git/refs/", "status", status=422, method="PATCH", times=1)
    asked(scene, place, number)
    (status,) = place.status_comments(number)
    assert "could not write to" in status["body"]
    assert "on this pull request's branch" not in status["body"]


def test_the_lines_of_a_card_in_a_pull_request_are_marked(scene: Scene, place: Place) -> None:
    card = "---\nlicense: Apache 2.0\nlibrary_name: transformers\n---\n# Digits\n\n[Curve](curve.svg)\n"
    files = {f"{FOLDER}/config.json": CONFIG, f"{FOLDER}/README.md": card}
    _, head = place.pull_request(files)
    settle_pull(scene, place)
    (check,) = place.checks(head)
    assert "Cards" in check["output"]["summary"]
    marked = [f"{note['path']}:{note['start_line']}: {note['message']}" for note in place.notes(check)]
    for line, words in ((2, 'did you mean "apache-2.0"'), (7, "leads nowhere")):
        assert any(one.startswith(f"{FOLDER}/README.md:{line}: ") and words in one for one in marked)


def test_a_model_in_git_lfs_is_read_by_the_parts_that_say_what_it_is(scene: Scene) -> None:
    gguf = (Path(__file__).parents[1] / "cards/fixtures/gguf/tiny-llama-q8_0.gguf").read_bytes()
    large = {"base64": base64.b64encode(gguf + bytes(300_000)).decode(), "lfs": True}
    place = scene.repository({"models/tiny/tiny.gguf": large})
    number = scene.bob.open_issue(place.name, "Docs", "A card would be nice")
    assert asked(scene, place, number, "/model-card path=models/tiny") == ["eyes", "rocket"]
    branch = f"giveback/model-card-{number}"
    answer = scene.alice.call("GET", f"{place.path}/contents/models/tiny/README.md?ref={branch}")
    card = base64.b64decode(answer["content"]).decode()
    assert "base_model: acme/tiny-llama" in card
    assert "| Parameters | `2080` | `tiny.gguf` |" in card


def test_a_dataset_card_is_committed_with_what_was_counted(scene: Scene, place: Place) -> None:
    number, _ = place.pull_request({"data/birds/train.csv": "name,length\nwren,9.5\nrobin,14\n"})
    branch = scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"]
    command = '/dataset-card set license=cc-by-4.0 source-data="Our rangers measured them."'
    assert asked(scene, place, number, command) == ["eyes", "rocket"]
    answer = scene.alice.call("GET", f"{place.path}/contents/data/birds/README.md?ref={branch}")
    card = base64.b64decode(answer["content"]).decode()
    assert "license: cc-by-4.0" in card
    assert "num_examples: 2" in card
    assert "Our rangers measured them." in card
    assert "wren" not in card, "rows are shown only to those who ask for them"
    (status,) = place.status_comments(number)
    assert "I counted its rows and columns" in status["body"]


def test_checking_a_card_reads_it_and_what_stands_beside_it_once(scene: Scene, place: Place) -> None:
    card = "---\nlicense: mit\nlibrary_name: transformers\n---\n# Digits\n\nIt tells digits apart.\n"
    config = f"{CONFIG}\n\n"  # no other test has the same one, which would be kept
    for path, text in {f"{FOLDER}/config.json": config, f"{FOLDER}/README.md": card}.items():
        place.write(path, text)
    scene.settle()
    since = scene.github.last_request
    place.pull_request({f"{FOLDER}/README.md": card + "\nMore words.\n"})
    settle_pull(scene, place)
    asked = [one for one in place.bot_requests(since) if one.startswith("GET") and "/git/" in one]
    assert (len([one for one in asked if "/trees/" in one]), len(asked)) == (1, 2)
