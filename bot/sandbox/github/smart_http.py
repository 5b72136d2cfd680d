"""Clone, fetch and push over HTTP, through git's own upload-pack and receive-pack."""

from __future__ import annotations

import gzip
import zlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.github import git, permissions, pushes
from bot.sandbox.github.calls import Call, in_thread
from bot.sandbox.github.gateway import Gateway
from bot.sandbox.github.house import House
from bot.sandbox.github.identity import identify
from bot.sandbox.github.problems import Problem

SERVICES = {"git-upload-pack": "read", "git-receive-pack": "write"}
_FRESH = {"Cache-Control": "no-cache"}


def _call(request: Request, service: str, body: bytes) -> Call:
    """Identify the caller and check that they may fetch or push; raises a Problem."""
    house: House = request.app.state.house
    gateway: Gateway = request.app.state.api
    actor = identify(house.store, request.headers.get("authorization"))
    path = {"owner": request.path_params["owner"], "repo": request.path_params["repo"]}
    call = Call(house, request, actor, gateway.view(request), path, body)
    level = SERVICES[service]
    try:
        permissions.check(house.store, actor, call.repository, app=f"contents:{level}", role=level)
    except Problem as problem:
        # A client that sent nothing yet is asked who it is before it is told that nothing is there.
        raise (Problem(401, "Requires authentication") if actor.account is None else problem) from None
    return call


def _refusal(problem: Problem) -> Response:
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"'} if problem.status == 401 else {}
    return Response(f"{problem}\n", problem.status, headers, media_type="text/plain")


def _protocol(request: Request) -> dict[str, str]:
    """Pass on the protocol version the client asks for."""
    version = request.headers.get("git-protocol", "")
    return {"GIT_PROTOCOL": version} if version else {}


async def advertise(request: Request) -> Response:
    """Answer the first question of a clone or push: which refs are there."""
    service = request.query_params.get("service", "")
    if service not in SERVICES:
        return Response("Please upgrade your git client.\n", 403, media_type="text/plain")
    try:
        call = _call(request, service, b"")
    except Problem as problem:
        return _refusal(problem)
    listing = await in_thread(
        git.run,
        call.git.folder,
        service.removeprefix("git-"),
        "--stateless-rpc",
        "--advertise-refs",
        str(call.git.folder),
        more=_protocol(request),
    )
    head = f"# service={service}\n"
    body = f"{len(head) + 4:04x}{head}0000".encode() + listing.stdout
    return Response(body, 200, _FRESH, media_type=f"application/x-{service}-advertisement")


async def exchange(request: Request) -> Response:
    """Carry out a fetch or a push, and tell what moved."""
    service, body = request.path_params["service"], await request.body()
    try:
        call = _call(request, service, body)
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
    except Problem as problem:
        return _refusal(problem)
    except (OSError, EOFError, zlib.error):
        return Response("The body is not gzip.\n", 400, media_type="text/plain")
    before = await in_thread(call.git.refs, "refs/") if service == "git-receive-pack" else {}
    done = await in_thread(
        git.run,
        call.git.folder,
        service.removeprefix("git-"),
        "--stateless-rpc",
        str(call.git.folder),
        given=body,
        # upload-pack ends so when the client has all it wants and hangs up.
        allowed=(0, 128),
        more=_protocol(request),
    )
    if service == "git-receive-pack":
        after = await in_thread(call.git.refs, "refs/")
        for ref in sorted(before.keys() | after.keys()):
            if before.get(ref) != after.get(ref) and ref.startswith(("refs/heads/", "refs/tags/")):
                await pushes.pushed(call, ref, before.get(ref), after.get(ref))
        call.store.commit()
    return Response(done.stdout, 200, _FRESH, media_type=f"application/x-{service}-result")


ROUTES = [
    Route("/{owner}/{repo}.git/info/refs", advertise, methods=["GET"]),
    Route("/{owner}/{repo}.git/{service:str}", exchange, methods=["POST"]),
]
