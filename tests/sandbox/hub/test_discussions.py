"""Discussions and pull requests."""

from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download

from tests.sandbox.hub.client import Client, ClientError
from tests.sandbox.hub.conftest import World


def start(repo_id: str) -> str:
    api = HfApi()
    api.create_repo(repo_id)
    return str(api.upload_file(repo_id=repo_id, path_or_fileobj=b"one\n", path_in_repo="a.txt").oid)


def write(repo_id: str, path: str, text: str, revision: str | None = None, token: str | None = None) -> str:
    api = HfApi(token=token)
    made = api.upload_file(
        repo_id=repo_id, path_or_fileobj=text.encode(), path_in_repo=path, revision=revision
    )
    return str(made.oid)


def propose(repo_id: str, path: str, text: str, token: str | None = None) -> dict[str, Any]:
    operation = CommitOperationAdd(path, text.encode())
    made = HfApi(token=token).create_commit(
        repo_id, [operation], commit_message="Propose it", commit_description="Because", create_pr=True
    )
    return {"url": str(made.pr_url), "num": made.pr_num, "revision": made.pr_revision}


def draft(repo_id: str, title: str) -> dict[str, Any]:
    made = HfApi().create_pull_request(repo_id, title)
    return {"num": made.num, "status": made.status, "ref": made.git_reference, "base": made.target_branch}


def details(repo_id: str, number: int) -> dict[str, Any]:
    found = HfApi().get_discussion_details(repo_id, number)
    return {
        "title": found.title,
        "status": found.status,
        "author": found.author,
        "is_pull_request": found.is_pull_request,
        "conflicts": found.conflicting_files,
        "merge_commit": found.merge_commit_oid,
        "diff": found.diff,
        "events": [event.type for event in found.events],
    }


def merge(repo_id: str, number: int, comment: str | None = None, token: str | None = None) -> None:
    HfApi(token=token).merge_pull_request(repo_id, number, comment=comment)


def talk(repo_id: str) -> dict[str, Any]:
    api = HfApi()
    made = api.create_discussion(repo_id, "A question", description="What is this?")
    said = api.comment_discussion(repo_id, made.num, "An answer")
    edited = api.edit_discussion_comment(repo_id, made.num, said.id, "A better answer")
    api.rename_discussion(repo_id, made.num, "An answered question")
    closed = api.change_discussion_status(repo_id, made.num, "closed", comment="Done")
    found = api.get_discussion_details(repo_id, made.num)
    return {
        "edited": [edited.content, edited.edited],
        "closed": closed.new_status,
        "title": found.title,
        "events": [event.type for event in found.events],
        "open": [d.num for d in api.get_repo_discussions(repo_id, discussion_status="open")],
        "all": [d.title for d in api.get_repo_discussions(repo_id)],
        "pulls": [d.num for d in api.get_repo_discussions(repo_id, discussion_type="pull_request")],
    }


def many(repo_id: str, count: int) -> int:
    api = HfApi()
    for number in range(count):
        api.create_discussion(repo_id, f"Question {number}")
    return len(list(api.get_repo_discussions(repo_id)))


def text(repo_id: str, path: str, cache: str, revision: str | None = None) -> str:
    with open(hf_hub_download(repo_id, path, revision=revision, cache_dir=cache)) as file:  # noqa: PTH123  # a string
        return file.read()


def titles(repo_id: str) -> list[str]:
    return [commit.title for commit in HfApi().list_repo_commits(repo_id)]


@pytest.fixture
def repo_id(client: Client, fresh: Any) -> str:
    name: str = fresh()
    client.run(start, name)
    return name


def test_a_commit_can_open_a_pull_request_and_be_merged(repo_id: str, client: Client, tmp_path: Any) -> None:
    opened = client.run(propose, repo_id, "a.txt", "two\n")
    assert opened["url"].endswith(f"/{repo_id}/discussions/1")
    assert client.run(text, repo_id, "a.txt", str(tmp_path)) == "one\n"
    assert client.run(text, repo_id, "a.txt", str(tmp_path), "refs/pr/1") == "two\n"
    shown = client.run(details, repo_id, 1)
    assert (shown["title"], shown["status"], shown["conflicts"]) == ("Propose it", "open", [])
    assert "-one\n+two\n" in shown["diff"]
    client.run(merge, repo_id, 1, "Thank you")
    assert client.run(text, repo_id, "a.txt", str(tmp_path)) == "two\n"
    merged = client.run(details, repo_id, 1)
    assert merged["status"] == "merged"
    assert merged["events"] == ["comment", "commit", "comment", "status-change"]
    assert client.run(titles, repo_id)[0] == "Propose it (#1)"
    assert "-one\n+two\n" in merged["diff"]


