from __future__ import annotations

from pathlib import Path

from sqlmodel import Session

from bot import histories
from bot.store import open_database
from tests.processes import open_world
from tests.scene import PATIENCE, Place, Scene, eventually
from tests.service.test_comments import said

CRASH = "CUDA error: device-side assert triggered when the tokenizer of bert-base is resized"
OTHERS = (
    "Add a dark theme to the documentation",
    "Support loading datasets from Parquet files",
    "Typo in the quickstart guide",
    "Training on Apple silicon is slow",
    "Release notes for 2.0 are missing",
)


def installed_late(scene: Scene, name: str) -> Place:
    """Make an organisation with a repository that has a history, and install the App then."""
    scene.github.control("POST", "/organizations", login=name, members={"alice": "admin"})
    scene.github.control("POST", "/repositories", owner=name, name="models", files={"README.md": "# hi\n"})
    place = Place(scene, f"{name}/models")
    for title in (CRASH, *OTHERS):
        scene.alice.open_issue(place.name, title, "As the title says")
    scene.alice.branch(place.name, "fix")
    place.write("fix.txt", "fixed", "fix")
    number = scene.alice.open_pull_request(place.name, "fix", "Fix the assert", "Fixes #1")
    scene.alice.call("PUT", f"{place.path}/pulls/{number}/merge", {})
    scene.github.control("POST", "/installations", app_slug=scene.app["slug"], account=name)
    return place


def learned(scene: Scene, place: Place) -> None:
    """Wait until the whole history of a repository is read, with what became of its issues."""
    home = str(scene.alice.call("GET", place.path)["id"])

    def read() -> bool:
        with scene.session() as session:
            mark = histories.mark_of(session, home)
            return mark is not None and mark.outcomes_since is not None

    eventually(read, "the end of the history", within=PATIENCE * 3)


def status(place: Place, number: int) -> str:
    (comment,) = place.status_comments(number)
    return str(comment["body"])


def test_from_installing_to_the_right_suggestion_and_what_people_say_of_it(scene: Scene) -> None:
    place = installed_late(scene, "acme")
    learned(scene, place)
    greeting = scene.bob.open_issue(place.name, "Thank you all", "Just that")
    since = scene.github.last_request
    number = scene.bob.open_issue(place.name, CRASH, "The tokenizer of bert-base again")
    eventually(lambda: place.status_comments(number))
    scene.settle()
    assert "- #1 " in status(place, number)
    assert "Fixed by #7" in status(place, number)
    assert "#2" not in status(place, number)
    assert place.bot_comments(greeting) == []
    assert len(place.bot_requests(since)) <= 3

    said(scene, place, number, "/not-duplicate #1")
    assert "#1" not in status(place, number)

    said(scene, place, number, "/duplicate #1")
    assert "triage permission" in place.replies(number)[0]
    said(scene, place, number, "/duplicate #1", by_alice=True)
    assert "- #1 as alice says. Fixed by #7" in status(place, number)
    assert scene.alice.call("GET", f"{place.path}/issues/{number}")["state"] == "open"
    third = scene.bob.open_issue(place.name, CRASH, "And again")
    eventually(lambda: place.status_comments(third))
    assert "- #1 " in status(place, third)


def test_a_fix_and_its_release_are_learned_as_they_happen(scene: Scene) -> None:
    place = installed_late(scene, "initech")
    learned(scene, place)
    scene.alice.call("POST", f"{place.path}/releases", {"tag_name": "v1"})
    number = scene.bob.open_issue(place.name, "The loader forgets the revision of gated models", "It does")
    scene.alice.branch(place.name, "loader")
    place.write("loader.txt", "fixed", "loader")
    pull = scene.alice.open_pull_request(place.name, "loader", "Keep the revision", f"Fixes #{number}")
    scene.alice.call("PUT", f"{place.path}/pulls/{pull}/merge", {})
    scene.settle()
    since = scene.github.last_request
    scene.alice.call("POST", f"{place.path}/releases", {"tag_name": "v2"})
    scene.settle()
    assert len([one for one in place.bot_requests(since) if "/compare/" in one]) == 1
    again = scene.bob.open_issue(place.name, "The loader forgets the revision of gated models", "It does")
    eventually(lambda: place.status_comments(again))
    assert f"- #{number} " in status(place, again)
    assert f"Fixed by #{pull}, released in `v2`" in status(place, again)


def test_killed_while_it_reads_a_history_it_goes_on_and_finds_the_same(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'giveback.db'}"
    with open_world(tmp_path, webhooks=True) as world:
        place = "hooli/models"
        world.control(
            world.github, "POST", "/organizations", {"login": "hooli", "members": {"alice": "admin"}}
        )
        made = {"owner": "hooli", "name": "models", "files": {"README.md": "# hi\n"}}
        world.control(world.github, "POST", "/repositories", made)
        for title in (CRASH, *OTHERS * 21):
            world.alice.open_issue(place, title, "As the title says")
        home = str(world.alice.call("GET", f"/repos/{place}")["id"])
        service = world.service(url)
        service.start()
        database = open_database(url)

        def mark() -> histories.HistoryMark | None:
            with Session(database) as session:
                return histories.mark_of(session, home)

        where = {"app_slug": world.app["slug"], "account": "hooli"}
        world.control(world.github, "POST", "/installations", where)
        eventually(mark, "the first page of the history")
        service.kill()
        service.start()
        eventually(lambda: (now := mark()) and now.outcomes_since, "the end", within=PATIENCE * 3)
        issues = ("GET", f"/repos/{place}/issues")
        pages = [one for one in world.requests() if (one["method"], one["path"]) == issues]
        # Two pages, and one or two of what changed since; what was cut off may be asked for again.
        assert 3 <= len(pages) <= 6
        number = world.bob.open_issue(place, CRASH, "The tokenizer of bert-base again")
        eventually(lambda: [one for one in world.alice.comments(place, number) if "- #1 " in one["body"]])
        with Session(database) as session:
            assert histories.count(session, home) == number
        database.dispose()
