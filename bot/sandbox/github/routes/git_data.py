"""Git's own objects: refs, blobs, trees, commits and tags."""

from __future__ import annotations

import base64
from typing import Any

from bot.sandbox.github import content, git, pushes
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes, in_thread
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.problems import Problem, not_found
from bot.sandbox.github.shapes import git_objects as shapes
from bot.sandbox.github.shapes.view import node
from bot.sandbox.github.store import timestamp

routes = Routes()
GIT = "/repos/{owner}/{repo}/git"
MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}


async def _read_ref(call: Call, ref: str) -> git.Object:
    found = (await in_thread(call.git.refs, ref)).get(ref)
    target = await in_thread(call.git.read, found) if found else None
    if target is None:
        raise not_found()
    return target


@routes("GET", f"{GIT}/ref/{{ref:path}}", app="contents:read")
async def get_ref(call: Call) -> Reply:
    """Show one ref: ``heads/main``."""
    name = f"refs/{call.path['ref']}"
    return Reply(200, shapes.ref(call.view, call.repository, name, await _read_ref(call, name)))


@routes("GET", f"{GIT}/matching-refs/{{ref:path}}", app="contents:read")
async def matching_refs(call: Call) -> Reply:
    """List the refs whose names start so; none is an empty list."""
    found = await in_thread(call.git.refs, f"refs/{call.path['ref']}")
    shaped = []
    for name, sha in sorted(found.items()):
        target = await in_thread(call.git.read, sha)
        if target is not None and not name.startswith("refs/sandbox/"):
            shaped.append(shapes.ref(call.view, call.repository, name, target))
    return Reply(200, shaped)


async def _target(call: Call) -> git.Object:
    found = await in_thread(call.git.read, call.fields.needed("sha"))
    if found is None:
        raise Problem(422, "Object does not exist")
    return found


@routes("POST", f"{GIT}/refs", app="contents:write", role="write")
async def create_ref(call: Call) -> Reply:
    """Create a branch or tag."""
    call.fields.required("ref", "sha")
    name, target = call.fields.needed("ref"), await _target(call)
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Problem(422, "Reference name must contain at least three slash-separated components.")
    if name in await in_thread(call.git.refs, name):
        raise Problem(422, "Reference already exists")
    try:
        await in_thread(call.git.update, name, target.sha, expected=git.ZERO)
    except git.GitError:
        raise Problem(422, "Reference update failed") from None
    await pushes.pushed(call, name, None, target.sha)
    shaped = shapes.ref(call.view, call.repository, name, target)
    return Reply(201, shaped, {"Location": shaped["url"]})


@routes("PATCH", f"{GIT}/refs/{{ref:path}}", app="contents:write", role="write")
async def update_ref(call: Call) -> Reply:
    """Move a branch, forward only unless forced."""
    name, target = f"refs/{call.path['ref']}", await _target(call)
    before = (await in_thread(call.git.refs, name)).get(name)
    if before is None:
        raise Problem(422, "Reference does not exist")
    forced = call.fields.flag("force") or False
    if not forced and not await in_thread(call.git.is_ancestor, before, target.sha):
        raise Problem(422, "Update is not a fast forward")
    try:
        await in_thread(call.git.update, name, target.sha, expected=before)
    except git.GitError:
        raise Problem(422, "Reference update failed") from None
    if before != target.sha:
        await pushes.pushed(call, name, before, target.sha)
    return Reply(200, shapes.ref(call.view, call.repository, name, target))


@routes("DELETE", f"{GIT}/refs/{{ref:path}}", app="contents:write", role="write")
async def delete_ref(call: Call) -> Reply:
    """Delete a branch or tag."""
    name = f"refs/{call.path['ref']}"
    before = (await in_thread(call.git.refs, name)).get(name)
    if before is None:
        raise Problem(422, "Reference does not exist")
    if name == f"refs/heads/{call.repository.default_branch}":
        raise Problem(422, "Cannot delete the default branch")
    await in_thread(call.git.remove, name)
    await pushes.pushed(call, name, before, None)
    return NO_CONTENT


async def _read(call: Call, kind: str) -> git.Object:
    found = await in_thread(call.git.read, call.path["sha"])
    if found is None or found.kind != kind:
        raise not_found()
    return found


