"""What people and Apps may do, and how GitHub puts a refusal."""

from __future__ import annotations

import pytest

from tests.sandbox.github.stage import Stage, commit

MODELS = "/repos/alice/models"


def test_a_private_repository_does_not_exist_for_strangers(stage: Stage) -> None:
    stage.repository("alice", "diary", {"a": "b"}, private=True)
    for caller in (stage.bob, stage.caller(None)):
        answer = caller("GET", "/repos/alice/diary")
        assert answer.status_code == 404
        assert answer.json()["message"] == "Not Found"
    assert stage.alice("GET", "/repos/alice/diary").status_code == 200


def test_nobody_writes_without_a_name(stage: Stage) -> None:
    answer = stage.caller(None)("POST", f"{MODELS}/issues", {"title": "x"})
    assert answer.status_code == 401


def test_a_passer_by_can_open_an_issue_but_not_label_it(stage: Stage) -> None:
    opened = stage.bob.post(f"{MODELS}/issues", {"title": "x", "labels": ["bug"], "assignees": ["alice"]})
    assert opened["labels"] == []
    assert opened["assignees"] == []
    refused = stage.bob("POST", f"{MODELS}/issues/1/labels", {"labels": ["bug"]})
    assert refused.status_code == 403
    assert stage.bob("PUT", f"{MODELS}/contents/x", {"message": "m", "content": ""}).status_code == 404


@pytest.mark.parametrize(
    ("role", "permission"),
    [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
)
def test_a_role_is_named_beside_the_coarser_permission(stage: Stage, role: str, permission: str) -> None:
    stage.set("PUT", "/collaborators", {"repository": "alice/models", "login": "bob", "permission": role})
    answer = stage.bot.get(f"{MODELS}/collaborators/bob/permission")
    assert (answer["permission"], answer["role_name"]) == (permission, role)


def test_everybody_reads_a_public_repository_and_nobody_a_private_one(stage: Stage) -> None:
    assert stage.bot.get(f"{MODELS}/collaborators/bob/permission")["permission"] == "read"
    stage.repository("alice", "diary", {"a": "b"}, private=True)
    assert stage.bot.get("/repos/alice/diary/collaborators/bob/permission")["permission"] == "none"


def test_an_organisations_admins_and_members_have_roles(stage: Stage) -> None:
    stage.set("POST", "/organizations", {"login": "lab", "members": {"alice": "admin", "bob": "member"}})
    stage.repository("lab", "secret", {"a": "b"}, private=True)
    assert stage.alice.get("/repos/lab/secret")["permissions"]["admin"] is True
    assert stage.bob.get("/repos/lab/secret")["permissions"]["push"] is False
    issue = stage.bob.post("/repos/lab/secret/issues", {"title": "x"})
    assert issue["author_association"] == "MEMBER"


def test_an_app_reads_public_repositories_it_is_not_installed_on_but_writes_nothing_there(
    stage: Stage,
) -> None:
    stage.repository("bob", "elsewhere", {"a": "b"})
    assert stage.bot("GET", "/repos/bob/elsewhere").status_code == 200
    refused = stage.bot("POST", "/repos/bob/elsewhere/issues", {"title": "x"})
    assert refused.status_code == 403


def test_only_an_app_makes_check_runs(stage: Stage) -> None:
    sha = stage.alice.get(f"{MODELS}/commits/main")["sha"]
    refused = stage.alice("POST", f"{MODELS}/check-runs", {"name": "x", "head_sha": sha})
    assert refused.status_code == 403
    assert refused.json()["message"] == "You must authenticate via a GitHub App."


def test_an_archived_repository_is_read_only(stage: Stage) -> None:
    stage.alice.patch(MODELS, {"archived": True})
    assert stage.bob("POST", f"{MODELS}/issues", {"title": "x"}).status_code == 403
    assert stage.bob("GET", MODELS).status_code == 200


def test_a_contributor_is_told_apart_from_a_newcomer(stage: Stage) -> None:
    assert stage.bob.post(f"{MODELS}/issues", {"title": "x"})["author_association"] == "NONE"
    fork = stage.fork_with(stage.bob, "one", {"one.txt": "1"})
    pull = stage.bob.post(f"{MODELS}/pulls", {"title": "One", "head": "bob:one", "base": "main"})
    assert pull["author_association"] == "FIRST_TIME_CONTRIBUTOR"
    stage.alice.put(f"{MODELS}/pulls/{pull['number']}/merge", {})
    commit(stage.bob, fork, "two.txt", "2", "one")
    again = stage.bob.post(f"{MODELS}/pulls", {"title": "Two", "head": "bob:one", "base": "main"})
    assert again["author_association"] == "CONTRIBUTOR"
    assert stage.alice.post(f"{MODELS}/issues", {"title": "x"})["author_association"] == "OWNER"
