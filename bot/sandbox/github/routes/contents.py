"""Files of a repository: read, write and delete through commits."""

from __future__ import annotations

import base64
from dataclasses import replace

from bot.sandbox.github import content, git, pushes
from bot.sandbox.github.calls import Call, Reply, Routes, in_thread
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.problems import Problem, invalid, not_found
from bot.sandbox.github.shapes import git_objects as shapes
from bot.sandbox.github.store import timestamp

routes = Routes()
READ_LIMIT = 100 * 1024 * 1024
"""Bytes of a file the contents endpoint can answer at all, in the raw media type."""


def _raw(call: Call) -> bool:
    accept = call.request.headers.get("accept", "")
    return "raw" in accept and "vnd.github" in accept


def _revision(call: Call) -> str:
    return call.query.get("ref") or call.repository.default_branch


async def _commit(call: Call, revision: str) -> str:
    sha = await in_thread(call.git.resolve, revision)
    if sha is None:
        branches = await in_thread(call.git.refs)
        if not branches:
            raise Problem(404, "This repository is empty.")
        raise Problem(404, f"No commit found for the ref {revision}")
    return sha


async def _read(call: Call, path: str) -> Reply:
    revision = _revision(call)
    sha = await _commit(call, revision)
    path = path.strip("/")
    found = await in_thread(call.git.read, f"{sha}:{path}" if path else f"{sha}^{{tree}}")
    if found is None or found.kind not in ("blob", "tree"):
        raise not_found()
    if found.kind == "tree":
        entries = await in_thread(call.git.tree, found.sha)
        prefix = f"{path}/" if path else ""
        placed = (replace(each, path=prefix + each.path) for each in entries)
        return Reply(200, [shapes.entry(call.view, call.repository, each, revision) for each in placed])
    if len(found.content) > READ_LIMIT:
        raise Problem(403, "This API returns blobs up to 100 MB in size.", errors=[{"code": "too_large"}])
    if _raw(call):
        headers = {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"}
        return Reply(200, found.content, headers)
    entry = git.Entry("100644", "blob", found.sha, len(found.content), path)
    return Reply(200, shapes.file(call.view, call.repository, entry, revision, found.content))


@routes("GET", "/repos/{owner}/{repo}/contents", app="contents:read")
async def get_root(call: Call) -> Reply:
    """List the root folder."""
    return await _read(call, "")


@routes("GET", "/repos/{owner}/{repo}/contents/{path:path}", app="contents:read")
async def get_content(call: Call) -> Reply:
    """Show a file or list a folder, at ``ref`` or on the default branch."""
    return await _read(call, call.path["path"])


@routes("GET", "/repos/{owner}/{repo}/readme", app="contents:read")
async def get_readme(call: Call) -> Reply:
    """Show the README."""
    sha = await _commit(call, _revision(call))
    for entry in await in_thread(call.git.tree, sha):
        if entry.kind == "blob" and entry.path.lower().split(".")[0] == "readme":
            return await _read(call, entry.path)
    raise not_found()


async def _archive(call: Call, kind: str) -> Reply:
    sha = await _commit(call, call.path.get("ref") or call.repository.default_branch)
    target = f"{call.view.links.base}/{call.view.name(call.repository)}/archive/{sha}.{kind}"
    return Reply(302, None, {"Location": target})


@routes("GET", "/repos/{owner}/{repo}/tarball", app="contents:read")
@routes("GET", "/repos/{owner}/{repo}/tarball/{ref:path}", app="contents:read")
async def tarball(call: Call) -> Reply:
    """Say where a commit's files are to be had as a tar archive."""
    return await _archive(call, "tar.gz")


@routes("GET", "/repos/{owner}/{repo}/zipball", app="contents:read")
@routes("GET", "/repos/{owner}/{repo}/zipball/{ref:path}", app="contents:read")
async def zipball(call: Call) -> Reply:
    """Say where a commit's files are to be had as a zip archive."""
    return await _archive(call, "zip")


def _person(call: Call, fields: Fields | None, default: git.Signature) -> git.Signature:
    if fields is None:
        return default
    fields.required("name", "email")
    return git.Signature(fields.needed("name"), fields.needed("email"), fields.moment("date") or timestamp())


async def _write(call: Call, body: bytes | None, before: str | None, parent: str | None) -> git.Commit:
    """Commit one file to a branch, if it still is what the caller saw (``before``)."""
    path, branch = call.path["path"].strip("/"), call.fields.text("branch") or call.repository.default_branch
    given = call.fields.text("sha")
    if before is not None and given is None:
        raise Problem(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if given is not None and given != before:
        raise Problem(409, f"{path} does not match {given}")
    own = content.signature(call.account)
    author = _person(call, call.fields.object("author"), own)
    committer = _person(call, call.fields.object("committer"), author)
    commit = await in_thread(
        content.commit_files,
        call.git,
        {path: body},
        parent=parent,
        author=author,
        committer=committer,
        message=call.fields.needed("message"),
    )
    ref = f"refs/heads/{branch}"
    try:
        await in_thread(call.git.update, ref, commit, expected=parent or git.ZERO)
    except git.GitError:
        raise Problem(409, f"{path} is at another commit now; {branch} moved meanwhile") from None
    await pushes.pushed(call, ref, parent, commit)
    made = await in_thread(call.git.commit, commit)
    if made is None:
        raise Problem(500, "Server Error")
    return made


async def _before(call: Call) -> tuple[str | None, str | None]:
    """Find the branch's commit and the file's blob as they are now."""
    branch = call.fields.text("branch") or call.repository.default_branch
    parent = await in_thread(call.git.read, f"refs/heads/{branch}")
    if parent is None:
        branches = await in_thread(call.git.refs)
        if "branch" in call.fields and branches:
            raise Problem(404, f"Branch {branch} not found")
        return None, None
    found = await in_thread(call.git.read, f"{parent.sha}:{call.path['path'].strip('/')}")
    return parent.sha, found.sha if found else None


@routes("PUT", "/repos/{owner}/{repo}/contents/{path:path}", app="contents:write", role="write")
async def put_content(call: Call) -> Reply:
    """Create or replace a file with a commit."""
    call.fields.required("message", "content")
    try:
        body = base64.b64decode("".join(call.fields.needed("content").split()), validate=True)
    except ValueError:  # binascii.Error is one; characters outside ASCII raise another
        raise Problem(422, "content is not valid Base64") from None
    parent, before = await _before(call)
    commit = await _write(call, body, before, parent)
    path = call.path["path"].strip("/")
    blob = await in_thread(call.git.read, f"{commit.sha}:{path}")
    if blob is None:
        raise invalid("Commit", "path")
    branch = call.fields.text("branch") or call.repository.default_branch
    entry = git.Entry("100644", "blob", blob.sha, len(body), path)
    shaped = {
        "content": shapes.entry(call.view, call.repository, entry, branch),
        "commit": shapes.git_commit(call.view, call.repository, commit),
    }
    return Reply(200 if before else 201, shaped)


@routes("DELETE", "/repos/{owner}/{repo}/contents/{path:path}", app="contents:write", role="write")
async def delete_content(call: Call) -> Reply:
    """Delete a file with a commit."""
    # Some clients can only send a DELETE with a query; GitHub takes both.
    call.fields.content = dict(call.query.items()) | call.fields.content
    call.fields.required("message", "sha")
    parent, before = await _before(call)
    if before is None:
        raise not_found()
    commit = await _write(call, None, before, parent)
    return Reply(200, {"content": None, "commit": shapes.git_commit(call.view, call.repository, commit)})
