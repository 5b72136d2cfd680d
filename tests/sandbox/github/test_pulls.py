"""Pull requests are measured by git, follow their branches and survive their forks."""

from __future__ import annotations

import pytest

from tests.sandbox.github.stage import Stage, commit

MODELS = "/repos/alice/models"


def _open(stage: Stage, **more: object) -> int:
    body = {"title": "Change", "head": "bob:topic", "base": "main"} | more
    number: int = stage.bob.post(f"{MODELS}/pulls", body)["number"]
    return number


def test_a_pull_request_needs_a_base_a_head_and_something_new(stage: Stage) -> None:
    stage.fork_with(stage.bob, "topic", {"x.txt": "x"})

    def error(**body: str) -> dict[str, str]:
        answer = stage.bob("POST", f"{MODELS}/pulls", {"title": "x"} | body)
        assert answer.status_code == 422
        found: dict[str, str] = answer.json()["errors"][0]
        return found

    assert error(head="bob:topic", base="none")["field"] == "base"
    assert error(head="bob:none", base="main")["field"] == "head"
    assert error(head="nobody:topic", base="main")["field"] == "head"
    assert error(head="main", base="main")["message"] == "No commits between main and main"
    _open(stage)
    assert error(head="bob:topic", base="main")["message"] == "A pull request already exists for bob:topic."


def test_the_files_of_a_pull_request_are_what_git_says(stage: Stage) -> None:
    stage.fork_with(stage.bob, "topic", {"x.txt": "1\n2\n", "README.md": "# models\nmore\n"})
    number = _open(stage)
    files = {each["filename"]: each for each in stage.bot.get(f"{MODELS}/pulls/{number}/files")}
    assert files["x.txt"]["status"] == "added"
    assert files["README.md"]["patch"] == "@@ -1 +1,2 @@\n # models\n+more"
    diff = stage.bot("GET", f"{MODELS}/pulls/{number}", headers={"Accept": "application/vnd.github.v3.diff"})
    assert "+more" in diff.text
    compared = stage.bot.get(f"{MODELS}/compare/main...bob:topic")
    assert (compared["status"], compared["ahead_by"]) == ("ahead", 2)


def test_a_push_to_a_fork_synchronises_its_pull_request(stage: Stage) -> None:
    fork = stage.fork_with(stage.bob, "topic", {"x.txt": "x"})
    number = _open(stage)
    before = stage.bot.get(f"{MODELS}/pulls/{number}")["head"]["sha"]
    commit(stage.bob, fork, "y.txt", "y", "topic")
    payload = stage.settled().last("pull_request.synchronize").payload
    assert payload["before"] == before
    assert payload["pull_request"]["head"]["sha"] == payload["after"]
    assert payload["pull_request"]["changed_files"] == 2


def test_a_conflict_makes_a_pull_request_unmergeable(stage: Stage) -> None:
    stage.fork_with(stage.bob, "topic", {"README.md": "theirs"})
    number = _open(stage)
    assert stage.bot.get(f"{MODELS}/pulls/{number}")["mergeable_state"] == "clean"
    commit(stage.alice, "alice/models", "README.md", "ours")
    shown = stage.bot.get(f"{MODELS}/pulls/{number}")
    assert (shown["mergeable"], shown["mergeable_state"]) == (False, "dirty")
    refused = stage.alice("PUT", f"{MODELS}/pulls/{number}/merge", {})
    assert (refused.status_code, refused.json()["message"]) == (405, "Pull Request is not mergeable")


def test_a_pull_request_outlives_its_fork(stage: Stage) -> None:
    stage.fork_with(stage.bob, "topic", {"x.txt": "x"})
    number = _open(stage)
    stage.bob.delete("/repos/bob/models")
    shown = stage.bot("GET", f"{MODELS}/pulls/{number}", described=False).json()
    assert shown["head"]["repo"] is None
    assert [each["filename"] for each in stage.bot.get(f"{MODELS}/pulls/{number}/files")] == ["x.txt"]
    stage.alice.put(f"{MODELS}/pulls/{number}/merge", {})
    assert stage.bot.get(f"{MODELS}/contents/x.txt")["name"] == "x.txt"


