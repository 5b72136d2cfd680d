from __future__ import annotations

import base64

import pytest

from tests.scene import Place, Scene, eventually

CONFIG = ".github/giveback.yml"
CONFIG_CHECK = "giveback / config"


def settle_pull(scene: Scene, place: Place) -> None:
    eventually(lambda: scene.deliveries(place.name, "pull_request", "opened"))
    scene.settle()


def from_fork(scene: Scene, place: Place, path: str, text: str) -> int:
    """Open bob's pull request from a fork of his, as a newcomer does."""
    fork = Place(scene, scene.bob.fork(place.name))
    scene.bob.branch(fork.name, "patch")
    content = base64.b64encode(text.encode()).decode()
    body = {"message": "Add", "content": content, "branch": "patch"}
    scene.bob.call("PUT", f"{fork.path}/contents/{path}", body)
    return scene.bob.open_pull_request(place.name, "bob:patch", "Add it", "Please")


def test_a_newcomers_pull_request_is_welcomed_and_labelled_in_one_comment(scene: Scene) -> None:
    place = scene.repository()
    since = scene.github.last_request
    number = from_fork(scene, place, "docs/guide.md", "# Guide\n")
    settle_pull(scene, place)
    (comment,) = place.bot_comments(number)
    assert "Welcome, bob" in comment["body"]
    assert place.labels(number) == ["documentation"]
    posted = [one for one in place.bot_requests(since) if one.startswith("POST")]
    assert sorted(posted) == [
        "POST /check-runs",
        f"POST /issues/{number}/comments",
        f"POST /issues/{number}/labels",
    ]


def test_a_pull_request_is_labelled_by_its_paths_as_they_change(scene: Scene) -> None:
    place = scene.repository()
    number, _ = place.pull_request({"docs/a.md": "x", "tests/test_a.py": "x"})
    settle_pull(scene, place)
    assert sorted(place.labels(number)) == ["documentation", "tests"]
    branch = scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"]
    sha = scene.alice.call("GET", f"{place.path}/contents/docs/a.md?ref={branch}")["sha"]
    scene.alice.call(
        "DELETE", f"{place.path}/contents/docs/a.md", {"message": "No", "sha": sha, "branch": branch}
    )
    eventually(lambda: scene.deliveries(place.name, "pull_request", "synchronize"))
    scene.settle()
    assert place.labels(number) == ["tests"]


def test_a_broken_configuration_fails_a_check_at_its_lines(scene: Scene) -> None:
    place = scene.repository()
    _, head = place.pull_request({CONFIG: "triage:\n  askk: true\nlables: {}\n"})
    settle_pull(scene, place)
    (check,) = place.checks(head, CONFIG_CHECK)
    assert check["conclusion"] == "failure"
    notes = place.notes(check)
    assert [(note["path"], note["start_line"], note["start_column"]) for note in notes] == [
        (CONFIG, 2, 3),
        (CONFIG, 3, 1),
    ]
    assert "ask" in notes[0]["message"]


def test_of_very_many_mistakes_the_first_are_marked_and_the_rest_counted(
    scene: Scene,
) -> None:
    place = scene.repository()
    text = "".join(f"wrong{n}: 1\n" for n in range(120))
    _, head = place.pull_request({CONFIG: text})
    settle_pull(scene, place)
    (check,) = place.checks(head, CONFIG_CHECK)
    assert check["output"]["annotations_count"] == 51
    assert "and 70 more" in check["output"]["summary"]


def test_a_valid_configuration_passes_its_check(scene: Scene) -> None:
    place = scene.repository()
    _, head = place.pull_request({CONFIG: "needs-info: {assume_ai: false}\n"})
    settle_pull(scene, place)
    assert [check["conclusion"] for check in place.checks(head, CONFIG_CHECK)] == ["success"]


def test_the_configuration_of_a_pull_request_does_not_count_until_it_is_merged(scene: Scene) -> None:
    place = scene.repository()
    place.pull_request({CONFIG: "triage: {enabled: false}\n"})
    number = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    scene.settle()
    assert place.status_comments(number)


def test_a_changed_configuration_counts_at_once(scene: Scene) -> None:
    place = scene.repository()
    scene.bob.open_issue(place.name, "Greetings", "so that the defaults are remembered")
    scene.settle()
    place.write(CONFIG, "triage: {enabled: false}\nneeds-info: {enabled: false}\n")
    eventually(lambda: scene.deliveries(place.name, "push"))
    scene.settle()
    number = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    scene.settle()
    assert (place.labels(number), place.bot_comments(number)) == ([], [])


