"""A whole story, every answer and every webhook of which GitHub's own description must allow."""

from __future__ import annotations

import pytest
from githubkit_schemas.latest.webhooks import WebhookNamespace
from pydantic import ValidationError

from tests.sandbox.github import description
from tests.sandbox.github.stage import Stage, commit

MODELS = "/repos/alice/models"


def test_the_description_is_installed() -> None:
    assert description.is_installed(), description.INSTALL


def _issues(stage: Stage) -> None:
    alice, bob, bot = stage.alice, stage.bob, stage.bot
    issue = bob.post(f"{MODELS}/issues", {"title": "It breaks", "body": "Somewhere\u2028\U0001f600"})
    one = f"{MODELS}/issues/{issue['number']}"
    assert issue["author_association"] == "NONE"
    bot.post(f"{one}/labels", {"labels": ["bug", "needs info"]})
    bot.post(f"{one}/reactions", {"content": "eyes"})
    comment = bot.post(f"{one}/comments", {"body": "Which version?"})
    bot.patch(f"{MODELS}/issues/comments/{comment['id']}", {"body": "Which version, please?"})
    bot.get(f"{MODELS}/issues/comments/{comment['id']}")
    reaction = bob.post(f"{MODELS}/issues/comments/{comment['id']}/reactions", {"content": "+1"})
    bob.get(f"{MODELS}/issues/comments/{comment['id']}/reactions")
    bob.delete(f"{MODELS}/issues/comments/{comment['id']}/reactions/{reaction['id']}")
    bob.patch(one, {"title": "It breaks at start", "body": "With 1.2"})
    bot.delete(f"{one}/labels/needs%20info")
    alice.post(f"{one}/assignees", {"assignees": ["alice", "nobody"]})
    alice.delete(f"{one}/assignees", {"assignees": ["alice"]})
    milestone = alice.post(f"{MODELS}/milestones", {"title": "Next"})
    alice.patch(one, {"milestone": milestone["number"]})
    alice.patch(one, {"milestone": None})
    alice.put(f"{one}/lock", {"lock_reason": "resolved"})
    alice.delete(f"{one}/lock")
    alice.patch(one, {"state": "closed", "state_reason": "not_planned"})
    alice.patch(one, {"state": "open"})
    for path in ("", "/comments", "/labels", "/reactions", "/events", "/timeline"):
        bot.get(one + path)
    for path in (
        "issues",
        "issues/comments",
        "issues/events",
        "labels",
        "labels/bug",
        "milestones",
        "assignees",
    ):
        bot.get(f"{MODELS}/{path}")
    bot.get("/search/issues", params={"q": "repo:alice/models is:issue label:bug breaks"})
    second = bob.post(f"{one}/comments", {"body": "never mind"})
    bob.delete(f"{MODELS}/issues/comments/{second['id']}")
    other = bob.post(f"{MODELS}/issues", {"title": "It breaks again"})
    alice.post(f"{MODELS}/issues/{other['number']}/comments", {"body": f"Duplicate of #{issue['number']}"})
    alice.get(f"{MODELS}/issues/{other['number']}/timeline")
    alice.get(f"{one}/timeline")
    assert bot("GET", f"{one}/assignees/bob").status_code == 204
    stage.set("POST", f"/repositories/alice/models/issues/{other['number']}/delete", {})
    assert bot("GET", f"{MODELS}/issues/{other['number']}").status_code == 410
    moving = bob.post(f"{MODELS}/issues", {"title": "How do I?"})
    target = stage.repository("alice", "questions", {"a": "b"})
    body = {
        "query": "mutation TransferIssue { x }",
        "variables": {"issue": moving["node_id"], "repository": target["node_id"]},
    }
    alice("POST", f"{stage.url}/api/graphql", body, described=False).raise_for_status()
    alice.patch(MODELS, {"has_discussions": True})
    forum = {"query": "query DiscussionForum { x }", "variables": {"owner": "alice", "name": "models"}}
    found = alice("POST", f"{stage.url}/api/graphql", forum, described=False).json()["data"]["repository"]
    asked = {
        "repository": found["id"],
        "category": found["discussionCategories"]["nodes"][4]["id"],
        "title": "How do I?",
        "body": "Please tell",
    }
    body = {"query": "mutation CreateDiscussion { x }", "variables": asked}
    alice("POST", f"{stage.url}/api/graphql", body, described=False).raise_for_status()
    assert bot("GET", f"{MODELS}/issues/{moving['number']}").status_code == 301


