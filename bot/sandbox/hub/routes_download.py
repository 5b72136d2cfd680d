"""Answer calls for files: from git, or from large-file storage by a signed redirect."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import FileResponse, RedirectResponse, Response

from bot.sandbox.hub.calls import Call, Routes
from bot.sandbox.hub.errors import HubError, entry_not_found
from bot.sandbox.hub.repository import File

_DRAWING = "image/svg+xml"
_WANTED_AS = "Sec-Fetch-Dest"
"""Says what a browser wants a file for. As a picture the Hub hands out a drawing as what it is, and as text
to whoever opens it by itself (huggingface/hub-docs, pull request 1481)."""


async def resolve(call: Call) -> Response:
    """Serve a file: itself when it is in git, else by a redirect to large-file storage."""
    repo = call.downloadable()
    commit_oid = repo.resolve(call.part("rev"))
    file = repo.find(commit_oid, call.part("path"))
    headers = {
        "X-Repo-Commit": commit_oid,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(file.path.rsplit('/', 1)[-1])}",
    }
    pointed_at = file.pointer if "/raw/" not in call.raw_path else None
    if pointed_at is None:
        headers["ETag"] = f'"{file.blob}"'
        return _in_memory(call, repo.git.read_blob(file.blob), file, headers)
    if repo.large.size(pointed_at.sha256) is None:
        raise entry_not_found(file.path, commit_oid)
    path = f"/_storage/{repo.name.type}s/{quote(repo.name.id)}/{pointed_at.sha256}"
    signed = call.hub.signer.sign("GET", path, commit=commit_oid, filename=file.path.rsplit("/", 1)[-1])
    headers |= {"X-Linked-Size": str(file.size), "X-Linked-Etag": f'"{pointed_at.sha256}"'}
    headers["ETag"] = headers["X-Linked-Etag"]
    return RedirectResponse(call.base + signed, 302, headers)


async def stored(call: Call) -> Response:
    """Serve a large file, whole or in part, to whoever holds a signed URL."""
    params = dict(call.request.query_params)
    call.hub.signer.check(call.request.method, call.raw_path, params)
    repo = call.hub.shelf.get(call.repo_name())
    oid = call.part("oid")
    if repo is None or repo.large.size(oid) is None:
        raise HubError(404, "Not found")
    # The client follows redirects on one host to the end and reads these from the last answer.
    headers = {
        "X-Repo-Commit": params["commit"],
        "X-Linked-Size": str(repo.large.size(oid)),
        "X-Linked-Etag": f'"{oid}"',
        "ETag": f'"{oid}"',
    }
    return FileResponse(
        repo.large.path(oid),
        headers=headers,
        media_type="application/octet-stream",
        filename=params["filename"],
    )


def _in_memory(call: Call, content: bytes, file: File, headers: dict[str, str]) -> Response:
    media_type = mimetypes.guess_type(file.path)[0] or "text/plain"
    if media_type == _DRAWING:
        headers["Vary"] = _WANTED_AS
    # A page of somebody's making must not run as one of this Hub's; a browser runs nothing in a picture.
    is_picture = media_type == _DRAWING and call.request.headers.get(_WANTED_AS) == "image"
    media_type = "text/plain" if media_type in ("text/html", _DRAWING) and not is_picture else media_type
    first = _range_start(call.request.headers, len(content))
    if first is None:
        return Response(content, 200, headers, media_type)
    headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
    return Response(content[first:], 206, headers, media_type)


def _range_start(headers: Headers, size: int) -> int | None:
    """Read the only range the client asks for, to resume: ``bytes=N-``."""
    given = headers.get("range", "")
    start = given.removeprefix("bytes=").removesuffix("-")
    if not given.startswith("bytes=") or not start.isdigit():
        return None
    if int(start) >= size:
        raise HubError(416, "Range not satisfiable", headers={"Content-Range": f"bytes */{size}"})
    return int(start)


ROUTES: Routes = [
    ("GET", "/_storage/{kind}/{namespace}/{name}/{oid}", stored),
    *[
        ("GET", f"{prefix}/{{namespace}}/{{name}}/{verb}/{{rev}}/{{path:path}}", resolve)
        for prefix in ("/datasets", "/spaces", "")
        for verb in ("resolve", "raw")
    ],
]
