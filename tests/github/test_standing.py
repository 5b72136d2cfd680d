from __future__ import annotations

import pytest

from bot.errors import GoneError
from bot.github.reader import GitHubReader
from bot.reads import CheckResult, Verdict
from tests.sandbox.github.stage import Stage, commit, pull_request

MODELS = "/repos/alice/models"
REPOSITORY = "alice/models"


async def test_everything_a_pull_request_waits_for_is_read_in_one_request(
    reader: GitHubReader, stage: Stage
) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    number, head = opened["number"], opened["head"]["sha"]
    standing = await reader.pull_standing(REPOSITORY, number)
    assert (standing.state, standing.draft, standing.conflicting) == ("open", False, False)
    assert (standing.base, standing.head, standing.checks) == ("main", head, ())
    stage.bot.post(f"{MODELS}/check-runs", {"name": "tests", "head_sha": head, "conclusion": "failure"})
    stage.bot.post(f"{MODELS}/statuses/{head}", {"state": "pending", "context": "ci"})
    stage.alice.post(f"{MODELS}/pulls/{number}/reviews", {"event": "REQUEST_CHANGES", "body": "No"})
    stage.alice.post(f"{MODELS}/pulls/{number}/reviews", {"event": "APPROVE"})
    standing = await reader.pull_standing(REPOSITORY, number)
    assert standing.verdicts == (Verdict("alice", True, head),)
    assert standing.checks == (
        CheckResult("tests", "completed", "failure"),
        CheckResult("ci", "in_progress", None),
    )


async def test_those_who_are_asked_are_counted(reader: GitHubReader, stage: Stage) -> None:
    number = pull_request(stage, "topic", {"a.txt": "1"})["number"]
    stage.alice.patch(f"{MODELS}/pulls/{number}", {"title": "Later"})
    stage.bot.post(f"{MODELS}/pulls/{number}/requested_reviewers", {"reviewers": ["alice"]})
    assert (await reader.pull_standing(REPOSITORY, number)).waiting_reviews == 1


async def test_a_conflict_and_a_merge_are_seen(reader: GitHubReader, stage: Stage) -> None:
    first = pull_request(stage, "one", {"README.md": "one\n"})["number"]
    second = pull_request(stage, "two", {"README.md": "two\n"})["number"]
    stage.alice.put(f"{MODELS}/pulls/{first}/merge", {})
    stage.alice.get(f"{MODELS}/pulls/{second}")
    assert (await reader.pull_standing(REPOSITORY, first)).state == "merged"
    assert (await reader.pull_standing(REPOSITORY, second)).conflicting is True


async def test_checks_that_wait_for_a_maintainer_are_told(reader: GitHubReader, stage: Stage) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    run = {"name": "tests", "head_sha": opened["head"]["sha"], "conclusion": "action_required"}
    stage.bot.post(f"{MODELS}/check-runs", run)
    assert (await reader.pull_standing(REPOSITORY, opened["number"])).held_back


async def test_what_is_no_pull_request_stands_nowhere(reader: GitHubReader, stage: Stage) -> None:
    commit(stage.alice, REPOSITORY, "a.txt", "1")
    with pytest.raises(GoneError):
        await reader.pull_standing(REPOSITORY, 999)
