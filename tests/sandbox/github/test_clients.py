"""The clients the service is built on, and git itself, work against the sandbox unchanged."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import gidgethub.apps
import gidgethub.httpx
import github
import httpx
import httpx2
import pytest
from github import InputGitTreeElement

from tests.sandbox.github.stage import Stage


def _client(stage: Stage) -> github.Github:
    auth = github.Auth.AppAuth(stage.app["client_id"], stage.app["pem"])
    installation = auth.get_installation_auth(stage.installation["id"])
    return github.Github(base_url=f"{stage.url}/api/v3", auth=installation, seconds_between_writes=0)


def test_pygithub_commits_many_files_and_opens_a_pull_request(stage: Stage) -> None:
    with _client(stage) as client:
        repository = client.get_repo("alice/models")
        main = repository.get_git_ref("heads/main")
        base = repository.get_git_commit(main.object.sha)
        blob = repository.create_git_blob("aGVsbG8=", "base64")
        elements = [
            InputGitTreeElement("CARD.md", "100644", "blob", content="# Card\n"),
            InputGitTreeElement("hello.txt", "100644", "blob", sha=blob.sha),
        ]
        tree = repository.create_git_tree(elements, base.tree)
        made = repository.create_git_commit("Add a card", tree, [base])
        repository.create_git_ref("refs/heads/giveback/card", made.sha)
        pull = repository.create_pull("main", "giveback/card", title="A card", body="Here it is")
        assert pull.additions == 2
        assert [each.filename for each in pull.get_files()] == ["CARD.md", "hello.txt"]
        pull.add_to_labels("documentation", "from the bot")
        assert {each.name for each in pull.labels} == set()
        assert {each.name for each in pull.get_labels()} == {"documentation", "from the bot"}
        assert pull.user.login == "giveback[bot]"
        pull.merge(merge_method="squash")
        contents = repository.get_contents("CARD.md")
        assert not isinstance(contents, list)
        assert contents.decoded_content == b"# Card\n"
        with pytest.raises(github.UnknownObjectException):
            repository.get_contents("nothing.txt")


def test_pygithub_publishes_a_release_with_a_file(stage: Stage, tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"\x00\x01" * 1000)
    with _client(stage) as client:
        repository = client.get_repo("alice/models")
        release = repository.create_git_release("v1", "One", "First")
        asset = release.upload_asset(str(weights), content_type="application/octet-stream")
        assert asset.size == 2000
        assert [each.name for each in repository.get_release("v1").assets] == ["weights.bin"]
        fetched = httpx.get(asset.browser_download_url)
        assert fetched.content == weights.read_bytes()
    asked = {"Accept": "application/octet-stream"}
    bytes_asked = stage.alice("GET", asset.url, headers=asked, follow_redirects=True)
    assert bytes_asked.content == weights.read_bytes()


async def test_gidgethub_works_as_the_app(stage: Stage) -> None:
    async with httpx2.AsyncClient() as http:
        client = gidgethub.httpx.GitHubAPI(http, "giveback", base_url=f"{stage.url}/api/v3")
        token = await gidgethub.apps.get_installation_access_token(
            client,
            installation_id=str(stage.installation["id"]),
            app_id=stage.app["client_id"],
            private_key=stage.app["pem"],
        )
        mine = gidgethub.httpx.GitHubAPI(
            http, "giveback", oauth_token=token["token"], base_url=f"{stage.url}/api/v3"
        )
        issue = await mine.post("/repos/alice/models/issues", data={"title": "Hello"})
        await mine.post(f"{issue['url']}/labels", data=["bug"])
        await mine.patch(issue["url"], data={"state": "closed"})
        titles = [each["title"] async for each in mine.getiter("/repos/alice/models/issues?state=all")]
        assert titles == ["Hello"]
        assert mine.rate_limit is not None
        with pytest.raises(gidgethub.BadRequest, match="Not Found"):
            await mine.getitem("/repos/alice/none")
        with pytest.raises(gidgethub.InvalidField, match="title"):
            await mine.post("/repos/alice/models/issues", data={"title": " "})


def _git(folder: Path, *arguments: str) -> str:
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "alice",
        "GIT_AUTHOR_EMAIL": "alice@example.com",
        "GIT_COMMITTER_NAME": "alice",
        "GIT_COMMITTER_EMAIL": "alice@example.com",
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_git_clones_and_pushes_with_a_token(stage: Stage, tmp_path: Path) -> None:
    stage.repository("alice", "diary", {"a.txt": "a"}, private=True)
    address = f"{stage.url}/alice/diary.git"
    with pytest.raises(subprocess.CalledProcessError):
        _git(tmp_path, "clone", "--quiet", address, "refused")
    signed = address.replace("http://", f"http://x-access-token:{stage.alice.token}@")
    _git(tmp_path, "clone", "--quiet", signed, "diary")
    folder = tmp_path / "diary"
    (folder / "b.txt").write_text("b")
    _git(folder, "add", "b.txt")
    _git(folder, "commit", "--quiet", "--message", "Write b")
    _git(folder, "push", "--quiet", "origin", "main")
    _git(folder, "push", "--quiet", "origin", "main:topic")
    assert stage.alice("GET", "/repos/alice/diary/contents/b.txt").status_code == 200
    pushes = [each.payload for each in stage.settled().arrivals if each.event == "push"]
    assert [(each["ref"], len(each["commits"])) for each in pushes] == [
        ("refs/heads/main", 1),
        ("refs/heads/topic", 0),
    ]
    _git(folder, "pull", "--quiet", "--rebase", "origin", "main")


def test_a_push_without_the_right_is_refused(stage: Stage, tmp_path: Path) -> None:
    signed = f"{stage.url}/alice/models.git".replace("http://", f"http://bob:{stage.bob.token}@")
    _git(tmp_path, "clone", "--quiet", signed, "models")
    folder = tmp_path / "models"
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", "Sneak in")
    with pytest.raises(subprocess.CalledProcessError):
        _git(folder, "push", "--quiet", "origin", "main")
    assert [each for each in stage.settled().names if each == "push"] == []
