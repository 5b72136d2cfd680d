"""What the writer changes on issues and pull requests of a sandbox GitHub, over HTTP."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pytest

import bot.github
from bot.errors import GoneError, RefusedError
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.github.writer.threads import ASSIGNEES
from bot.rendering import BODY_LIMIT
from tests.sandbox.github import description
from tests.sandbox.github.stage import Stage, pull_request

REPOSITORY = "alice/models"
MODELS = f"/repos/{REPOSITORY}"


def issue(stage: Stage, title: str = "It breaks") -> int:
    number: int = stage.bob.post(f"{MODELS}/issues", {"title": title, "body": "Somewhere"})["number"]
    return number


def seen(stage: Stage, number: int) -> Any:
    return stage.alice.get(f"{MODELS}/issues/{number}")


def collaborator(stage: Stage, login: str) -> None:
    stage.person(login)
    body = {"repository": REPOSITORY, "login": login, "permission": "write"}
    stage.set("PUT", "/collaborators", body)


async def test_assigning_tells_who_is_assigned_and_not_who_was_asked_for(
    writer: GitHubWriter, stage: Stage
) -> None:
    number = issue(stage)
    stage.person("carol")
    assert await writer.assign(REPOSITORY, number, ["alice", "carol", "nobody"]) == ["alice"]
    assert await writer.assign(REPOSITORY, number, ["bob"]) == ["alice", "bob"]
    assert await writer.unassign(REPOSITORY, number, ["ALICE", "carol"]) == ["bob"]
    assert {"issues.assigned", "issues.unassigned"} <= set(stage.settled().names)


async def test_github_assigns_ten_people_and_no_more(writer: GitHubWriter, stage: Stage) -> None:
    number = issue(stage)
    people = [f"person-{each}" for each in range(ASSIGNEES + 2)]
    for login in people:
        collaborator(stage, login)
    assert await writer.assign(REPOSITORY, number, people) == people[:ASSIGNEES]


async def test_reviewers_are_asked_all_or_none(writer: GitHubWriter, stage: Stage) -> None:
    number = pull_request(stage, "topic", {"a.txt": "1"})["number"]
    collaborator(stage, "carol")
    for logins, why in ((["carol", "nobody"], "collaborator"), (["carol", "bob"], "author|collaborator")):
        with pytest.raises(RefusedError, match=why) as refused:
            await writer.request_reviewers(REPOSITORY, number, logins)
        assert refused.value.status == 422
    assert await writer.request_reviewers(REPOSITORY, number, ["carol"]) == ["carol"]
    assert await writer.request_reviewers(REPOSITORY, number, ["alice"]) == ["carol", "alice"]
    names = stage.settled().names
    assert names.count("pull_request.review_requested") == 2


async def test_a_request_for_a_review_is_taken_back(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    number = pull_request(stage, "topic", {"a.txt": "1"})["number"]
    collaborator(stage, "carol")
    await writer.request_reviewers(REPOSITORY, number, ["carol", "alice"])
    await writer.withdraw_requests(REPOSITORY, number, ["Carol", "nobody"])
    assert (await reader.requested_reviewers(REPOSITORY, number)).people == ("alice",)


async def test_the_author_is_never_asked_for_a_review(writer: GitHubWriter, stage: Stage) -> None:
    number = pull_request(stage, "topic", {"a.txt": "1"})["number"]
    stage.set("PUT", "/collaborators", {"repository": REPOSITORY, "login": "bob", "permission": "write"})
    with pytest.raises(RefusedError, match="pull request author"):
        await writer.request_reviewers(REPOSITORY, number, ["bob"])


async def test_teams_are_asked_by_their_slugs(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    stage.set("POST", "/organizations", {"login": "lab", "members": {"alice": "admin"}})
    stage.repository("lab", "models", {"a.txt": "1"})
    stage.set("POST", "/teams", {"organization": "lab", "slug": "reviewers"})
    made = stage.set("POST", "/installations", {"app_slug": "giveback", "account": "lab"})
    assert made["id"]
    stage.alice.post("/repos/lab/models/git/refs", {"ref": "refs/heads/x", "sha": _head(stage)})
    stage.alice.put("/repos/lab/models/contents/b.txt", {"message": "Add", "content": "Yg==", "branch": "x"})
    number = stage.alice.post("/repos/lab/models/pulls", {"title": "T", "head": "x", "base": "main"})[
        "number"
    ]
    path = f"/repos/lab/models/pulls/{number}/requested_reviewers"
    assert stage.alice("POST", path, {"team_reviewers": ["nobodies"]}).status_code == 422
    asked = stage.alice.post(path, {"team_reviewers": ["reviewers"]})
    assert [team["slug"] for team in asked["requested_teams"]] == ["reviewers"]
    assert (await reader.requested_reviewers("lab/models", number)).teams == ("reviewers",)
    told = stage.settled().last("pull_request.review_requested").payload
    assert description.webhook_violations("pull_request", told) == []


def _head(stage: Stage) -> str:
    sha: str = stage.alice.get("/repos/lab/models/git/ref/heads/main")["object"]["sha"]
    return sha


async def test_a_milestone_is_put_on_and_taken_off(writer: GitHubWriter, stage: Stage) -> None:
    number = issue(stage)
    stage.alice.post(f"{MODELS}/milestones", {"title": "v1"})
    await writer.set_milestone(REPOSITORY, number, 1)
    assert seen(stage, number)["milestone"]["title"] == "v1"
    await writer.set_milestone(REPOSITORY, number, None)
    assert seen(stage, number)["milestone"] is None
    with pytest.raises(RefusedError) as refused:
        await writer.set_milestone(REPOSITORY, number, 7)
    assert refused.value.status == 422
    assert {"issues.milestoned", "issues.demilestoned"} <= set(stage.settled().names)


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate", None])
async def test_an_issue_is_closed_for_a_reason_and_opened_again(
    writer: GitHubWriter, stage: Stage, reason: Literal["completed", "not_planned", "duplicate"] | None
) -> None:
    number = issue(stage)
    await writer.set_state(REPOSITORY, number, "closed", reason)
    closed = seen(stage, number)
    assert (closed["state"], closed["state_reason"]) == ("closed", reason or "completed")
    await writer.set_state(REPOSITORY, number, "open")
    opened = seen(stage, number)
    assert (opened["state"], opened["state_reason"]) == ("open", "reopened")
    assert {"issues.closed", "issues.reopened"} <= set(stage.settled().names)


async def test_a_pull_request_is_closed_and_a_merged_one_stays_so(writer: GitHubWriter, stage: Stage) -> None:
    number = pull_request(stage, "topic", {"a.txt": "1"})["number"]
    await writer.set_state(REPOSITORY, number, "closed")
    await writer.set_state(REPOSITORY, number, "open")
    stage.alice.put(f"{MODELS}/pulls/{number}/merge", {})
    with pytest.raises(RefusedError, match="merged") as refused:
        await writer.set_state(REPOSITORY, number, "open")
    assert refused.value.status == 422


async def test_a_merge_closes_the_issues_it_fixes(stage: Stage) -> None:
    number = issue(stage)
    opened = pull_request(stage, "topic", {"a.txt": "1"}, body=f"Fixes #{number}")
    stage.alice.put(f"{MODELS}/pulls/{opened['number']}/merge", {})
    assert seen(stage, number)["state"] == "closed"


async def test_a_thread_is_locked_with_a_reason_or_without(writer: GitHubWriter, stage: Stage) -> None:
    number = issue(stage)
    await writer.lock(REPOSITORY, number, "too heated")
    locked = seen(stage, number)
    assert (locked["locked"], locked["active_lock_reason"]) == (True, "too heated")
    await writer.unlock(REPOSITORY, number)
    await writer.lock(REPOSITORY, number)
    assert seen(stage, number)["active_lock_reason"] is None
    assert {"issues.locked", "issues.unlocked"} <= set(stage.settled().names)


async def test_only_the_text_that_is_given_is_changed(writer: GitHubWriter, stage: Stage) -> None:
    number = issue(stage)
    await writer.edit_text(REPOSITORY, number, title="It still breaks")
    await writer.edit_text(REPOSITORY, number, body="Everywhere")
    changed = seen(stage, number)
    assert (changed["title"], changed["body"]) == ("It still breaks", "Everywhere")
    with pytest.raises(RefusedError) as refused:
        await writer.edit_text(REPOSITORY, number, body="x" * 65_537)
    assert refused.value.status == 422


async def test_failed_jobs_run_again_once_all_are_over(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    sha = stage.alice.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
    jobs = {"unit": "success", "lint": "failure"}
    body = {"name": "tests", "head_sha": sha, "jobs": jobs}
    run = stage.set("POST", f"/repositories/{REPOSITORY}/workflow-runs", body)["id"]
    await writer.rerun_failed(REPOSITORY, run)
    (again,) = await reader.workflow_runs(REPOSITORY, sha)
    assert (again.attempt, again.status, again.conclusion) == (2, "in_progress", None)
    with pytest.raises(RefusedError, match="already running") as refused:
        await writer.rerun_failed(REPOSITORY, run)
    assert refused.value.status == 403
    with pytest.raises(GoneError):
        await writer.rerun_failed(REPOSITORY, 7)


async def test_a_suite_asked_for_again_is_news_to_its_app(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    sha = stage.alice.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
    stage.bot.post(f"{MODELS}/check-runs", {"name": "card", "head_sha": sha, "conclusion": "failure"})
    (check,) = await reader.checks(REPOSITORY, sha)
    assert check.suite is not None
    await writer.rerequest_suite(REPOSITORY, check.suite)
    asked = stage.settled().last("check_suite.rerequested")
    assert asked.payload["check_suite"]["id"] == check.suite


async def test_a_thread_that_is_gone_says_so(writer: GitHubWriter, stage: Stage) -> None:
    number = issue(stage)
    stage.set("POST", f"/repositories/{REPOSITORY}/issues/{number}/delete", {})
    for write in (
        writer.assign(REPOSITORY, number, ["alice"]),
        writer.set_state(REPOSITORY, number, "closed"),
        writer.lock(REPOSITORY, 99),
    ):
        with pytest.raises(GoneError):
            await write


async def test_whatever_is_too_long_for_github_is_cut_and_says_so(writer: GitHubWriter, stage: Stage) -> None:
    long = "é" * 70_000
    number = await writer.open_issue(REPOSITORY, "Too much", long)
    comment = await writer.post_comment(REPOSITORY, number, long)
    said = stage.bob.get(f"{MODELS}/issues/comments/{comment}")["body"]
    for body in (seen(stage, number)["body"], said):
        assert len(body) == BODY_LIMIT
        assert "Cut here" in body[-80:]
    await writer.edit_comment(REPOSITORY, comment, "short " + long)
    said = stage.bob.get(f"{MODELS}/issues/comments/{comment}")["body"]
    assert said.startswith("short ")
    assert len(said) == BODY_LIMIT


def test_nothing_the_writer_has_replaces_all_labels_of_a_thread() -> None:
    sources = [path.read_text("utf-8") for path in Path(bot.github.__file__).parent.rglob("*.py")]
    named = [line for text in sources for line in text.splitlines() if re.search(r'"labels":|/labels"', line)]
    assert [line.strip() for line in named if "PUT" in line or "PATCH" in line] == []
    written = [line.strip() for line in named if '"labels":' in line]
    assert written == ['"POST", f"/repos/{repository}/issues/{number}/labels", {"labels": list(names)}']
    queries = [path.read_text("utf-8") for path in Path(bot.github.__file__).parent.rglob("*.graphql")]
    mutations = {name for text in queries for name in re.findall(r"(\w+)\(input:", text)}
    assert not mutations & {"updateIssue", "updatePullRequest", "clearLabelsFromLabelable"}
