"""Answer calls about what a commit holds: trees and single paths."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlencode

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.calls import Call, Routes
from bot.sandbox.hub.errors import entry_not_found
from bot.sandbox.hub.gitstore import Commit
from bot.sandbox.hub.repository import File, Repo
from bot.sandbox.hub.shapes import Shape, entry, folder

TREE_PAGE = 1000
"""Entries in one page of a tree when the caller names no number."""


async def list_tree(call: Call) -> Response:
    """List files and folders, directly in a folder or all the way down, in pages."""
    repo = call.readable()
    commit = repo.resolve(call.part("rev"))
    within = call.part("path") if "path" in call.request.path_params else ""
    entries = entries_in(repo, commit, within.strip("/"), recursive=call.flag("recursive"))
    start = call.number("cursor", 0, 10**9)
    limit = max(call.number("limit", TREE_PAGE, TREE_PAGE), 1)
    headers = {"X-Repo-Commit": commit}
    if start + limit < len(entries):
        params = dict(call.request.query_params) | {"cursor": str(start + limit)}
        headers["Link"] = f'<{call.base}{call.raw_path}?{urlencode(params)}>; rel="next"'
    page = entries[start : start + limit]
    return JSONResponse(_described(repo, commit, page, expand=call.flag("expand")), headers=headers)


async def paths_info(call: Call) -> Response:
    """Describe the paths asked for, leaving out those that are not there.

    Only here large files have a Xet hash, by which they can be copied between repositories: a client that saw
    one in a whole tree would fetch the file from Xet storage, which this Hub does not have.
    """
    repo = call.readable()
    commit = repo.resolve(call.part("rev"))
    body = await call.request.body()
    if call.request.headers.get("content-type", "").startswith("application/json"):
        asked = await call.json()
        wanted, expand = asked.get("paths", []), bool(asked.get("expand"))
    else:
        form = parse_qs(body.decode())
        wanted, expand = form.get("paths", []), form.get("expand", ["false"])[-1].lower() in ("true", "1")
    there = {_path_of(found): found for found in entries_in(repo, commit, "", recursive=True)}
    found = [there[path] for path in map(str, wanted) if path in there]
    described = _described(repo, commit, found, expand=expand)
    return JSONResponse([_with_xet_hash(shape) for shape in described])


def _with_xet_hash(shape: Shape) -> Shape:
    lfs = shape.get("lfs")
    if not isinstance(lfs, dict):
        return shape
    return shape | {"xetHash": hashlib.sha256(str(lfs["oid"]).encode()).hexdigest()}


def entries_in(repo: Repo, commit_oid: str, within: str, *, recursive: bool) -> list[File | tuple[str, str]]:
    """List a folder: files, and folders as (path, tree id)."""
    tree = repo.git.commit(commit_oid).tree
    for part in within.split("/") if within else []:
        inside = {entry.name: entry for entry in repo.git.entries(tree) if entry.is_folder}
        if part not in inside:
            raise entry_not_found(within, commit_oid)
        tree = inside[part].oid
    return list(_listed(repo, tree, f"{within}/" if within else "", recursive))


def _listed(repo: Repo, tree: str, prefix: str, recursive: bool) -> list[File | tuple[str, str]]:
    found: list[File | tuple[str, str]] = []
    for line in repo.git.entries(tree):
        path = prefix + line.name
        if not line.is_folder:
            found.append(repo.file(path, line.oid))
            continue
        found.append((path, line.oid))
        if recursive:
            found.extend(_listed(repo, line.oid, path + "/", recursive))
    return found


def _path_of(found: File | tuple[str, str]) -> str:
    return found.path if isinstance(found, File) else found[0]


def _described(
    repo: Repo, commit_oid: str, entries: list[File | tuple[str, str]], *, expand: bool
) -> list[Shape]:
    last = last_commits(repo, commit_oid, {_path_of(found) for found in entries}) if expand else {}
    return [
        entry(found, last.get(found.path)) if isinstance(found, File) else folder(*found, last.get(found[0]))
        for found in entries
    ]


def last_commits(repo: Repo, commit_oid: str, paths: set[str]) -> dict[str, Commit]:
    """Find for each path the newest commit that changed it, or something in it."""
    last: dict[str, Commit] = {}
    for made in repo.git.log(commit_oid):
        after = set(repo.git.files(made.oid).items())
        before = set(repo.git.files(made.parents[0]).items()) if made.parents else set()
        changed = {path for path, _ in after ^ before}
        for path in paths - last.keys():
            if path in changed or any(other.startswith(path + "/") for other in changed):
                last[path] = made
        if last.keys() == paths:
            break
    return last


ROUTES: Routes = [
    ("GET", "/api/{kind}/{namespace}/{name}/tree/{rev}", list_tree),
    ("GET", "/api/{kind}/{namespace}/{name}/tree/{rev}/{path:path}", list_tree),
    ("POST", "/api/{kind}/{namespace}/{name}/paths-info/{rev}", paths_info),
]
