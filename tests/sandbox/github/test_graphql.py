"""GraphQL in the sandbox: every answer is one GitHub's schema allows."""

from __future__ import annotations

from typing import Any

import pytest

from bot.github.graphql import query_text
from tests.sandbox.github import graphql
from tests.sandbox.github.stage import Caller, Stage, commit, pull_request

MODELS = "/repos/alice/models"
NAMED = {"owner": "alice", "name": "models"}


def ask(stage: Stage, who: Caller, operation: str, **variables: Any) -> Any:
    """Ask, and hold a full answer to the schema."""
    text = query_text(operation)
    body = {"query": text, "variables": variables}
    answer = who("POST", f"{stage.url}/api/graphql", body, described=False).raise_for_status().json()
    if "errors" not in answer:
        assert graphql.wrong_in_answer(text, variables, answer["data"]) == []
    return answer


def refused(answer: Any) -> str:
    (error,) = answer["errors"]
    assert list(answer["data"].values()) == [None]
    assert error["path"] == list(answer["data"])
    return str(error["type"])


def test_every_answer_is_one_githubs_schema_allows(stage: Stage) -> None:
    alice, bob = stage.alice, stage.bob
    alice.patch(MODELS, {"has_discussions": True})
    stage.repository("alice", "questions", {"a": "b"})
    first, second = (bob.post(f"{MODELS}/issues", {"title": title}) for title in ("One", "Two"))
    comment = alice.post(f"{MODELS}/issues/2/comments", {"body": "Duplicate of #1"})
    alice.patch(f"{MODELS}/issues/2", {"state": "closed"})
    opened = pull_request(stage, "topic", {"README.md": "x\n"}, body="Fixes #1")
    bot, repository = stage.bot, stage.bot.get(MODELS)["node_id"]

    forum = ask(stage, bot, "DiscussionForum", **NAMED)["data"]["repository"]
    assert forum["id"] == repository
    head = opened["head"]["sha"]
    assert ask(stage, bot, "Blame", **NAMED, commit="main", path="README.md")["data"]
    assert ask(stage, bot, "Blame", **NAMED, commit=head, path="README.md")["data"]
    assert ask(stage, bot, "Blame", **NAMED, commit="none", path="a")["data"]["repository"] == {
        "object": None
    }
    assert ask(stage, bot, "ClosingIssues", **NAMED, number=opened["number"])["data"]
    bot.post(f"{MODELS}/check-runs", {"name": "tests", "head_sha": head, "conclusion": "failure"})
    bot.post(f"{MODELS}/statuses/{head}", {"state": "pending", "context": "ci"})
    alice.post(f"{MODELS}/pulls/{opened['number']}/reviews", {"event": "APPROVE"})
    assert ask(stage, bot, "PullStanding", **NAMED, number=opened["number"])["data"]
    for path in ("bug.yml", "more/inside.yml"):
        commit(stage.alice, "alice/models", f".github/ISSUE_TEMPLATE/{path}", "name: Bug\n")
    forms = ask(stage, bot, "IssueForms", **NAMED)["data"]["repository"]
    assert [each["name"] for each in forms["folder"]["entries"]] == ["bug.yml", "more"]
    fix = pull_request(stage, "fix", {"fix.txt": "x\n"}, body="Fixes #1")
    alice.put(f"{MODELS}/pulls/{fix['number']}/merge", {})
    asked = {**NAMED, "after": None, "since": None}
    marks = ask(stage, bot, "DuplicateMarks", **asked)["data"]["repository"]["issues"]
    assert [each["number"] for each in marks["nodes"]] == [first["number"], second["number"]]
    for operation in ("ConvertToDraft", "MarkReadyForReview"):
        assert ask(stage, bot, operation, pull=opened["node_id"])["data"]
    assert ask(stage, bot, "MinimizeComment", comment=comment["node_id"], reason="OFF_TOPIC")["data"]
    category = forum["discussionCategories"]["nodes"][0]["id"]
    words = {"title": "Hello", "body": "There"}
    assert ask(stage, bot, "CreateDiscussion", repository=repository, category=category, **words)["data"]
    listed = ask(stage, bot, "OwnDiscussions", **NAMED)["data"]["repository"]["discussions"]["nodes"]
    assert [(each["body"], each["viewerDidAuthor"]) for each in listed] == [("There", True)]
    target = bot.get("/repos/alice/questions")["node_id"]
    assert ask(stage, bot, "TransferIssue", issue=first["node_id"], repository=target)["data"]