def _pulls(stage: Stage) -> None:
    alice, bob, bot = stage.alice, stage.bob, stage.bot
    fork = stage.fork_with(bob, "topic", {"model.txt": "weights\n", "README.md": "# my models\n"})
    pull = bob.post(f"{MODELS}/pulls", {"title": "Add a model", "head": "bob:topic", "base": "main"})
    one = f"{MODELS}/pulls/{pull['number']}"
    assert (pull["commits"], pull["additions"], pull["deletions"], pull["changed_files"]) == (2, 2, 1, 2)
    assert pull["author_association"] == "FIRST_TIME_CONTRIBUTOR"
    assert pull["mergeable"] is True
    commit(bob, fork, "model.txt", "better weights\n", "topic")
    assert bot.get(one)["commits"] == 3
    for path in ("/files", "/commits", "/reviews", "/requested_reviewers", "/comments"):
        bot.get(one + path)
    head = bot.get(one)["head"]["sha"]
    run = bot.post(f"{MODELS}/check-runs", {"name": "card", "head_sha": head, "status": "in_progress"})
    annotation = {
        "path": "README.md",
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "warning",
        "message": "No licence",
    }
    output = {"title": "Two gaps", "summary": "See below", "annotations": [annotation]}
    bot.patch(f"{MODELS}/check-runs/{run['id']}", {"conclusion": "neutral", "output": output})
    for path in (f"check-runs/{run['id']}", f"check-runs/{run['id']}/annotations"):
        bot.get(f"{MODELS}/{path}")
    bot.post(f"{MODELS}/statuses/{head}", {"state": "success", "context": "ci"})
    for path in ("check-runs", "check-suites", "status", "statuses", "pulls"):
        bot.get(f"{MODELS}/commits/{head}/{path}")
    stage.set("PUT", "/collaborators", {"repository": "alice/models", "login": "bob", "permission": "triage"})
    other = stage.person("carol")
    stage.set(
        "PUT", "/collaborators", {"repository": "alice/models", "login": "carol", "permission": "write"}
    )
    bot.post(f"{one}/requested_reviewers", {"reviewers": ["carol"]})
    bot.delete(f"{one}/requested_reviewers", {"reviewers": ["carol"]})
    bot.post(f"{one}/requested_reviewers", {"reviewers": ["carol"]})
    bot.post(f"{MODELS}/issues/{pull['number']}/assignees", {"assignees": ["carol"]})
    body = {"name": "tests", "head_sha": head, "jobs": {"unit": "failure"}}
    workflow = stage.set("POST", "/repositories/alice/models/workflow-runs", body)["id"]
    bot.get(f"{MODELS}/actions/runs", params={"head_sha": head, "status": "failure"})
    bot.get(f"{MODELS}/actions/runs/{workflow}")
    bot.post(f"{MODELS}/actions/runs/{workflow}/rerun-failed-jobs")
    where = f"{stage.url}/_sandbox/repositories/alice/models/workflow-runs/{workflow}/artifacts?name=model"
    artifact = stage.client.post(where, content=b"PK").json()["id"]
    for path in (f"runs/{workflow}/artifacts", "artifacts", f"artifacts/{artifact}"):
        bot.get(f"{MODELS}/actions/{path}")
    assert bot("GET", f"{MODELS}/actions/artifacts/{artifact}/zip").status_code == 302
    bot.post(f"{MODELS}/check-suites/{run['check_suite']['id']}/rerequest")
    other.post(f"{one}/reviews", {"event": "APPROVE", "body": "Fine"})
    suggested = {"path": "README.md", "line": 1, "body": "```suggestion\n# Our models\n```"}
    bot.post(f"{one}/reviews", {"event": "COMMENT", "body": "Two words", "comments": [suggested]})
    assert [found["line"] for found in bot.get(f"{one}/comments")] == [1]
    bot.post(f"{MODELS}/issues/{pull['number']}/labels", {"labels": ["enhancement"]})
    for draft in (True, False):
        body = {"draft": draft, "by": "bob"}
        stage.set("POST", f"/repositories/alice/models/pulls/{pull['number']}/draft", body)
    bob.patch(one, {"state": "closed"})
    bob.patch(one, {"state": "open", "body": "Now with a body"})
    alice.put(f"{one}/merge", {"merge_method": "squash"})
    assert bot("GET", f"{one}/merge").status_code == 204
    bot.get(f"{MODELS}/pulls", params={"state": "all"})
    bot.get(f"{MODELS}/collaborators")
    bot.get(f"{MODELS}/collaborators/carol/permission")


