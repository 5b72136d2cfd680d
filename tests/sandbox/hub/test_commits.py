"""Commits: by the real client, and by hand where the client would be too polite."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    snapshot_download,
)

from tests.sandbox.hub.client import Client, ClientError
from tests.sandbox.hub.conftest import World


def start(repo_id: str) -> str:
    api = HfApi()
    api.create_repo(repo_id)
    files = {"a.txt": b"one", "folder/b.txt": b"two", "folder/deep/c.txt": b"three", "w.bin": b"weights one"}
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    return str(api.create_commit(repo_id, operations, commit_message="First").oid)


def write(repo_id: str, path: str, text: str, parent: str | None = None) -> str:
    operation = CommitOperationAdd(path, text.encode())
    return str(
        HfApi().create_commit(repo_id, [operation], commit_message=f"Write {path}", parent_commit=parent).oid
    )


def delete(repo_id: str, path: str) -> list[str]:
    HfApi().create_commit(repo_id, [CommitOperationDelete(path)], commit_message="Delete")
    return HfApi().list_repo_files(repo_id)


def roll_back(repo_id: str, to: str) -> dict[str, Any]:
    api = HfApi()
    head = api.model_info(repo_id).sha
    old, new = api.list_repo_files(repo_id, revision=to), api.list_repo_files(repo_id)
    operations: list[CommitOperationCopy | CommitOperationDelete] = [
        *[CommitOperationCopy(path, path, src_revision=to) for path in old],
        *[CommitOperationDelete(path) for path in new if path not in old],
    ]
    api.create_commit(repo_id, operations, commit_message="Roll back", parent_commit=head)
    return {
        "files": api.list_repo_files(repo_id),
        "titles": [commit.title for commit in api.list_repo_commits(repo_id)],
    }


def content(repo_id: str, cache: str, revision: str | None = None) -> dict[str, str]:
    path = Path(snapshot_download(repo_id, cache_dir=cache, revision=revision))
    return {file.relative_to(path).as_posix(): file.read_text() for file in path.rglob("*") if file.is_file()}


def upload_with_ignore(repo_id: str, path: str) -> list[str]:
    api = HfApi()
    api.create_repo(repo_id)
    api.upload_folder(repo_id=repo_id, folder_path=path)
    return api.list_repo_files(repo_id)


def describe(repo_id: str) -> dict[str, Any]:
    api = HfApi()
    found = api.get_paths_info(repo_id, ["a.txt", "folder", "missing"], expand=True)
    top = [entry.path for entry in api.list_repo_tree(repo_id)]
    return {
        "info": {entry.path: type(entry).__name__ for entry in found},
        "last": [entry.last_commit.title for entry in found if entry.last_commit],
        "top": top,
        "folder": [entry.path for entry in api.list_repo_tree(repo_id, "folder")],
        "all": [entry.path for entry in api.list_repo_tree(repo_id, recursive=True)],
    }


def post(world: World, repo_id: str, *lines: object, user: str = "ann", rev: str = "main") -> tuple[int, str]:
    body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    with world.http(user) as http:
        answer = http.post(f"/api/models/{repo_id}/commit/{rev}", content=body)
    return answer.status_code, answer.text


HEADER = {"key": "header", "value": {"summary": "By hand"}}


def add(path: str, data: bytes = b"x") -> dict[str, object]:
    encoded = base64.b64encode(data).decode()
    return {"key": "file", "value": {"path": path, "content": encoded, "encoding": "base64"}}


@pytest.fixture
def repo_id(client: Client, fresh: Any) -> str:
    name: str = fresh()
    client.run(start, name)
    return name


def test_a_stale_parent_commit_is_refused_with_412_and_changes_nothing(
    repo_id: str, client: Client, world: World
) -> None:
    with world.http() as http:
        head = http.get(f"/api/models/{repo_id}").json()["sha"]
        newer = client.run(write, repo_id, "x.txt", "1", head)
        with pytest.raises(ClientError) as refused:
            client.run(write, repo_id, "x.txt", "2", head)
        assert refused.value.status == 412
        assert http.get(f"/api/models/{repo_id}").json()["sha"] == newer


def test_a_commit_whose_answer_was_lost_is_found_done_when_tried_again(
    repo_id: str, client: Client, world: World
) -> None:
    world.fault(path="/commit/", kind="cut", after_response=True, times=1)
    with pytest.raises(ClientError):
        client.run(write, repo_id, "x.txt", "1")
    with world.http() as http:
        made = http.get(f"/api/models/{repo_id}").json()["sha"]
        assert client.run(write, repo_id, "x.txt", "1") == made
        assert http.get(f"/api/models/{repo_id}").json()["sha"] == made


def test_files_and_folders_are_deleted(repo_id: str, client: Client) -> None:
    assert client.run(delete, repo_id, "a.txt") == [
        ".gitattributes",
        "folder/b.txt",
        "folder/deep/c.txt",
        "w.bin",
    ]
    assert client.run(delete, repo_id, "folder/") == [".gitattributes", "w.bin"]


def test_deleting_what_is_not_there_is_an_error(repo_id: str, client: Client) -> None:
    with pytest.raises(ClientError, match="A file with this name doesn't exist") as refused:
        client.run(delete, repo_id, "nothing.txt")
    assert refused.value.kind == "RemoteEntryNotFoundError"


def test_a_release_is_rolled_back_by_one_commit_that_keeps_history(
    repo_id: str, client: Client, world: World, tmp_path: Path
) -> None:
    with world.http() as http:
        old = http.get(f"/api/models/{repo_id}").json()["sha"]
    client.run(write, repo_id, "w.bin", "weights two")
    client.run(write, repo_id, "extra.txt", "unwanted")
    found = client.run(roll_back, repo_id, old)
    assert found["titles"][0] == "Roll back"
    assert len(found["titles"]) == 5
    now, then = (client.run(content, repo_id, str(tmp_path), revision) for revision in (None, old))
    assert now == then


def test_trees_and_paths_are_described(repo_id: str, client: Client) -> None:
    client.run(write, repo_id, "folder/b.txt", "changed")
    found = client.run(describe, repo_id)
    assert found["info"] == {"a.txt": "RepoFile", "folder": "RepoFolder"}
    assert found["last"] == ["First", "Write folder/b.txt"]
    assert found["top"] == [".gitattributes", "a.txt", "folder", "w.bin"]
    assert found["folder"] == ["folder/b.txt", "folder/deep"]
    assert "folder/deep/c.txt" in found["all"]


def test_trees_come_in_pages(repo_id: str, world: World) -> None:
    seen: list[str] = []
    with world.http() as http:
        url: str | None = f"/api/models/{repo_id}/tree/main?recursive=true&limit=2"
        while url:
            answer = http.get(url)
            seen += [entry["path"] for entry in answer.json()]
            url = answer.links.get("next", {}).get("url")
    assert seen == [
        ".gitattributes",
        "a.txt",
        "folder",
        "folder/b.txt",
        "folder/deep",
        "folder/deep/c.txt",
        "w.bin",
    ]


def test_ignored_files_are_left_out(client: Client, tmp_path: Path, fresh: Any) -> None:
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n")
    (tmp_path / "run.log").write_text("x")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "x.txt").write_text("x")
    (tmp_path / "kept.txt").write_text("x")
    assert client.run(upload_with_ignore, fresh(), str(tmp_path)) == [
        ".gitattributes",
        ".gitignore",
        "kept.txt",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/x",
        "a//b",
        "a/./b",
        "a/../../b",
        ".git/config",
        "a/.GIT/x",
        "a\\b",
        "",
        "x\n",
        "a" * 2000,
    ],
)
def test_a_path_that_leads_out_of_the_repository_is_refused(repo_id: str, world: World, path: str) -> None:
    status, text = post(world, repo_id, HEADER, add(path))
    assert (status, "Invalid path" in text) == (400, True)


@pytest.mark.parametrize(
    "lines",
    [
        ["not json"],
        [HEADER, "[1]"],
        [HEADER, {"key": "file"}],
        [HEADER, {"key": "explode", "value": {"path": "x"}}],
        [HEADER, {"key": "file", "value": {"path": "x", "content": "***", "encoding": "base64"}}],
        [HEADER, {"key": "file", "value": {"path": "x"}}],
        [HEADER, {"key": "lfsFile", "value": {"path": "x", "algo": "md5", "oid": "0"}}],
        [add("x")],
        [{"key": "header", "value": {"summary": " "}}, add("x")],
        [HEADER, add("x"), add("x/y")],
        [],
    ],
)
def test_a_malformed_commit_is_refused_whole(repo_id: str, world: World, lines: list[object]) -> None:
    with world.http() as http:
        head = http.get(f"/api/models/{repo_id}").json()["sha"]
        assert post(world, repo_id, *lines)[0] == 400
        assert http.get(f"/api/models/{repo_id}").json()["sha"] == head


def test_a_large_file_inside_the_commit_itself_is_refused(repo_id: str, world: World) -> None:
    status, text = post(world, repo_id, HEADER, add("big.txt", b"x" * 10_000_001))
    assert (status, "upload it as a large file" in text) == (400, True)


def test_a_card_with_invalid_metadata_is_refused_even_without_the_clients_check(
    repo_id: str, world: World
) -> None:
    status, text = post(world, repo_id, HEADER, add("README.md", b"---\nlicense: nonsense\n---\n"))
    assert (status, "license" in text) == (400, True)


def test_a_commit_to_a_branch_that_is_not_there_says_so(repo_id: str, world: World) -> None:
    with world.http("ann") as http:
        answer = http.post(f"/api/models/{repo_id}/commit/nowhere", content=json.dumps(HEADER))
    assert (answer.status_code, answer.headers["x-error-code"]) == (404, "RevisionNotFound")