@pytest.mark.parametrize("text", ["triage: [ask\n", "triagge: {}\n"])
def test_a_broken_configuration_pushed_to_the_default_branch_is_told_on_its_commit(
    scene: Scene, text: str
) -> None:
    place = scene.repository()
    commit = place.write(CONFIG, text)
    eventually(lambda: scene.deliveries(place.name, "push"))
    scene.settle()
    (check,) = place.checks(commit)
    assert (check["name"], check["conclusion"]) == ("giveback / config", "failure")
    mended = place.write(CONFIG, "triage: {}\n")
    eventually(lambda: place.checks(mended))
    assert [check["conclusion"] for check in place.checks(mended)] == ["success"]


def test_a_typo_does_not_turn_dry_run_off(scene: Scene) -> None:
    place = scene.repository()
    place.write(CONFIG, "dry_run: true\ntriagge: {}\n")
    eventually(lambda: scene.deliveries(place.name, "push"))
    scene.settle()
    number = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    scene.settle()
    assert (place.labels(number), place.bot_comments(number)) == ([], [])


def test_the_last_good_configuration_stays_in_force_when_a_broken_one_arrives(scene: Scene) -> None:
    place = scene.repository({CONFIG: "needs-info: {assume_ai: false}\n"})
    first = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    scene.settle()
    assert place.labels(first) == ["bug"]
    place.write(CONFIG, "triage: [ask\n")
    eventually(lambda: scene.deliveries(place.name, "push"))
    scene.settle()
    second = scene.bob.open_issue(place.name, "[Bug] Wrong colours when saving", "they are off")
    scene.settle()
    assert (place.labels(second), place.bot_comments(second)) == (["bug"], [])


def test_a_repository_builds_on_its_owners_configuration(scene: Scene) -> None:
    owners = scene.repository({CONFIG: "needs-info: {assume_ai: false, label: waiting}\n"}, name=".github")
    plain, own = scene.repository(), scene.repository({CONFIG: "needs-info: {assume_ai: true}\n"})
    apart = scene.repository({CONFIG: "extends: false\n"})
    for place in (own, plain):
        scene.alice.call("POST", f"{place.path}/labels", {"name": "waiting", "color": "ededed"})
    threads = {
        place: scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
        for place in (plain, own, apart)
    }
    scene.settle()
    assert {place: sorted(place.labels(number)) for place, number in threads.items()} == {
        plain: ["bug"],
        own: ["bug", "waiting"],
        apart: ["bug", "needs-info"],
    }
    owners.write(CONFIG, "{}\n")
    eventually(lambda: scene.deliveries(owners.name, "push"))
    scene.settle()
    number = scene.bob.open_issue(plain.name, "[Bug] Crash when loading", "it fails")
    scene.settle()
    assert sorted(plain.labels(number)) == ["bug", "needs-info"]
    scene.github.control("POST", f"/repositories/{owners.name}/delete")


def test_a_repository_in_dry_run_is_written_nothing_and_the_record_says_what_would_be(scene: Scene) -> None:
    place = scene.repository({CONFIG: "dry_run: true\n"})
    since = scene.github.last_request
    number = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    scene.bob.comment(place.name, number, "/help")
    eventually(lambda: scene.deliveries(place.name, "issue_comment"))
    scene.settle()
    assert [one for one in place.bot_requests(since) if not one.startswith("GET")] == []
    would = scene.audit(scene.delivery(place.name, "issues", "opened"))
    assert {entry.outcome for entry in would} == {"dry_run"}
    assert {"add_labels", "set_section"} <= {entry.kind for entry in would}
    assert all(entry.reason for entry in would)
    asked = scene.audit(scene.delivery(place.name, "issue_comment", "created"))
    assert {entry.outcome for entry in asked} == {"dry_run"}
    assert {entry.kind for entry in asked} == {"react", "reply"}


def test_a_pull_request_whose_fork_is_gone_is_served(scene: Scene) -> None:
    place = scene.repository()
    scene.github.fault(rf"{place.name}/contents/", "delay", seconds=0.7, times=1)
    number = from_fork(scene, place, "docs/b.md", "x\n")
    forks = [one["full_name"] for one in scene.alice.call("GET", f"{place.path}/forks")]
    for fork in forks:
        scene.github.control("POST", f"/repositories/{fork}/delete")
    settle_pull(scene, place)
    assert scene.delivery(place.name, "pull_request", "opened").status == "handled"
    assert place.labels(number) == ["documentation"]
