"""Answer calls that rewrite history, and those about the large files in all of it."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.calls import Call, Routes, repo_name, repo_type
from bot.sandbox.hub.discussions import isoformat
from bot.sandbox.hub.errors import bad_request, repository_not_found, revision_not_found
from bot.sandbox.hub.history import large_files_ever, without_large_files


async def super_squash(call: Call) -> Response:
    """Replace a branch's history by one commit. What was only in the history is gone."""
    body = await call.json()
    repo = call.writable()
    ref = f"refs/heads/{call.part('rev')}"
    head = repo.git.refs().get(ref)
    if head is None:
        raise revision_not_found(call.part("rev"))
    message = str(body.get("message") or f"Super-squash branch '{call.part('rev')}'")
    repo.record(ref, repo.git.files(head), call.known_caller().name, message, orphan=True)
    return Response(status_code=200)


async def list_large_files(call: Call) -> Response:
    """List every large file any ref's history leads to, then those none leads to any more."""
    repo = call.writable()
    referenced = list(large_files_ever(repo))
    shapes = [
        {
            "fileOid": found.pointer.sha256,
            "oid": found.blob,
            "filename": found.path,
            "size": found.pointer.size,
            "pushedAt": isoformat(found.commit.date),
            "pusher": {"name": found.commit.author},
            "ref": found.ref,
        }
        for found in referenced
    ]
    for sha in sorted(repo.large.stored() - {found.pointer.sha256 for found in referenced}):
        kept = repo.large.path(sha).stat()
        pushed = isoformat(datetime.fromtimestamp(kept.st_mtime, UTC))
        left = {
            "fileOid": sha,
            "oid": sha,
            "filename": sha,
            "size": kept.st_size,
            "pushedAt": pushed,
            "ref": None,
        }
        shapes.append(left)
    return JSONResponse(shapes)


async def delete_large_files(call: Call) -> Response:
    """Delete large files for good and, unless told otherwise, out of every commit that had them."""
    body = await call.json()
    repo = call.writable()
    deletions = body.get("deletions")
    if not isinstance(deletions, dict) or not isinstance(deletions.get("sha"), list):
        raise bad_request('"deletions.sha" must be a list')
    there = {found.pointer.sha256 for found in large_files_ever(repo)}
    doomed = {str(sha) for sha in deletions["sha"]} & (there | repo.large.stored())
    if deletions.get("rewriteHistory", True):
        without_large_files(repo, doomed)
    for sha in doomed:
        repo.large.delete(sha)
    return JSONResponse({"deleted": sorted(doomed)})


async def share_large_files(call: Call) -> Response:
    """Give another repository large files of this one, so that a commit there can point at them."""
    body = await call.json()
    repo, caller = call.downloadable(), call.known_caller()
    target, wanted = body.get("target"), body.get("files")
    if not isinstance(target, dict) or not isinstance(wanted, list):
        raise bad_request("The target and the list of files are needed")
    namespace, _, name = str(target.get("name")).partition("/")
    other = call.hub.shelf.get(repo_name(repo_type(target.get("type")), namespace, name))
    if other is None or not caller.may_write(other.name, other.settings.creator):
        raise repository_not_found(known_caller=True)
    failed = []
    there = {found.pointer.sha256 for found in large_files_ever(repo)}
    for sha in [str(file.get("sha256")) if isinstance(file, dict) else "" for file in wanted]:
        if sha in there and repo.large.size(sha) is not None:
            other.large.copy_from(repo.large, sha)
        else:
            failed.append({"sha256": sha, "error": "not a large file of this repository"})
    return JSONResponse({"failed": failed})


ROUTES: Routes = [
    ("POST", "/api/{kind}/{namespace}/{name}/super-squash/{rev}", super_squash),
    ("GET", "/api/{kind}/{namespace}/{name}/lfs-files", list_large_files),
    ("POST", "/api/{kind}/{namespace}/{name}/lfs-files/batch", delete_large_files),
    ("POST", "/api/{kind}/{namespace}/{name}/lfs-files/duplicate", share_large_files),
]
