"""Large files: uploaded in one piece by the real client, refused when they are not what was announced."""

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download

from tests.sandbox.hub.client import Client
from tests.sandbox.hub.conftest import World

SIZE = 21 * 1024 * 1024


def weights(at: Path, size: int = SIZE) -> Path:
    piece = hashlib.sha256(str(at).encode()).digest()
    at.write_bytes(piece * (size // 32))
    return at


def create(repo_id: str) -> None:
    HfApi().create_repo(repo_id)


def upload(repo_id: str, path: str, name: str) -> str:
    return str(HfApi().upload_file(repo_id=repo_id, path_or_fileobj=path, path_in_repo=name).oid)


def upload_open_file(repo_id: str, path: str, name: str) -> str:
    with Path(path).open("rb") as file:
        operation = CommitOperationAdd(path_in_repo=name, path_or_fileobj=file)
        return str(HfApi().create_commit(repo_id, [operation], commit_message="From an open file").oid)


def digest_of(repo_id: str, name: str, cache: str) -> str:
    path = hf_hub_download(repo_id, name, cache_dir=cache, force_download=True)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def batch(world: World, repo_id: str, content: bytes, **changes: object) -> dict[str, Any]:
    asked = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), **changes}
    with world.http("ann") as http:
        body = {"operation": "upload", "transfers": ["basic"], "objects": [asked]}
        answer = http.post(f"/{repo_id}.git/info/lfs/objects/batch", json=body)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()["objects"][0]
    return found


@pytest.fixture(scope="module")
def repo_id(client: Client) -> str:
    client.run(create, "acme/large")
    return "acme/large"


def stored_files(world: World, repo_id: str) -> list[Path]:
    return [path for path in (world.state / "repos/models" / repo_id / "lfs").rglob("*") if path.is_file()]


def test_a_file_of_21_megabytes_goes_to_large_storage_and_comes_back_whole(
    repo_id: str, client: Client, world: World, tmp_path: Path
) -> None:
    path = weights(tmp_path / "weights.txt")
    client.run(upload, repo_id, str(path), "weights.txt")
    assert (
        client.run(digest_of, repo_id, "weights.txt", str(tmp_path))
        == hashlib.sha256(path.read_bytes()).hexdigest()
    )
    paths = [entry["path"] for entry in world.requests()]
    assert any(path.startswith("/_storage/") for path in paths)


def test_an_open_file_is_uploaded_too(repo_id: str, client: Client, tmp_path: Path) -> None:
    path = weights(tmp_path / "opened.bin", 64_000)
    client.run(upload_open_file, repo_id, str(path), "opened.bin")
    assert (
        client.run(digest_of, repo_id, "opened.bin", str(tmp_path))
        == hashlib.sha256(path.read_bytes()).hexdigest()
    )


def test_weights_are_large_files_whatever_their_size(
    repo_id: str, client: Client, world: World, tmp_path: Path
) -> None:
    client.run(upload, repo_id, str(weights(tmp_path / "w", 64)), "small.safetensors")
    with world.http() as http:
        answer = http.head(f"/{repo_id}/resolve/main/small.safetensors")
    assert answer.status_code == 302
    assert answer.headers["x-linked-size"] == "64"


def test_uploading_the_same_again_makes_no_commit(repo_id: str, client: Client, tmp_path: Path) -> None:
    path = weights(tmp_path / "again.bin", 6400)
    first = client.run(upload, repo_id, str(path), "again.bin")
    assert client.run(upload, repo_id, str(path), "again.bin") == first


def test_a_connection_cut_in_the_middle_of_an_upload_is_tried_again(
    repo_id: str, client: Client, world: World, tmp_path: Path
) -> None:
    path = weights(tmp_path / "cut.bin")
    world.fault(path="^/_storage/", method="PUT", kind="cut", times=1)
    client.run(upload, repo_id, str(path), "cut.bin")
    assert (
        client.run(digest_of, repo_id, "cut.bin", str(tmp_path))
        == hashlib.sha256(path.read_bytes()).hexdigest()
    )


def test_a_download_cut_in_the_middle_is_resumed_where_it_stopped(
    repo_id: str, client: Client, world: World, tmp_path: Path
) -> None:
    path = weights(tmp_path / "resumed.bin")
    client.run(upload, repo_id, str(path), "resumed.bin")
    world.fault(path="^/_storage/", method="GET", kind="cut", after_bytes=15_000_000, times=1)
    assert (
        client.run(digest_of, repo_id, "resumed.bin", str(tmp_path))
        == hashlib.sha256(path.read_bytes()).hexdigest()
    )
    statuses = [entry["status"] for entry in world.requests() if "/_storage/" in str(entry["path"])]
    assert statuses[-1] == 206


