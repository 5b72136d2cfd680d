"""Branches, tags, histories, and what rewrites them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from tests.sandbox.hub.client import Client, ClientError
from tests.sandbox.hub.conftest import World


def start(repo_id: str) -> list[str]:
    api = HfApi()
    api.create_repo(repo_id)
    return [
        str(
            api.upload_file(
                repo_id=repo_id, path_or_fileobj=content, path_in_repo=path, commit_message=message
            ).oid
        )
        for path, content, message in (
            ("a.txt", b"one", "First"),
            ("secret.bin", b"leaked weights", "Leak"),
            ("a.txt", b"two", "Third"),
        )
    ]


def tag(repo_id: str, name: str, revision: str | None = None, exist_ok: bool = False) -> None:
    HfApi().create_tag(repo_id, tag=name, revision=revision, exist_ok=exist_ok, tag_message="Why")


def delete_tag(repo_id: str, name: str) -> None:
    HfApi().delete_tag(repo_id, tag=name)


def branch(repo_id: str, name: str, revision: str | None = None) -> None:
    HfApi().create_branch(repo_id, branch=name, revision=revision)


def delete_branch(repo_id: str, name: str) -> None:
    HfApi().delete_branch(repo_id, branch=name)


def refs(repo_id: str) -> dict[str, dict[str, str]]:
    found = HfApi().list_repo_refs(repo_id, include_pull_requests=True)
    return {
        "branches": {ref.name: ref.target_commit for ref in found.branches},
        "tags": {ref.name: ref.target_commit for ref in found.tags},
        "pulls": {ref.ref: ref.target_commit for ref in found.pull_requests or []},
    }


def read(repo_id: str, revision: str) -> dict[str, Any]:
    api = HfApi()
    commits = api.list_repo_commits(repo_id, revision=revision)
    return {
        "sha": api.model_info(repo_id, revision=revision).sha,
        "titles": [commit.title for commit in commits],
        "files": api.list_repo_files(repo_id, revision=revision),
        "text": Path(api.hf_hub_download(repo_id, "a.txt", revision=revision)).read_text(),
    }


def write_to(repo_id: str, revision: str) -> str:
    api = HfApi()
    return str(
        api.upload_file(repo_id=repo_id, revision=revision, path_or_fileobj=b"b", path_in_repo="b.txt").oid
    )


def squash(repo_id: str) -> list[str]:
    api = HfApi()
    api.super_squash_history(repo_id, commit_message="Squashed")
    return [commit.title for commit in api.list_repo_commits(repo_id)]


def overwrite_and_squash(repo_id: str) -> None:
    api = HfApi()
    api.upload_file(repo_id=repo_id, path_or_fileobj=b"clean weights", path_in_repo="secret.bin")
    api.super_squash_history(repo_id)


def exists(repo_id: str, revision: str) -> bool:
    return HfApi().revision_exists(repo_id, revision)


def erase(repo_id: str, rewrite: bool) -> dict[str, Any]:
    api = HfApi()
    found = list(api.list_lfs_files(repo_id))
    api.permanently_delete_lfs_files(repo_id, found, rewrite_history=rewrite)
    return {
        "names": [file.filename for file in found],
        "left": [file.filename for file in api.list_lfs_files(repo_id)],
        "files": api.list_repo_files(repo_id),
        "titles": [commit.title for commit in api.list_repo_commits(repo_id)],
    }


@pytest.fixture
def made(client: Client, fresh: Any) -> tuple[str, list[str]]:
    name: str = fresh()
    return name, client.run(start, name)


def test_a_tag_stays_where_it_was_put(made: tuple[str, list[str]], client: Client) -> None:
    name, commits = made
    client.run(tag, name, "v1", commits[0])
    client.run(tag, name, "v2")
    with pytest.raises(ClientError) as refused:
        client.run(tag, name, "v1", commits[1])
    assert refused.value.status == 409
    client.run(tag, name, "v1", commits[1], True)
    assert client.run(refs, name)["tags"] == {"v1": commits[0], "v2": commits[2]}


def test_a_tag_is_moved_by_deleting_it_first(made: tuple[str, list[str]], client: Client) -> None:
    name, commits = made
    client.run(tag, name, "v1", commits[0])
    client.run(delete_tag, name, "v1")
    client.run(tag, name, "v1", commits[1])
    assert client.run(refs, name)["tags"] == {"v1": commits[1]}
    client.run(delete_tag, name, "v1")
    with pytest.raises(ClientError, match="Revision Not Found"):
        client.run(delete_tag, name, "v1")


@pytest.mark.parametrize("name", ["v 1", "a..b", "x.lock", "/x", "x/", "@{x", "ü ü", "~"])
def test_a_tag_git_would_not_take_is_refused(made: tuple[str, list[str]], world: World, name: str) -> None:
    with world.http("ann") as http:
        answer = http.post(f"/api/models/{made[0]}/tag/main", json={"tag": name})
    assert answer.status_code == 400


def test_branches_with_slashes_are_one_name(made: tuple[str, list[str]], client: Client) -> None:
    name, commits = made
    client.run(branch, name, "release/v1", commits[0])
    made_there = client.run(write_to, name, "release/v1")
    found = client.run(read, name, "release/v1")
    assert found["sha"] == made_there
    assert found["titles"] == ["Upload b.txt with huggingface_hub", "First", "initial commit"]
    assert found["text"] == "one"
    assert client.run(refs, name)["branches"] == {"main": commits[2], "release/v1": made_there}


def test_branch_names_that_would_shadow_each_other_are_refused(
    made: tuple[str, list[str]], client: Client
) -> None:
    name, _ = made
    client.run(branch, name, "a")
    for other in ("a", "a/b"):
        with pytest.raises(ClientError) as refused:
            client.run(branch, name, other)
        assert refused.value.status == 409
    client.run(delete_branch, name, "a")
    client.run(branch, name, "a/b")
    client.run(delete_branch, name, "a/b")
    client.run(branch, name, "a")


def test_the_main_branch_cannot_be_deleted(made: tuple[str, list[str]], client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client.run(delete_branch, made[0], "main")
    assert refused.value.status == 400


def test_every_commit_can_be_read_by_its_id(made: tuple[str, list[str]], client: Client) -> None:
    name, commits = made
    assert [client.run(read, name, commit)["text"] for commit in commits] == ["one", "one", "two"]
    assert client.run(exists, name, "0" * 40) is False


def test_histories_come_in_pages(made: tuple[str, list[str]], world: World) -> None:
    titles: list[str] = []
    with world.http() as http:
        url: str | None = f"/api/models/{made[0]}/commits/main?limit=3"
        while url:
            answer = http.get(url)
            titles += [commit["title"] for commit in answer.json()]
            url = answer.links.get("next", {}).get("url")
    assert titles == ["Third", "Leak", "First", "initial commit"]


def test_a_squash_leaves_one_commit_and_nothing_to_go_back_to(
    made: tuple[str, list[str]], client: Client
) -> None:
    name, commits = made
    assert client.run(squash, name) == ["Squashed"]
    assert [client.run(exists, name, commit) for commit in commits] == [False, False, False]


def test_a_leaked_file_is_erased_from_every_commit(
    made: tuple[str, list[str]], client: Client, world: World
) -> None:
    name, commits = made
    client.run(tag, name, "v1", commits[1])
    found = client.run(erase, name, True)
    assert found["names"] == ["secret.bin"]
    assert found["left"] == []
    assert found["files"] == [".gitattributes", "a.txt"]
    assert found["titles"] == ["Third", "Leak", "First", "initial commit"]
    assert not client.run(exists, name, commits[1])
    lfs = world.state / "repos/models" / name / "lfs"
    assert not any(path.is_file() for path in lfs.rglob("*"))


def test_what_a_squash_left_in_storage_is_still_listed_and_can_be_erased(
    made: tuple[str, list[str]], client: Client
) -> None:
    name, _ = made
    client.run(overwrite_and_squash, name)
    found = client.run(erase, name, True)
    assert len(found["names"]) == 2
    assert found["left"] == []


def test_a_file_erased_without_its_history_leaves_a_pointer_to_nothing(
    made: tuple[str, list[str]], client: Client, world: World
) -> None:
    name, _ = made
    assert "secret.bin" in client.run(erase, name, False)["files"]
    with world.http() as http:
        assert http.head(f"/{name}/resolve/main/secret.bin").headers["x-error-code"] == "EntryNotFound"


def test_git_itself_calls_the_repository_sound(
    made: tuple[str, list[str]], client: Client, world: World
) -> None:
    name, _ = made
    client.run(tag, name, "v1")
    client.run(write_to, name, "main")
    git = ["git", "-C", str(world.state / "repos/models" / name / "git")]
    subprocess.run([*git, "fsck", "--strict", "--full"], check=True)
    titles = subprocess.run([*git, "log", "--format=%s"], check=True, capture_output=True, text=True)
    assert titles.stdout.splitlines()[1:] == ["Third", "Leak", "First", "initial commit"]
