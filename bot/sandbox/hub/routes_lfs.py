"""Answer the Git LFS calls: batch, upload in one piece or many, verify (git-lfs, docs/api/batch.md)."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.calls import Call, Routes
from bot.sandbox.hub.errors import HubError, bad_request
from bot.sandbox.hub.largefiles import MismatchError, valid_oid
from bot.sandbox.hub.repository import Repo

MEDIA_TYPE = "application/vnd.git-lfs+json"

SIZE_LIMIT = 500 * 10**9
"""Bytes in one file (hub-docs, "Storage limits")."""

BATCH_LIMIT = 1000
"""Objects in one batch; the client sends 256."""


async def batch(call: Call) -> Response:
    """Say where to upload each object; one that is stored already needs no action."""
    repo = call.open_to_proposals()
    body = await call.json()
    objects = body.get("objects")
    if body.get("operation") != "upload" or not isinstance(objects, list) or len(objects) > BATCH_LIMIT:
        raise bad_request(f"A batch is an upload of at most {BATCH_LIMIT} objects")
    if body.get("hash_algo", "sha256") != "sha256":
        raise HubError(409, "Only sha256 is supported")
    transfers = body.get("transfers")
    parts_taken = isinstance(transfers, list) and "multipart" in transfers
    answers = [_instructed(call, repo, wanted, parts_taken=parts_taken) for wanted in objects]
    transfer = "multipart" if any("chunk_size" in _upload_header(answer) for answer in answers) else "basic"
    return JSONResponse({"transfer": transfer, "objects": answers}, media_type=MEDIA_TYPE)


def _instructed(call: Call, repo: Repo, wanted: object, *, parts_taken: bool) -> dict[str, Any]:
    asked = wanted if isinstance(wanted, dict) else {}
    oid, size = asked.get("oid"), asked.get("size")
    if not valid_oid(oid) or not isinstance(size, int) or not 0 < size <= SIZE_LIMIT:
        problem = f"needs a sha256 oid and a size from 1 to {SIZE_LIMIT} bytes"
        return {"oid": str(oid), "size": size or 0, "error": {"code": 422, "message": problem}}
    oid = str(oid)
    answer: dict[str, Any] = {"oid": oid, "size": size}
    if repo.large.size(oid) == size:
        return answer
    chunk = call.hub.multipart_chunk if parts_taken else None
    upload = (
        _in_parts(call, repo, oid, size, chunk) if chunk and size > chunk else _whole(call, repo, oid, size)
    )
    verify = f"{call.base}/{repo.name.path}.git/info/lfs/objects/verify"
    return {**answer, "authenticated": True, "actions": {"upload": upload, "verify": {"href": verify}}}


def _whole(call: Call, repo: Repo, oid: str, size: int) -> dict[str, Any]:
    signed = call.hub.signer.sign("PUT", _path(repo, oid), size=str(size))
    return {"href": call.base + signed}


def _in_parts(call: Call, repo: Repo, oid: str, size: int, chunk: int) -> dict[str, Any]:
    upload = secrets.token_hex(8)
    header = {"chunk_size": str(chunk)}
    for number in range(1, -(-size // chunk) + 1):
        path = f"{_path(repo, oid)}/parts/{upload}/{number}"
        header[str(number)] = call.base + call.hub.signer.sign("PUT", path, size=str(chunk))
    whole = call.hub.signer.sign("POST", f"{_path(repo, oid)}/complete/{upload}", size=str(size))
    return {"href": call.base + whole, "header": header}


def _path(repo: Repo, oid: str) -> str:
    return f"/_storage/{repo.name.type}s/{quote(repo.name.id)}/{oid}"


def _upload_header(answer: dict[str, Any]) -> dict[str, str]:
    header: dict[str, str] = answer.get("actions", {}).get("upload", {}).get("header", {})
    return header


async def put_whole(call: Call) -> Response:
    """Take in an object; refuse one that is not what its URL was signed for."""
    repo, size = _signed(call)
    try:
        await repo.large.receive(call.part("oid"), size, call.request.stream())
    except (MismatchError, FileNotFoundError) as error:
        raise _refused(error) from error
    return Response(status_code=200)


async def put_part(call: Call) -> Response:
    """Take in one part and answer with the ETag the client has to repeat."""
    repo, limit = _signed(call)
    try:
        upload, number = call.part("upload"), int(call.part("number"))
        etag = await repo.large.receive_part(upload, number, call.request.stream(), limit)
    except (MismatchError, FileNotFoundError) as error:
        raise _refused(error) from error
    return Response(status_code=200, headers={"ETag": f'"{etag}"'})


async def complete(call: Call) -> Response:
    """Join the parts into the object they are meant to be, or refuse."""
    repo, size = _signed(call)
    body = await call.json()
    parts = body.get("parts")
    if body.get("oid") != call.part("oid") or not isinstance(parts, list):
        raise bad_request("The oid and the list of parts are needed")
    try:
        etags = [str(part["etag"]) for part in sorted(parts, key=lambda part: part["partNumber"])]
    except (KeyError, TypeError) as error:
        raise bad_request("Each part needs its partNumber and etag") from error
    try:
        await repo.large.complete(call.part("upload"), call.part("oid"), size, etags)
    except (MismatchError, FileNotFoundError) as error:
        raise _refused(error) from error
    return JSONResponse({})


async def verify(call: Call) -> Response:
    """Hash what was uploaded once more, from disk."""
    repo = call.open_to_proposals()
    body = await call.json()
    if not valid_oid(body.get("oid")) or not isinstance(body.get("size"), int):
        raise bad_request("The oid and the size in bytes are needed")
    try:
        await repo.large.verify(body["oid"], body["size"])
    except MismatchError as error:
        raise HubError(422, f"Verification failed: {error}") from error
    return JSONResponse({}, media_type=MEDIA_TYPE)


def _refused(error: Exception) -> HubError:
    if isinstance(error, FileNotFoundError):
        return HubError(404, "The repository was deleted or moved during the upload")
    return bad_request(f"Upload refused: {error}")


def _signed(call: Call) -> tuple[Repo, int]:
    params = dict(call.request.query_params)
    call.hub.signer.check(call.request.method, call.raw_path, params)
    repo = call.hub.shelf.get(call.repo_name())
    if repo is None:
        raise HubError(404, "Not found")
    return repo, int(params["size"])


STORED = "/_storage/{kind}/{namespace}/{name}/{oid}"

ROUTES: Routes = [
    ("PUT", STORED, put_whole),
    ("PUT", STORED + "/parts/{upload}/{number}", put_part),
    ("POST", STORED + "/complete/{upload}", complete),
    *[
        ("POST", f"{prefix}/{{namespace}}/{{name}}.git/info/lfs/objects/{verb}", handler)
        for prefix in ("/datasets", "/spaces", "")
        for verb, handler in (("batch", batch), ("verify", verify))
    ],
]
