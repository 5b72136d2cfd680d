"""Publishing a model with the real client: create, upload, look, download, tag, show."""

from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download

from tests.sandbox.hub.client import Client
from tests.sandbox.hub.conftest import World

WEIGHTS = bytes(range(256)) * 100
CARD = "---\nlicense: apache-2.0\nlibrary_name: numpy\ntags:\n- tiny\n---\n# Tiny\n"


def folder(at: Path, card: str = CARD) -> str:
    at.mkdir()
    (at / "README.md").write_text(card)
    (at / "config.json").write_text('{"model_type": "tiny"}')
    (at / "model.safetensors").write_bytes(WEIGHTS)
    (at / "sub").mkdir()
    (at / "sub" / "notes.txt").write_text("ünïcode\n")
    return str(at)


def publish(repo_id: str, path: str) -> dict[str, Any]:
    api = HfApi()
    url = api.create_repo(repo_id, private=True)
    made = api.upload_folder(repo_id=repo_id, folder_path=path, commit_message="First version")
    info = api.model_info(repo_id, files_metadata=True)
    return {
        "url": str(url),
        "oid": made.oid,
        "sha": info.sha,
        "private": info.private,
        "commit_url": made.commit_url,
    }


def download(repo_id: str, cache: str, revision: str | None = None) -> dict[str, str]:
    path = snapshot_download(repo_id, cache_dir=cache, revision=revision)
    return {
        str(file.relative_to(path)): file.read_bytes().hex()
        for file in Path(path).rglob("*")
        if file.is_file()
    }


def release(repo_id: str, tag: str) -> dict[str, Any]:
    api = HfApi()
    api.update_repo_settings(repo_id, private=False)
    api.create_tag(repo_id, tag=tag, tag_message="The first one")
    refs = api.list_repo_refs(repo_id)
    return {
        "private": api.model_info(repo_id).private,
        "tags": {ref.name: ref.target_commit for ref in refs.tags},
        "branches": {ref.name: ref.target_commit for ref in refs.branches},
    }


def one_file(repo_id: str, cache: str) -> str:
    return Path(hf_hub_download(repo_id, "model.safetensors", cache_dir=cache)).read_bytes().hex()


@pytest.fixture(scope="module")
def published(client: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = folder(tmp_path_factory.mktemp("source") / "model")
    return {"id": "acme/tiny", "path": path, **client.run(publish, "acme/tiny", path)}


def test_a_folder_is_published_as_one_private_commit(published: dict[str, Any], world: World) -> None:
    assert published["url"] == f"{world.url}/acme/tiny"
    assert published["oid"] == published["sha"]
    assert published["private"] is True


def test_what_is_downloaded_is_what_was_uploaded_byte_for_byte(
    published: dict[str, Any], client: Client, tmp_path: Path
) -> None:
    found = client.run(download, "acme/tiny", str(tmp_path))
    source = Path(published["path"])
    expected = {str(f.relative_to(source)): f.read_bytes().hex() for f in source.rglob("*") if f.is_file()}
    assert {name: content for name, content in found.items() if name != ".gitattributes"} == expected


def test_one_file_is_downloaded_from_large_storage(
    published: dict[str, Any], client: Client, tmp_path: Path
) -> None:
    assert bytes.fromhex(client.run(one_file, "acme/tiny", str(tmp_path))) == WEIGHTS


def test_a_release_is_made_public_and_tagged(published: dict[str, Any], client: Client) -> None:
    found = client.run(release, "acme/tiny", "v1.0")
    assert found["private"] is False
    assert found["tags"] == {"v1.0": published["oid"]}
    assert found["branches"] == {"main": published["oid"]}
