"""Answer calls about branches, tags and history."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.calls import Call, Routes
from bot.sandbox.hub.errors import HubError, bad_request, revision_not_found
from bot.sandbox.hub.gitstore import HEAD, valid_ref_name
from bot.sandbox.hub.repository import Repo, now
from bot.sandbox.hub.shapes import commit_shape, refs_shape

COMMITS_PAGE = 50
"""Commits in one page of a history."""


async def list_refs(call: Call) -> Response:
    """List branches, tags and, when asked, the refs of pull requests."""
    repo = call.readable()
    wanted = call.flag("include_prs") or call.flag("include_pull_requests")
    return JSONResponse(refs_shape(repo.git.refs(), pull_requests=wanted))


async def create_tag(call: Call) -> Response:
    """Tag a revision; a tag that is there already is never moved."""
    body = await call.json()
    repo = call.writable()
    tag, message = body.get("tag"), body.get("message")
    target = repo.resolve(call.part("rev"))
    ref = _free_ref(repo, "refs/tags/", tag, "Tag")
    repo.git.tag(
        ref.removeprefix("refs/tags/"), target, message and str(message), call.known_caller().name, now()
    )
    return Response(status_code=201)


async def delete_tag(call: Call) -> Response:
    """Remove a tag; what it stood for stays."""
    _delete(call.writable(), f"refs/tags/{call.part('rev')}", call.part("rev"))
    return Response(status_code=200)


async def create_branch(call: Call) -> Response:
    """Start a branch from a revision, the main branch unless said."""
    body = await call.json()
    repo = call.writable()
    target = repo.resolve(str(body.get("startingPoint") or "main"))
    ref = _free_ref(repo, "refs/heads/", call.part("rev"), "Reference")
    try:
        repo.git.set_ref(ref, target)
    except ValueError as error:
        raise HubError(409, str(error)) from error
    return Response(status_code=201)


async def delete_branch(call: Call) -> Response:
    """Remove a branch; the main branch stays."""
    repo = call.writable()
    ref = f"refs/heads/{call.part('rev')}"
    if ref == HEAD:
        raise bad_request("The main branch cannot be deleted")
    _delete(repo, ref, call.part("rev"))
    return Response(status_code=200)


async def list_commits(call: Call) -> Response:
    """List a history, newest first, in pages."""
    repo = call.readable()
    history = list(repo.git.log(repo.resolve(call.part("rev"))))
    page = call.number("p", 0, 10**6)
    limit = max(call.number("limit", COMMITS_PAGE, 1000), 1)
    headers = {"X-Total-Count": str(len(history))}
    if (page + 1) * limit < len(history):
        params = dict(call.request.query_params) | {"p": str(page + 1)}
        headers["Link"] = f'<{call.base}{call.raw_path}?{urlencode(params)}>; rel="next"'
    shown = history[page * limit : (page + 1) * limit]
    shapes = [commit_shape(commit) for commit in shown]
    if "formatted" in (call.query("expand[]"), call.query("expand")):
        for shape in shapes:
            shape["formatted"] = {"title": shape["title"], "message": shape["message"]}
    return JSONResponse(shapes, headers=headers)


def _free_ref(repo: Repo, prefix: str, name: object, what: str) -> str:
    if not isinstance(name, str) or not valid_ref_name(name):
        raise bad_request(f"Invalid ref name: {name!r}")
    ref = prefix + name
    refs = repo.git.refs()
    if ref in refs:
        raise HubError(409, f"{what} {name} exists already")
    if any(other.startswith(ref + "/") or ref.startswith(other + "/") for other in refs):
        raise HubError(409, f"{what} {name} cannot stand beside a ref whose name contains it")
    return ref


def _delete(repo: Repo, ref: str, revision: str) -> None:
    if ref not in repo.git.refs():
        raise revision_not_found(revision)
    repo.git.delete_ref(ref)


ROUTES: Routes = [
    ("GET", "/api/{kind}/{namespace}/{name}/refs", list_refs),
    ("POST", "/api/{kind}/{namespace}/{name}/tag/{rev}", create_tag),
    ("DELETE", "/api/{kind}/{namespace}/{name}/tag/{rev}", delete_tag),
    ("POST", "/api/{kind}/{namespace}/{name}/branch/{rev}", create_branch),
    ("DELETE", "/api/{kind}/{namespace}/{name}/branch/{rev}", delete_branch),
    ("GET", "/api/{kind}/{namespace}/{name}/commits/{rev}", list_commits),
]