def test_what_is_not_there_or_not_allowed_is_said_as_github_says_it(stage: Stage) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    asked = stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    carol = stage.person("carol")
    repository = stage.bot.get(MODELS)["node_id"]
    bot = stage.bot
    assert refused(ask(stage, bot, "DiscussionForum", owner="alice", name="none")) == "NOT_FOUND"
    assert refused(ask(stage, bot, "Blame", **NAMED, commit="main", path="none")) == "NOT_FOUND"
    assert refused(ask(stage, bot, "ClosingIssues", **NAMED, number=asked["number"])) == "NOT_FOUND"
    assert refused(ask(stage, bot, "ConvertToDraft", pull=asked["node_id"])) == "NOT_FOUND"
    assert refused(ask(stage, carol, "ConvertToDraft", pull=opened["node_id"])) == "FORBIDDEN"
    assert refused(ask(stage, bot, "MinimizeComment", comment="IC_MQ", reason="RUDE")) == "NOT_FOUND"
    transfer = {"issue": asked["node_id"], "repository": repository}
    assert refused(ask(stage, bot, "TransferIssue", **transfer)) == "UNPROCESSABLE"
    words = {"title": "Hello", "body": "There"}
    closed = ask(stage, bot, "CreateDiscussion", repository=repository, category="DIC_x", **words)
    assert refused(closed) == "UNPROCESSABLE"


def test_an_app_needs_the_permission_for_what_it_asks(stage: Stage) -> None:
    alice = stage.alice
    alice.patch(MODELS, {"has_discussions": True})
    token = stage.installation_token(permissions={"issues": "write"})
    narrow, repository = stage.caller(token), stage.bot.get(MODELS)["node_id"]
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    assert refused(ask(stage, narrow, "ConvertToDraft", pull=opened["node_id"])) == "FORBIDDEN"
    words = {"category": "DIC_x", "title": "Hello", "body": "There"}
    assert refused(ask(stage, narrow, "CreateDiscussion", repository=repository, **words)) == "FORBIDDEN"


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"query": 7}', b'{"query": "nonsense"}', b""])
def test_nonsense_is_answered_without_an_error_of_the_servers(stage: Stage, content: bytes) -> None:
    answer = stage.bot("POST", f"{stage.url}/api/graphql", content=content, described=False)
    assert answer.status_code in (200, 400)
    assert "errors" in answer.json() or answer.json()["message"]


def test_nobody_asks_without_a_name(stage: Stage) -> None:
    body = {"query": query_text("DiscussionForum"), "variables": NAMED}
    answer = stage.caller(None)("POST", f"{stage.url}/api/graphql", body, described=False)
    assert answer.status_code == 401


def test_several_changes_of_one_document_are_made_in_turn_and_refused_one_by_one(stage: Stage) -> None:
    issue = stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    place = f"{MODELS}/issues/{issue['number']}/labels"
    known = {one["name"]: one["node_id"] for one in stage.bot.get(f"{MODELS}/labels")}
    stage.bot.post(place, {"labels": ["bug", "question"]})
    check = {
        "repositoryId": stage.bot.get(MODELS)["node_id"],
        "headSha": stage.bot.get(f"{MODELS}/commits/main")["sha"],
        "name": "tests",
        "status": "COMPLETED",
        "conclusion": "SUCCESS",
        "output": {"title": "Well", "summary": "All is well."},
    }
    swap = {"thread": issue["node_id"], "taken": [known["bug"]], "added": [known["wontfix"]]}
    done = ask(stage, stage.bot, "SwapLabelsAndReport", **swap, check=check)["data"]
    left = done["removeLabelsFromLabelable"]["labelable"]["labels"]["nodes"]
    assert left == [{"name": "question"}]
    unknown = {**check, "headSha": "f" * 40}
    partly = ask(stage, stage.bot, "SwapLabelsAndReport", **{**swap, "taken": ["LA_MQ"]}, check=unknown)
    assert [error["path"] for error in partly["errors"]] == [
        ["removeLabelsFromLabelable"],
        ["createCheckRun"],
    ]
    assert partly["data"]["addLabelsToLabelable"] == {"clientMutationId": None}
    assert sorted(one["name"] for one in stage.bot.get(place)) == ["question", "wontfix"]
