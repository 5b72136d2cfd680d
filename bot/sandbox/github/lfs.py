"""Git LFS: the batch API and the store behind it, reached through signed addresses as on GitHub.

Protocol: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md (basic transfers).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.sandbox.github import permissions
from bot.sandbox.github.calls import in_thread
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.house import House
from bot.sandbox.github.identity import identify
from bot.sandbox.github.problems import Problem, not_found
from bot.sandbox.github.shapes.view import Json

MEDIA_TYPE = "application/vnd.git-lfs+json"
ADDRESS_SECONDS = 3600
_OID = re.compile(r"[0-9a-f]{64}")


def store_object(folder: Path, body: bytes) -> str:
    """Keep a large file under its SHA-256 and answer that."""
    oid = hashlib.sha256(body).hexdigest()
    folder.mkdir(exist_ok=True)
    unfinished = folder / f"{oid}.{os.urandom(4).hex()}"
    unfinished.write_bytes(body)
    unfinished.replace(folder / oid)
    return oid


def pointer(oid: str, size: int) -> bytes:
    """Write the small file that stands in git for a large one."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


def _signature(house: House, verb: str, oid: str, ends: int) -> str:
    return hmac.new(house.signing_key, f"{verb} {oid} {ends}".encode(), hashlib.sha256).hexdigest()


def _action(house: House, base: str, verb: str, oid: str) -> Json:
    ends = int(time.time()) + ADDRESS_SECONDS
    href = f"{base}/_lfs/{oid}?expires={ends}&signature={_signature(house, verb, oid, ends)}"
    return {"href": href, "header": {}, "expires_in": ADDRESS_SECONDS}


def _object(house: House, base: str, operation: str, given: Json) -> Json:
    """Answer for one object of a batch: where to get or put it, or why not."""
    oid, size = str(given.get("oid")), given.get("size")
    if not _OID.fullmatch(oid) or not isinstance(size, int) or size < 0:
        return {"oid": oid, "size": 0, "error": {"code": 422, "message": "oid or size is invalid"}}
    answer: Json = {"oid": oid, "size": size, "authenticated": True}
    path = house.lfs_folder() / oid
    present = path.is_file()
    if present and path.stat().st_size != size:
        return {"oid": oid, "size": size, "error": {"code": 422, "message": "size does not match the object"}}
    if operation == "download":
        if not present:
            return {"oid": oid, "size": size, "error": {"code": 404, "message": "Object does not exist"}}
        answer["actions"] = {"download": _action(house, base, "GET", oid)}
    elif not present:
        answer["actions"] = {"upload": _action(house, base, "PUT", oid)}
    return answer


async def _batch(request: Request) -> Json:
    house: House = request.app.state.house
    fields = Fields.parse(await request.body())
    operation = fields.choice("operation", "download", "upload")
    writing = operation == "upload"
    actor = identify(house.store, request.headers.get("authorization"))
    repository = house.find_repository(request.path_params["owner"], request.path_params["repo"])
    if repository is None:
        raise not_found()
    app, role = ("contents:write", "write") if writing else ("contents:read", "read")
    permissions.check(house.store, actor, repository, app=app, role=role)
    if "basic" not in (fields.texts("transfers") or ["basic"]):
        raise Problem(422, "Only the basic transfer adapter is supported.")
    base = request.app.state.api.view(request).links.base
    objects = [
        _object(house, base, operation or "", given)
        for given in fields.items("objects") or []
        if isinstance(given, dict)
    ]
    return {"transfer": "basic", "objects": objects, "hash_algo": "sha256"}


async def batch(request: Request) -> Response:
    """Say where large files are got from or put to."""
    headers = {}
    try:
        status, body = 200, await _batch(request)
    except Problem as problem:
        status, body = problem.status, problem.body
        if status == 401:
            headers["LFS-Authenticate"] = 'Basic realm="GitHub"'
    return Response(orjson.dumps(body), status, headers, media_type=MEDIA_TYPE)


def _admitted(request: Request, verb: str) -> bool:
    ends, given = request.query_params.get("expires", ""), request.query_params.get("signature", "")
    if not ends.isdecimal() or int(ends) < time.time():
        return False
    wanted = _signature(request.app.state.house, verb, request.path_params["oid"], int(ends))
    return hmac.compare_digest(wanted.encode(), given.encode())


async def download(request: Request) -> Response:
    """Answer a large file's bytes, also in ranges."""
    path = request.app.state.house.lfs_folder() / request.path_params["oid"]
    if not _admitted(request, "GET"):
        return Response("This address is not or no longer good.", 403)
    if not await in_thread(path.is_file):
        return Response("There is no such object.", 404)
    return FileResponse(path, media_type="application/octet-stream")


async def upload(request: Request) -> Response:
    """Take a large file, if its bytes have the SHA-256 they are announced under."""
    oid, body = request.path_params["oid"], await request.body()
    if not _admitted(request, "PUT"):
        return Response("This address is not or no longer good.", 403)
    if hashlib.sha256(body).hexdigest() != oid:
        return Response("The bytes do not have this SHA-256.", 422)
    await in_thread(store_object, request.app.state.house.lfs_folder(), body)
    return Response(status_code=200)


ROUTES = [
    Route("/{owner}/{repo}.git/info/lfs/objects/batch", batch, methods=["POST"]),
    Route("/_lfs/{oid}", download, methods=["GET"]),
    Route("/_lfs/{oid}", upload, methods=["PUT"]),
]
