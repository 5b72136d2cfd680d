"""The REST API's front: identifies the caller, finds the route, answers with GitHub's headers."""

from __future__ import annotations

import hashlib
import logging
import uuid
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.sandbox.github import git
from bot.sandbox.github.calls import Call, Directory, Reply, check
from bot.sandbox.github.graphql import refusal
from bot.sandbox.github.house import House
from bot.sandbox.github.identity import ANONYMOUS, Actor, identify
from bot.sandbox.github.links import Links
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Repository
from bot.sandbox.github.shapes.view import View

log = logging.getLogger(__name__)


class Gateway:
    """Answers every request below ``/api/v3`` and ``/api/uploads``."""

    def __init__(self, house: House, directory: Directory, *, public_url: str | None) -> None:
        self._house = house
        self._directory = directory
        self._public_url = public_url.rstrip("/") if public_url else None

    def view(self, request: Request) -> View:
        """Say where this request's answer should point its addresses."""
        base = self._public_url or f"{request.url.scheme}://{request.url.netloc}"
        return View(self._house.store, Links(base))

    async def answer(self, request: Request) -> Response:
        """Answer one request; every outcome has a body and the headers GitHub sends with it."""
        path = request.scope["raw_path"].decode("ascii", "replace")
        path = path.removeprefix("/api/v3").removeprefix("/api/uploads") or "/"
        path = "/graphql" if path == "/api/graphql" else path
        actor = ANONYMOUS
        try:
            actor = identify(self._house.store, request.headers.get("authorization"))
            self._count(actor, path)
            reply = await self._route(request, actor, path)
        except Problem as problem:
            plain = Reply(problem.status, problem.body, problem.headers)
            reply = refusal(problem) if path == "/graphql" else plain
        except ClientDisconnect:
            reply = Reply(400)
        except git.GitError as error:
            reply = Reply(422, Problem(422, str(error)).body)
        except Exception:
            log.exception("%s %s failed", request.method, path)
            reply = Reply(500, Problem(500, "Server Error").body)
        self._house.store.commit()
        response = self._respond(request, actor, path, reply)
        self._note(request, path, actor, response.status_code)
        return response

    async def direct(self, request: Request) -> Response:
        """Answer a request of the person at the controls: no login, no limit, not on record."""
        path = request.scope["raw_path"].decode("ascii", "replace").removeprefix("/_sandbox")
        try:
            endpoint, values = self._directory.find(request.method, path)
            body = await request.body()
            call = Call(self._house, request, ANONYMOUS, self.view(request), values, body)
            reply = await endpoint.handler(call)
        except Problem as problem:
            reply = Reply(problem.status, problem.body)
        self._house.store.commit()
        return Response(_json(reply.body), reply.status, media_type="application/json")

    async def _route(self, request: Request, actor: Actor, path: str) -> Reply:
        view = self.view(request)
        path, moved = self._locate(path)
        if moved is not None:
            return _redirect(request, view, path, moved)
        endpoint, values = self._directory.find(request.method, path)
        call = Call(self._house, request, actor, view, values, await request.body())
        check(call, endpoint)
        return await endpoint.handler(call)

    def _locate(self, path: str) -> tuple[str, Repository | None]:
        """Turn ``/repositories/{id}`` into its name, and notice the names of renamed repositories."""
        parts = path.split("/")
        if len(parts) > 2 and parts[1] == "repositories" and parts[2].isdecimal():
            found = self._house.store.repositories.get(int(parts[2]))
            if found is not None:
                return "/".join(["/repos", self._house.full_name(found), *parts[3:]]).replace("//", "/"), None
        if len(parts) > 3 and parts[1] == "repos" and self._house.find_repository(parts[2], parts[3]) is None:
            renamed = self._house.find_renamed(parts[2], parts[3])
            return ("/".join(parts[4:]) if renamed else path), renamed
        return path, None

    def _count(self, actor: Actor, path: str) -> None:
        resource = _resource(path)
        allowance = self._house.allowance(actor.bucket, resource)
        if path == "/rate_limit":
            return
        if allowance.used >= self._house.limit(resource):
            raise Problem(403, f"API rate limit exceeded for {actor.bucket}.")
        allowance.used += 1

    def _respond(self, request: Request, actor: Actor, path: str, reply: Reply) -> Response:
        body = reply.body if isinstance(reply.body, bytes) else _json(reply.body)
        resource = _resource(path)
        allowance, limit = self._house.allowance(actor.bucket, resource), self._house.limit(resource)
        headers = {
            "X-GitHub-Request-Id": uuid.uuid4().hex[:24].upper(),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Enterprise-Version": "3.19.0",
            **reply.headers,
        }
        if body:
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        if request.method in ("GET", "HEAD") and reply.status == 200:
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
            headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
            if _matches(request.headers.get("if-none-match"), headers["ETag"]):
                # An answer that did not change is free.
                allowance.used = max(allowance.used - 1, 0)
                reply, body = Reply(304), b""
                del headers["Content-Type"]
        remaining = max(limit - allowance.used, 0)
        headers |= {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Used": str(allowance.used),
            "X-RateLimit-Reset": str(allowance.reset),
            "X-RateLimit-Resource": resource,
        }
        return Response(body, reply.status, headers)

    def _note(self, request: Request, path: str, actor: Actor, status: int) -> None:
        self._house.request_count += 1
        self._house.requests.append(
            {
                "sequence": self._house.request_count,
                "method": request.method,
                "path": path,
                "query": request.url.query,
                "operation": getattr(request.state, "operation", None),
                "status": status,
                "actor": actor.name,
                "installation_id": actor.installation.id if actor.installation else None,
            }
        )


def _resource(path: str) -> str:
    """Name the resource whose limit a path counts on."""
    if path == "/graphql":
        return "graphql"
    return "search" if path.startswith("/search/") else "core"


def _json(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body)


def _matches(condition: str | None, etag: str) -> bool:
    if not condition:
        return False
    return condition.strip() == "*" or etag in [each.strip() for each in condition.split(",")]


def _redirect(request: Request, view: View, rest: str, moved: Repository) -> Reply:
    query = f"?{request.url.query}" if request.url.query else ""
    target = f"{view.links.api}/repositories/{moved.id}{'/' if rest else ''}{rest}{query}"
    permanent = request.method in ("GET", "HEAD")
    message = "Moved Permanently" if permanent else "Temporary Redirect"
    body = {"message": message, "url": target, "documentation_url": "https://docs.github.com/rest"}
    return Reply(301 if permanent else 307, body, {"Location": target})
