"""Large files go through the LFS batch API, at addresses that need no token and soon end."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx

from tests.sandbox.github.stage import Caller, Stage

WEIGHTS = b"weights" * 1000
OID = hashlib.sha256(WEIGHTS).hexdigest()
BATCH = "/alice/models.git/info/lfs/objects/batch"


def _batch(stage: Stage, who: Caller, operation: str, oid: str = OID, size: int = len(WEIGHTS)) -> Any:
    body = {"operation": operation, "transfers": ["basic"], "objects": [{"oid": oid, "size": size}]}
    answer = who("POST", f"{stage.url}{BATCH}", body, described=False)
    assert answer.headers["content-type"] == "application/vnd.git-lfs+json"
    return answer.json()["objects"][0] if answer.is_success else answer.status_code


def test_a_file_is_uploaded_once_and_downloaded_by_range(stage: Stage) -> None:
    action = _batch(stage, stage.bot, "upload")["actions"]["upload"]
    assert httpx.put(action["href"], content=b"other").status_code == 422
    assert httpx.put(action["href"], content=WEIGHTS).status_code == 200
    assert "actions" not in _batch(stage, stage.bot, "upload")
    href = _batch(stage, stage.caller(None), "download")["actions"]["download"]["href"]
    assert httpx.get(href).content == WEIGHTS
    part = httpx.get(href, headers={"Range": "bytes=7-13"})
    assert (part.status_code, part.content) == (206, b"weights")
    assert httpx.get(href.replace("signature=", "signature=0")).status_code == 403
    assert httpx.get(href.split("?")[0]).status_code == 403


def test_a_file_nobody_uploaded_does_not_exist(stage: Stage) -> None:
    assert _batch(stage, stage.bot, "download")["error"]["code"] == 404
    assert _batch(stage, stage.bot, "download", oid="../../github.db")["error"]["code"] == 422


def test_uploading_needs_the_right_to_write(stage: Stage) -> None:
    assert _batch(stage, stage.bob, "upload") == 404
    assert _batch(stage, stage.caller(None), "upload") == 401
    assert _batch(stage, stage.caller("ghp_wrong"), "download") == 401


def test_the_stage_can_be_set_with_large_files(stage: Stage) -> None:
    given = {"model.safetensors": {"base64": base64.b64encode(WEIGHTS).decode(), "lfs": True}}
    stage.repository("alice", "large", given)
    raw = {"Accept": "application/vnd.github.raw+json"}
    pointer = stage.bot("GET", "/repos/alice/large/contents/model.safetensors", headers=raw).text
    assert pointer.splitlines()[1:] == [f"oid sha256:{OID}", f"size {len(WEIGHTS)}"]
    href = _batch(stage, stage.bot, "download")["actions"]["download"]["href"]
    assert httpx.get(href).content == WEIGHTS