def _git(stage: Stage) -> None:
    alice, bot = stage.alice, stage.bot
    main = bot.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
    bot.get(f"{MODELS}/branches/main")
    bot.get(f"{MODELS}/branches")
    blob = bot.post(f"{MODELS}/git/blobs", {"content": "aGVsbG8=", "encoding": "base64"})
    entries = [
        {"path": "docs/a.txt", "mode": "100644", "type": "blob", "sha": blob["sha"]},
        {"path": "docs/b.txt", "mode": "100644", "type": "blob", "content": "text\n"},
    ]
    tree = bot.post(f"{MODELS}/git/trees", {"base_tree": main, "tree": entries})
    made = bot.post(f"{MODELS}/git/commits", {"message": "Docs", "tree": tree["sha"], "parents": [main]})
    bot.post(f"{MODELS}/git/refs", {"ref": "refs/heads/docs", "sha": main})
    bot.patch(f"{MODELS}/git/refs/heads/docs", {"sha": made["sha"]})
    bot.get(f"{MODELS}/git/matching-refs/heads/d")
    bot.get(f"{MODELS}/git/trees/{made['sha']}", params={"recursive": "1"})
    bot.get(f"{MODELS}/git/blobs/{blob['sha']}")
    bot.get(f"{MODELS}/git/commits/{made['sha']}")
    bot.get(f"{MODELS}/commits")
    bot.get(f"{MODELS}/commits/docs")
    assert bot.get(f"{MODELS}/compare/main...docs")["ahead_by"] == 1
    bot.get(f"{MODELS}/contents/docs", params={"ref": "docs"})
    bot.get(f"{MODELS}/contents/docs/a.txt", params={"ref": "docs"})
    bot.get(f"{MODELS}/readme")
    tag = bot.post(f"{MODELS}/git/tags", {"tag": "v0", "message": "x", "object": main, "type": "commit"})
    bot.get(f"{MODELS}/git/tags/{tag['sha']}")
    release = alice.post(f"{MODELS}/releases", {"tag_name": "v1", "name": "One", "body": "First"})
    upload = release["upload_url"].partition("{")[0]
    asset = alice("POST", f"{upload}?name=w.bin", content=b"weights", headers={"content-type": "x/y"}).json()
    alice.get(f"{MODELS}/releases/assets/{asset['id']}")
    content = {"accept": "application/octet-stream"}
    assert alice("GET", f"{MODELS}/releases/assets/{asset['id']}", headers=content).status_code == 302
    for path in ("releases", "releases/latest", "releases/tags/v1", f"releases/{release['id']}", "tags"):
        bot.get(f"{MODELS}/{path}")
    early = alice.post(f"{MODELS}/releases", {"tag_name": "v2", "prerelease": True})
    alice.patch(f"{MODELS}/releases/{early['id']}", {"prerelease": False})
    said = {"event_type": "giveback-release", "client_payload": {"version": "1.0.0"}}
    assert alice("POST", f"{MODELS}/dispatches", said).status_code == 204
    commit(alice, "alice/models", ".github/workflows/release-model.yml", "on: workflow_dispatch\n")
    started = {"ref": "main", "inputs": {"dry_run": "true"}}
    where = f"{MODELS}/actions/workflows/release-model.yml/dispatches"
    assert alice("POST", where, started).status_code == 204
    written = commit(alice, "alice/models", "gone.txt", "x")
    alice.delete(f"{MODELS}/contents/gone.txt", {"message": "Go", "sha": written["content"]["sha"]})
    bot.delete(f"{MODELS}/git/refs/heads/docs")


