"""Answer calls about who one is and about whole repositories: create, find, list, change, move, delete."""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.attributes import default_gitattributes
from bot.sandbox.hub.calls import Call, Routes, repo_name, repo_type
from bot.sandbox.hub.discussions import isoformat
from bot.sandbox.hub.errors import HubError, bad_request, forbidden, repository_not_found
from bot.sandbox.hub.names import TYPES, RepoName, valid_name
from bot.sandbox.hub.repository import Gated, Repo, Settings, now
from bot.sandbox.hub.shapes import Shape, look, repo_shape

PAGE = 100
"""Repositories in one page of a list when the caller names no number."""

LONGEST_PAGE = 1000


async def whoami(call: Call) -> Response:
    """Say who the token belongs to and what it may do."""
    caller = call.known_caller()
    user = call.hub.accounts.users.get(caller.name, {})
    token: dict[str, Any] = {"displayName": caller.token.name, "role": caller.token.role}
    if caller.token.role == "fineGrained":
        token["fineGrained"] = {
            "scoped": [
                {
                    "entity": {"type": "repo" if "/" in name else "user", "name": name},
                    "permissions": [f"repo.{scope}"],
                }
                for name, scope in caller.token.scopes.items()
            ]
        }
    return JSONResponse(
        {
            "type": "user",
            "id": caller.name,
            "name": caller.name,
            "fullname": user.get("fullname", caller.name),
            "email": user.get("email"),
            "emailVerified": True,
            "isPro": False,
            "orgs": [
                {"type": "org", "id": name, "name": name, "fullname": name, "roleInOrg": role}
                for name, role in caller.organizations.items()
            ],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


async def create_repo(call: Call) -> Response:
    """Create a repository with the first commit every repository has."""
    caller = call.known_caller()
    body = await call.json()
    name = _named(call, body, body.get("type"))
    if not caller.may_create_in(name.namespace):
        call.refuse_read_token()
        raise forbidden(
            f'You don\'t have the rights to create a {name.type} under the namespace "{name.namespace}"'
        )
    url = f"{call.base}/{name.path}"
    if call.hub.shelf.get(name):
        raise HubError(409, f"You already created this {name.type} repo", body={"url": url})
    settings = Settings(caller.name, isoformat(now()))
    _apply_visibility(settings, body)
    if name.type == "space":
        settings.sdk = str(body.get("sdk"))
    repo = call.hub.shelf.create(name, settings, {".gitattributes": default_gitattributes(name.type)})
    return JSONResponse({"url": url, "name": name.id, "id": name.id, "private": repo.settings.private})


async def delete_repo(call: Call) -> Response:
    """Delete a repository and everything in it."""
    call.known_caller()
    body = await call.json()
    repo = _changeable(call, _named(call, body, body.get("type")))
    call.hub.shelf.delete(repo.name)
    return Response(status_code=200)


async def move_repo(call: Call) -> Response:
    """Rename a repository or hand it to another namespace; its old name leads to the new one."""
    caller = call.known_caller()
    body = await call.json()
    kind = repo_type(body.get("type"))
    old, new = (str(body.get(key, "")).split("/") for key in ("fromRepo", "toRepo"))
    if len(old) != 2 or len(new) != 2 or not all(map(valid_name, new)):
        raise bad_request("fromRepo and toRepo must be given as namespace/name")
    repo, target = _changeable(call, RepoName(kind, *old)), RepoName(kind, *new)
    if not caller.may_create_in(target.namespace):
        raise forbidden(f'You don\'t have the rights to move a repo to the namespace "{target.namespace}"')
    if call.hub.shelf.get(target):
        raise HubError(409, f"{target.path} exists already")
    call.hub.shelf.move(repo.name, target)
    return Response(status_code=200)


async def update_settings(call: Call) -> Response:
    """Change who may see a repository and who may download from it."""
    body = await call.json()
    repo = call.writable()
    _apply_visibility(repo.settings, body)
    if "gated" in body:
        if body["gated"] not in get_args(Gated):
            raise bad_request('"gated" must be one of [auto, manual, false]')
        repo.settings.gated = body["gated"]
    repo.save()
    return JSONResponse({"private": repo.settings.private, "gated": repo.settings.gated})


async def repo_info(call: Call) -> Response:
    """Describe a repository at its main branch or another revision."""
    repo = call.readable()
    revision = call.part("rev") if "rev" in call.request.path_params else "main"
    shape = repo_shape(repo, look(repo, repo.resolve(revision)), blobs=call.flag("blobs"))
    if call.flag("securityStatus"):
        shape["securityRepoStatus"] = {"scansDone": False, "filesWithIssues": []}
    return JSONResponse(_expanded(call, shape))


async def list_repos(call: Call) -> Response:
    """List the repositories the caller may see, in pages."""
    kind = call.part("kind")
    if kind not in {f"{type_}s" for type_ in TYPES}:
        raise HubError(404, "Not found")
    shown = [repo for repo in call.hub.shelf if f"{repo.name.type}s" == kind and call.may_read(repo)]
    if author := call.query("author"):
        shown = [repo for repo in shown if repo.name.namespace == author]
    if search := call.query("search").lower():
        shown = [repo for repo in shown if search in repo.name.id.lower()]
    shapes = [repo_shape(repo, look(repo, repo.resolve("main"))) for repo in shown]
    wanted = {
        *call.request.query_params.getlist("filter"),
        *call.request.query_params.getlist("pipeline_tag"),
    }
    shapes = [shape for shape in shapes if wanted <= _labels(shape)]
    sort = call.query("sort", "lastModified")
    shapes.sort(key=lambda shape: str(shape.get(sort, "")), reverse=call.query("direction", "-1") == "-1")
    start = call.number("cursor", 0, 10**9)
    limit = max(call.number("limit", PAGE, LONGEST_PAGE), 1)
    headers = {}
    if start + limit < len(shapes):
        params = [(key, value) for key, value in call.request.query_params.multi_items() if key != "cursor"]
        following = f"{call.base}{call.raw_path}?{urlencode([*params, ('cursor', str(start + limit))])}"
        headers["Link"] = f'<{following}>; rel="next"'
    if not (call.flag("full") or call.query("expand")):
        for shape in shapes:
            shape.pop("cardData" if not call.flag("cardData") else "", None)
            shape.pop("siblings")
    return JSONResponse([_expanded(call, shape) for shape in shapes[start : start + limit]], headers=headers)


async def auth_check(call: Call) -> Response:
    """Say whether the caller may read (and download) or write a repository."""
    if call.raw_path.endswith("/write"):
        call.writable()
    else:
        call.downloadable()
    return JSONResponse({})


async def without_namespace(call: Call) -> Response:
    """Refuse names without a namespace; this Hub has no such old repositories."""
    raise repository_not_found(known_caller=call.caller is not None)


def _named(call: Call, body: dict[str, Any], type_: object) -> RepoName:
    namespace = body.get("organization") or call.known_caller().name
    if not (valid_name(namespace) and valid_name(body.get("name"))):
        raise bad_request(f"{body.get('name')!r} cannot be the name of a repository")
    return repo_name(repo_type(type_), namespace, body.get("name"))


def _changeable(call: Call, name: RepoName) -> Repo:
    repo = call.hub.shelf.get(name)
    if repo is None or not call.may_read(repo):
        raise repository_not_found(known_caller=call.caller is not None)
    if not call.known_caller().may_write(repo.name, repo.settings.creator):
        raise forbidden(f"You don't have the rights to change {repo.name.path}")
    return repo


def _apply_visibility(settings: Settings, body: dict[str, Any]) -> None:
    if "visibility" in body:
        if body["visibility"] not in ("private", "public"):
            raise bad_request('"visibility" must be one of [private, public]')
        settings.private = body["visibility"] == "private"
    elif "private" in body:
        # Clients before 2.0 send a boolean.
        settings.private = bool(body["private"])


def _labels(shape: Shape) -> set[str]:
    found = shape.get("tags")
    return {*(found if isinstance(found, list) else []), str(shape.get("pipeline_tag"))}


def _expanded(call: Call, shape: Shape) -> Shape:
    """Keep to what ``expand`` asks for; the lineage is given only when asked for."""
    params = call.request.query_params
    wanted = [*params.getlist("expand"), *params.getlist("expand[]")]
    if not wanted:
        return {key: value for key, value in shape.items() if key != "baseModels"}
    return {key: value for key, value in shape.items() if key in {"_id", "id", "modelId", *wanted}}


ROUTES: Routes = [
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/repos/create", create_repo),
    ("DELETE", "/api/repos/delete", delete_repo),
    ("POST", "/api/repos/move", move_repo),
    ("PUT", "/api/{kind}/{namespace}/{name}/settings", update_settings),
    ("GET", "/api/{kind}/{namespace}/{name}/auth-check", auth_check),
    ("GET", "/api/{kind}/{namespace}/{name}/auth-check/write", auth_check),
    ("GET", "/api/{kind}/{namespace}/{name}/revision/{rev}", repo_info),
    ("GET", "/api/{kind}/{namespace}/{name}", repo_info),
    ("GET", "/api/{kind}", list_repos),
    ("GET", "/api/{kind}/{name}", without_namespace),
]