def test_a_merge_lands_on_the_base_and_says_who_did_it(stage: Stage) -> None:
    stage.fork_with(stage.bob, "topic", {"x.txt": "x"})
    number = _open(stage, draft=True)
    assert stage.alice("PUT", f"{MODELS}/pulls/{number}/merge", {}).status_code == 405
    stage.set("POST", f"/repositories/alice/models/pulls/{number}/draft", {"draft": False})
    stale = stage.alice("PUT", f"{MODELS}/pulls/{number}/merge", {"sha": "0" * 40})
    assert stale.status_code == 409
    merged = stage.alice.put(f"{MODELS}/pulls/{number}/merge", {})
    shown = stage.bot.get(f"{MODELS}/pulls/{number}")
    assert (shown["state"], shown["merged"], shown["merged_by"]["login"]) == ("closed", True, "alice")
    assert stage.bot.get(f"{MODELS}/commits/main")["sha"] == merged["sha"]
    names = stage.settled().names
    assert names.index("pull_request.closed") < names.index("push")
    assert stage.bot.get(f"{MODELS}/pulls/{number}/files")[0]["filename"] == "x.txt"


def test_a_branch_pushed_into_its_base_is_merged(stage: Stage) -> None:
    sha = stage.alice.get(f"{MODELS}/commits/main")["sha"]
    stage.alice.post(f"{MODELS}/git/refs", {"ref": "refs/heads/own", "sha": sha})
    commit(stage.alice, "alice/models", "x.txt", "x", "own")
    pull = stage.alice.post(f"{MODELS}/pulls", {"title": "x", "head": "own", "base": "main"})
    stage.alice.patch(f"{MODELS}/git/refs/heads/main", {"sha": pull["head"]["sha"]})
    assert stage.bot.get(f"{MODELS}/pulls/{pull['number']}")["merged"] is True


def test_nobody_reviews_their_own_pull_request(stage: Stage) -> None:
    stage.fork_with(stage.bob, "topic", {"x.txt": "x"})
    number = _open(stage)
    own = stage.bob("POST", f"{MODELS}/pulls/{number}/reviews", {"event": "APPROVE"}, described=False)
    assert own.status_code == 422
    review = stage.alice.post(f"{MODELS}/pulls/{number}/reviews", {"event": "APPROVE"})
    assert review["state"] == "APPROVED"
    stranger = stage.bot("POST", f"{MODELS}/pulls/{number}/requested_reviewers", {"reviewers": ["nobody"]})
    assert stranger.status_code == 422


@pytest.mark.parametrize(
    ("path", "lines", "words"),
    [
        ("x.txt", {"line": 9}, "Line could"),
        ("x.txt", {"start_line": 2, "line": 2}, "Line"),
        ("no", {"line": 1}, "Path"),
    ],
)
def test_a_review_says_nothing_of_lines_that_the_diff_does_not_show(
    stage: Stage, path: str, lines: dict[str, int], words: str
) -> None:
    stage.fork_with(stage.bob, "topic", {"x.txt": "x\ny\nz\n"})
    one = f"{MODELS}/pulls/{_open(stage)}"
    comments = [{"path": "x.txt", "line": 1, "body": "Here"}, {"path": path, "body": "There", **lines}]
    body = {"event": "COMMENT", "body": "A look", "comments": comments}
    refused = stage.bot("POST", f"{one}/reviews", body)
    assert refused.status_code == 422
    assert words in refused.text
    assert (stage.bot.get(f"{one}/reviews"), stage.bot.get(f"{one}/comments")) == ([], [])


def test_a_check_run_needs_a_commit_and_little_enough_words(stage: Stage) -> None:
    sha = stage.bot.get(f"{MODELS}/commits/main")["sha"]
    path = f"{MODELS}/check-runs"

    def refused(**body: object) -> bool:
        return (
            stage.bot("POST", path, {"name": "x", "head_sha": sha} | body, described=False).status_code == 422
        )

    assert refused(head_sha="0" * 40)
    assert refused(status="completed")
    assert refused(output={"title": "x", "summary": "a" * 65_536})
    note = {"path": "x", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    assert refused(output={"title": "x", "summary": "s", "annotations": [note] * 51})
    run = stage.bot.post(path, {"name": "x", "head_sha": sha, "conclusion": "success"})
    assert (run["status"], run["conclusion"]) == ("completed", "success")
    assert stage.bot.get(f"{MODELS}/commits/main/check-runs")["total_count"] == 1