def _surroundings(stage: Stage) -> None:
    app, bot = stage.app_itself, stage.bot
    for path in ("/app", "/app/installations", "/app/hook/config", "/app/hook/deliveries", "/apps/giveback"):
        app.get(path)
    app.get(f"/app/installations/{stage.installation['id']}")
    app.get(f"{MODELS}/installation")
    app.get("/users/alice/installation")
    delivery = app.get("/app/hook/deliveries")[0]
    app.get(f"/app/hook/deliveries/{delivery['id']}")
    app.post(f"/app/hook/deliveries/{delivery['id']}/attempts")
    for path in ("/installation/repositories", MODELS, "/meta", "/rate_limit", "/users/alice", "/"):
        bot.get(path)
    stage.alice.get("/user")
    stage.alice.get("/user/repos")
    stage.alice.post("/user/repos", {"name": "fresh", "auto_init": True})
    stage.alice.patch(MODELS, {"description": "Ours"})
    stage.set("POST", "/organizations", {"login": "lab", "members": {"alice": "admin"}})
    stage.alice.get("/orgs/lab")
    stage.alice.post("/orgs/lab/repos", {"name": "shared"})
    stage.bob.get("/users/lab/repos")
    stage.set("POST", "/repositories/alice/models/privatize", {})
    stage.set("POST", "/repositories/alice/models/publicize", {})
    stage.set("POST", "/repositories/alice/models/rename", {"name": "weights"})
    path = f"/installations/{stage.installation['id']}"
    stage.set("PUT", f"{path}/repositories", {"repositories": ["weights"]})
    stage.set("PUT", f"{path}/repositories", {"repositories": "all"})
    stage.set("POST", f"{path}/suspend", {})
    stage.set("POST", f"{path}/unsuspend", {})
    stage.set("POST", "/repositories/alice/fresh/delete", {})
    stage.set("DELETE", path)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_answer_and_webhook_of_a_story_is_as_github_describes_it(stage: Stage) -> None:
    assert description.is_installed(), description.INSTALL
    for part in (_issues, _pulls, _git, _surroundings):
        part(stage)
    arrivals = stage.settled().arrivals
    problems = []
    for arrival in arrivals:
        problems += [
            (arrival.name, each) for each in description.webhook_violations(arrival.event, arrival.payload)
        ]
        try:
            WebhookNamespace.parse_obj(arrival.event, arrival.payload)
        except ValidationError as error:
            problems += [(arrival.name, f"{each['loc']}: {each['msg']}") for each in error.errors()]
    assert not problems, "\n".join(f"{name} {why}" for name, why in problems)
    assert {each.name for each in arrivals} >= {
        "check_run.completed",
        "check_run.created",
        "check_suite.completed",
        "check_suite.rerequested",
        "create",
        "delete",
        "discussion.created",
        "installation.created",
        "installation.deleted",
        "installation.suspend",
        "installation.unsuspend",
        "installation_repositories.added",
        "installation_repositories.removed",
        "issue_comment.created",
        "issue_comment.deleted",
        "issue_comment.edited",
        "issues.assigned",
        "issues.closed",
        "issues.deleted",
        "issues.demilestoned",
        "issues.edited",
        "issues.labeled",
        "issues.locked",
        "issues.milestoned",
        "issues.opened",
        "issues.reopened",
        "issues.transferred",
        "issues.unassigned",
        "issues.unlabeled",
        "issues.unlocked",
        "label.created",
        "repository_dispatch.giveback-release",
        "release.released",
        "workflow_dispatch",
        "pull_request.assigned",
        "pull_request.closed",
        "pull_request.converted_to_draft",
        "pull_request.edited",
        "pull_request.labeled",
        "pull_request.opened",
        "pull_request.ready_for_review",
        "pull_request.reopened",
        "pull_request.review_request_removed",
        "pull_request.review_requested",
        "pull_request.synchronize",
        "pull_request_review.submitted",
        "push",
        "release.created",
        "release.published",
        "repository.deleted",
        "repository.privatized",
        "repository.publicized",
        "repository.renamed",
    }