@routes("GET", f"{GIT}/blobs/{{sha}}", app="contents:read")
async def get_blob(call: Call) -> Reply:
    """Show a blob, or its bytes in the raw media type."""
    blob = await _read(call, "blob")
    if "raw" in call.request.headers.get("accept", ""):
        return Reply(200, blob.content, {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    return Reply(200, shapes.blob(call.view, call.repository, blob))


@routes("POST", f"{GIT}/blobs", app="contents:write", role="write")
async def create_blob(call: Call) -> Reply:
    """Store a blob, from text or Base64."""
    call.fields.required("content")
    text, encoding = call.fields.needed("content"), call.fields.choice("encoding", "utf-8", "base64")
    try:
        body = (
            base64.b64decode("".join(text.split()), validate=True) if encoding == "base64" else text.encode()
        )
    except ValueError:  # binascii.Error is one; characters outside ASCII raise another
        raise Problem(422, "content is not valid Base64") from None
    sha = await in_thread(call.git.write, "blob", body)
    url = f"{call.view.links.api}/repos/{call.view.name(call.repository)}/git/blobs/{sha}"
    return Reply(201, {"sha": sha, "url": url}, {"Location": url})


@routes("GET", f"{GIT}/trees/{{sha:path}}", app="contents:read")
async def get_tree(call: Call) -> Reply:
    """List a tree, named by its sha or a commit's; ``recursive`` with any value goes to the bottom."""
    revision = call.path["sha"]
    commit = await in_thread(call.git.resolve, revision)
    tree = await in_thread(call.git.read, f"{commit or revision}^{{tree}}")
    if tree is None:
        raise not_found()
    entries = await in_thread(call.git.tree, tree.sha, recursive="recursive" in call.query)
    return Reply(200, shapes.tree(call.view, call.repository, tree.sha, entries))


async def _entry(call: Call, given: Any) -> tuple[str, tuple[str, str] | None]:
    """Read one entry of a new tree: path, and mode with sha, or None to take the path away."""
    if not isinstance(given, dict):
        raise Problem(422, "Invalid request.\n\nFor 'properties/tree', the items are objects.")
    fields = Fields(given)
    path, text = fields.needed("path"), fields.text("content")
    if path.startswith("/"):
        raise Problem(422, "tree.path cannot start with a slash")
    mode = fields.choice("mode", *MODES) or "100644"
    if text is not None:
        return path, (mode, await in_thread(call.git.write, "blob", text.encode()))
    sha = fields.text("sha")
    if sha is None:
        if "sha" not in fields:
            raise Problem(422, "Must supply either tree.sha or tree.content")
        return path, None
    found = await in_thread(call.git.read, sha)
    if mode != "160000" and (found is None or found.kind != MODES[mode] or found.sha != sha):
        raise Problem(422, f"tree.sha {sha} is not a valid {MODES[mode]}")
    return path, (mode, sha)


@routes("POST", f"{GIT}/trees", app="contents:write", role="write")
async def create_tree(call: Call) -> Reply:
    """Store a tree: entries, on top of ``base_tree`` if there is one."""
    call.fields.required("tree")
    base, items = call.fields.text("base_tree"), call.fields.items("tree") or []
    if base is not None and await in_thread(call.git.read, f"{base}^{{tree}}") is None:
        raise Problem(422, "base_tree is not a valid tree oid")
    entries = dict([await _entry(call, given) for given in items])
    trees = {path: entry[1] for path, entry in entries.items() if entry and entry[0] == "040000"}
    for path, sha in trees.items():
        del entries[path]
        for inner in await in_thread(call.git.tree, sha, recursive=True):
            if inner.kind != "tree":
                entries[f"{path}/{inner.path}"] = (inner.mode, inner.sha)
    sha = await in_thread(call.git.write_tree, f"{base}^{{tree}}" if base else None, entries)
    shaped = shapes.tree(call.view, call.repository, sha, await in_thread(call.git.tree, sha))
    return Reply(201, shaped, {"Location": shaped["url"]})


def _person(call: Call, name: str, default: git.Signature) -> git.Signature:
    fields = call.fields.object(name)
    if fields is None:
        return default
    fields.required("name", "email")
    return git.Signature(fields.needed("name"), fields.needed("email"), fields.moment("date") or timestamp())


@routes("POST", f"{GIT}/commits", app="contents:write", role="write")
async def create_commit(call: Call) -> Reply:
    """Store a commit; by the caller unless it names somebody."""
    call.fields.required("message", "tree")
    tree = await in_thread(call.git.read, call.fields.needed("tree"))
    if tree is None or tree.kind != "tree":
        raise Problem(422, "Tree SHA does not exist")
    parents = call.fields.texts("parents") or []
    for parent in parents:
        found = await in_thread(call.git.read, parent)
        if found is None or found.kind != "commit":
            raise Problem(422, "Parent SHA does not exist or is not a commit object")
    author = _person(call, "author", content.signature(call.account))
    committer = _person(call, "committer", author)
    message = call.fields.needed("message")
    sha = await in_thread(call.git.write_commit, tree.sha, parents, author, committer, message)
    made = await in_thread(call.git.commit, sha)
    if made is None:
        raise Problem(500, "Server Error")
    shaped = shapes.git_commit(call.view, call.repository, made)
    return Reply(201, shaped, {"Location": shaped["url"]})


@routes("GET", f"{GIT}/commits/{{sha}}", app="contents:read")
async def get_commit(call: Call) -> Reply:
    """Show a commit as git has it."""
    commit = git.parse_commit(await _read(call, "commit"))
    return Reply(200, shapes.git_commit(call.view, call.repository, commit))


@routes("POST", f"{GIT}/tags", app="contents:write", role="write")
async def create_tag(call: Call) -> Reply:
    """Store an annotated tag; a ref to it is the caller's next step."""
    call.fields.required("tag", "message", "object", "type")
    target = await in_thread(call.git.read, call.fields.needed("object"))
    if target is None or target.kind != call.fields.text("type"):
        raise Problem(422, "Object does not exist")
    tagger = _person(call, "tagger", content.signature(call.account))
    sha = await in_thread(
        call.git.write_tag, target, call.fields.needed("tag"), tagger, call.fields.needed("message")
    )
    return Reply(201, await _tag(call, sha))


@routes("GET", f"{GIT}/tags/{{sha}}", app="contents:read")
async def get_tag(call: Call) -> Reply:
    """Show an annotated tag."""
    return Reply(200, await _tag(call, (await _read(call, "tag")).sha))


async def _tag(call: Call, sha: str) -> dict[str, Any]:
    found = await in_thread(call.git.read, sha)
    if found is None:
        raise not_found()
    tag = git.parse_tag(found)
    api = f"{call.view.links.api}/repos/{call.view.name(call.repository)}/git"
    return {
        "node_id": node("TA", sha),
        "sha": sha,
        "url": f"{api}/tags/{sha}",
        "tag": tag.name,
        "message": tag.message,
        "tagger": shapes.signature(tag.tagger),
        "object": {"sha": tag.target, "type": tag.kind, "url": f"{api}/{tag.kind}s/{tag.target}"},
        "verification": shapes.UNSIGNED,
    }