def test_a_rate_limit_is_waited_for(repo_id: str, client: Client, world: World, tmp_path: Path) -> None:
    header = {"RateLimit": '"api";r=0;t=0'}
    world.fault(path="/preupload/", kind="rate_limit", status=429, headers=header, times=1)
    assert client.run(upload, repo_id, str(weights(tmp_path / "x", 640)), "limited.bin")


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (b"content"[:-1], "6 bytes arrived, 7 were announced"),
        (b"CONTENT", "hashes to"),
        (b"content!", "more than"),
    ],
    ids=["truncated", "altered", "too long"],
)
def test_content_that_is_not_what_was_announced_is_refused_and_not_kept(
    repo_id: str, world: World, sent: bytes, complaint: str
) -> None:
    announced = batch(world, repo_id, b"content")
    before = stored_files(world, repo_id)
    answer = httpx.put(announced["actions"]["upload"]["href"], content=sent)
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]
    assert stored_files(world, repo_id) == before
    with world.http("ann") as http:
        body = {"oid": announced["oid"], "size": announced["size"]}
        assert http.post(announced["actions"]["verify"]["href"], json=body).status_code == 422


def test_an_upload_whose_sender_goes_away_leaves_nothing(repo_id: str, world: World) -> None:
    before = stored_files(world, repo_id)
    href = urlsplit(batch(world, repo_id, b"x" * 100_000)["actions"]["upload"]["href"])
    with socket.create_connection((href.hostname, href.port)) as sender:
        request = (
            f"PUT {href.path}?{href.query} HTTP/1.1\r\nHost: {href.netloc}\r\nContent-Length: 100000\r\n\r\n"
        )
        sender.sendall(request.encode() + b"x" * 50_000)
    while world.requests()[-1]["status"] != 499:
        pass
    assert stored_files(world, repo_id) == before


def test_a_stored_file_that_rotted_on_disk_fails_verification(repo_id: str, world: World) -> None:
    content = b"will rot"
    announced = batch(world, repo_id, content)
    httpx.put(announced["actions"]["upload"]["href"], content=content).raise_for_status()
    (path,) = [path for path in stored_files(world, repo_id) if path.name == announced["oid"]]
    path.write_bytes(b"is rotten"[:8])
    with world.http("ann") as http:
        body = {"oid": announced["oid"], "size": announced["size"]}
        assert http.post(announced["actions"]["verify"]["href"], json=body).status_code == 422


def test_an_object_that_is_stored_needs_no_upload(repo_id: str, world: World) -> None:
    content = b"already here"
    httpx.put(batch(world, repo_id, content)["actions"]["upload"]["href"], content=content).raise_for_status()
    assert "actions" not in batch(world, repo_id, content)


@pytest.mark.parametrize(
    "changes", [{"oid": "../../x"}, {"oid": "0" * 63}, {"size": 0}, {"size": "9"}, {"size": 10**15}]
)
def test_an_object_that_cannot_be_is_refused_in_the_batch(
    repo_id: str, world: World, changes: dict[str, object]
) -> None:
    assert batch(world, repo_id, b"x", **changes)["error"]["code"] == 422


def test_an_upload_address_is_good_for_one_object_and_one_method_only(repo_id: str, world: World) -> None:
    href = batch(world, repo_id, b"signed")["actions"]["upload"]["href"]
    other = hashlib.sha256(b"other").hexdigest()
    own = hashlib.sha256(b"signed").hexdigest()
    assert httpx.put(href.replace(own, other), content=b"other").status_code == 403
    assert httpx.put(href.replace("size=6", "size=7"), content=b"other..").status_code == 403
    assert httpx.get(href).status_code == 403
    assert httpx.put(href.partition("?")[0], content=b"signed").status_code == 403


def test_an_upload_that_ends_after_its_repository_was_deleted_does_not_bring_it_back(
    client: Client, world: World, fresh: Any
) -> None:
    name = fresh()
    client.run(create, name)
    href = batch(world, name, b"first half, second half")["actions"]["upload"]["href"]

    def pieces() -> Iterator[bytes]:
        yield b"first half, "
        with world.http("ann") as http:
            namespace, _, own = name.partition("/")
            body = {"name": own, "organization": namespace}
            http.request("DELETE", "/api/repos/delete", json=body).raise_for_status()
        yield b"second half"

    assert httpx.put(href, content=pieces()).status_code == 404
    assert not (world.state / "repos/models" / name).exists()
    client.run(create, name)


def test_a_commit_cannot_point_at_a_large_file_that_was_never_uploaded(repo_id: str, world: World) -> None:
    missing = hashlib.sha256(b"never").hexdigest()
    lines = (
        {"key": "header", "value": {"summary": "Point nowhere"}},
        {"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": missing, "size": 5}},
    )
    with world.http("ann") as http:
        answer = http.post(f"/api/models/{repo_id}/commit/main", content="\n".join(map(json.dumps, lines)))
    assert answer.status_code == 400
    assert "not uploaded" in answer.json()["error"]