def test_a_draft_collects_commits_before_it_is_merged(repo_id: str, client: Client, tmp_path: Any) -> None:
    opened = client.run(draft, repo_id, "Release candidate")
    assert opened == {"num": 1, "status": "draft", "ref": "refs/pr/1", "base": "refs/heads/main"}
    client.run(write, repo_id, "b.txt", "b", "refs/pr/1")
    client.run(write, repo_id, "c.bin", "c", "refs/pr/1")
    client.run(merge, repo_id, 1)
    assert client.run(text, repo_id, "c.bin", str(tmp_path)) == "c"


def test_changes_on_both_sides_are_merged_when_they_touch_different_files(
    repo_id: str, client: Client, tmp_path: Any
) -> None:
    client.run(propose, repo_id, "b.txt", "theirs")
    client.run(write, repo_id, "a.txt", "ours")
    client.run(merge, repo_id, 1)
    assert client.run(text, repo_id, "a.txt", str(tmp_path)) == "ours"
    assert client.run(text, repo_id, "b.txt", str(tmp_path)) == "theirs"


def test_a_conflict_is_named_and_not_merged(repo_id: str, client: Client) -> None:
    client.run(propose, repo_id, "a.txt", "theirs")
    client.run(write, repo_id, "a.txt", "ours")
    assert client.run(details, repo_id, 1)["conflicts"] == ["a.txt"]
    with pytest.raises(ClientError, match=r"Both sides changed a\.txt") as refused:
        client.run(merge, repo_id, 1)
    assert refused.value.status == 409


def test_whoever_sees_a_repository_may_propose_but_not_merge(
    repo_id: str, client: Client, world: World
) -> None:
    eve = world.tokens["eve"]
    opened = client.run(propose, repo_id, "eve.bin", "from outside", eve)
    client.run(write, repo_id, "more.txt", "and more", opened["revision"], eve)
    assert client.run(details, repo_id, 1)["author"] == "eve"
    with pytest.raises(ClientError) as refused:
        client.run(merge, repo_id, 1, None, eve)
    assert refused.value.status == 403
    with pytest.raises(ClientError) as refused:
        client.run(write, repo_id, "a.txt", "taken over", None, eve)
    assert refused.value.status == 403


def test_a_pull_request_is_merged_once(repo_id: str, client: Client) -> None:
    client.run(propose, repo_id, "b.txt", "b")
    client.run(merge, repo_id, 1)
    with pytest.raises(ClientError, match="Only an open pull request"):
        client.run(merge, repo_id, 1)
    with pytest.raises(ClientError, match="no longer open"):
        client.run(write, repo_id, "late.txt", "x", "refs/pr/1")


def test_a_discussion_is_talked_in_renamed_and_closed(repo_id: str, client: Client) -> None:
    found = client.run(talk, repo_id)
    assert found["edited"] == ["A better answer", True]
    assert found["events"] == ["comment", "comment", "title-change", "comment", "status-change"]
    assert (found["title"], found["closed"]) == ("An answered question", "closed")
    assert (found["open"], found["all"], found["pulls"]) == ([], ["An answered question"], [])


def test_discussions_come_in_pages(repo_id: str, client: Client) -> None:
    assert client.run(many, repo_id, 23) == 23


def test_nobody_edits_the_comments_of_others(repo_id: str, client: Client, world: World) -> None:
    client.run(talk, repo_id)
    with world.http("eve") as http:
        path = f"/api/models/{repo_id}/discussions/1"
        event = http.get(path).json()["events"][0]["id"]
        assert http.post(f"{path}/comment/{event}/edit", json={"content": "x"}).status_code == 403
        assert http.post(f"{path}/status", json={"status": "open"}).status_code == 403
        assert http.get(f"/api/models/{repo_id}/discussions/99").status_code == 404
