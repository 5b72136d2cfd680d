"""Large files uploaded in parts."""

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi, hf_hub_download

from tests.sandbox.hub.client import Client
from tests.sandbox.hub.conftest import World

CHUNK = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def multipart_chunk() -> int:
    return CHUNK


def publish(repo_id: str, path: str, cache: str) -> str:
    api = HfApi()
    api.create_repo(repo_id, exist_ok=True)
    api.upload_file(repo_id=repo_id, path_or_fileobj=path, path_in_repo="model.safetensors")
    back = hf_hub_download(repo_id, "model.safetensors", cache_dir=cache, force_download=True)
    return hashlib.sha256(Path(back).read_bytes()).hexdigest()


def parts_put(world: World) -> int:
    return sum("/parts/" in str(entry["path"]) and entry["status"] == 200 for entry in world.requests())


def announced(world: World, content: bytes) -> dict[str, Any]:
    asked = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
    body = {"operation": "upload", "transfers": ["basic", "multipart"], "objects": [asked]}
    with world.http("ann") as http:
        answer = http.post("/acme/parted.git/info/lfs/objects/batch", json=body).json()
    found: dict[str, Any] = answer["objects"][0]["actions"]["upload"]
    return found


def test_a_file_of_21_megabytes_is_uploaded_in_three_parts(
    client: Client, world: World, tmp_path: Path
) -> None:
    path = tmp_path / "w"
    path.write_bytes(b"0123456789abcdef" * (21 * 65536))
    before = parts_put(world)
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert client.run(publish, "acme/parted", str(path), str(tmp_path)) == expected
    assert parts_put(world) - before == 3


def test_a_part_whose_connection_is_cut_is_sent_again(client: Client, world: World, tmp_path: Path) -> None:
    path = tmp_path / "w"
    path.write_bytes(b"fedcba9876543210" * (21 * 65536))
    world.fault(path="/parts/[0-9a-f]+/2$", kind="cut", times=1)
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert client.run(publish, "acme/parted", str(path), str(tmp_path)) == expected


def test_a_completion_whose_answer_was_lost_can_be_repeated(
    client: Client, world: World, tmp_path: Path
) -> None:
    path = tmp_path / "w"
    path.write_bytes(b"once more with feeling.." * (9 * 65536))
    world.fault(path="/complete/", kind="cut", after_response=True, times=1)
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert client.run(publish, "acme/parted", str(path), str(tmp_path)) == expected


def test_parts_that_do_not_make_up_the_announced_file_are_refused(client: Client, world: World) -> None:
    upload = announced(world, b"x" * (CHUNK + 10))
    oid = hashlib.sha256(b"x" * (CHUNK + 10)).hexdigest()
    etags = [
        httpx.put(upload["header"]["1"], content=b"x" * CHUNK).headers["etag"],
        httpx.put(upload["header"]["2"], content=b"y" * 10).headers["etag"],
    ]
    parts = [{"partNumber": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    swapped = httpx.post(
        upload["href"], json={"oid": oid, "parts": [parts[0], {**parts[1], "etag": etags[0]}]}
    )
    assert (swapped.status_code, "ETag of part 2" in swapped.text) == (400, True)
    missing = httpx.post(upload["href"], json={"oid": oid, "parts": [*parts, {"partNumber": 3, "etag": "e"}]})
    assert (missing.status_code, "part 3 was not uploaded" in missing.text) == (400, True)
    altered = httpx.post(upload["href"], json={"oid": oid, "parts": parts})
    assert (altered.status_code, "hashes to" in altered.text) == (400, True)


def test_a_small_file_goes_in_one_piece(world: World, client: Client) -> None:
    assert "header" not in announced(world, b"small")
