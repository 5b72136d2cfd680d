"""The cast of the sandbox's tests: people, an App, and the place its webhooks arrive."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx
import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.serving import run_in_thread
from tests.sandbox.github import description

PERMISSIONS = {
    "metadata": "read",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "statuses": "write",
    "actions": "write",
    "discussions": "write",
}
EVENTS = [
    "issues",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "push",
    "release",
    "repository_dispatch",
    "workflow_dispatch",
    "check_run",
    "check_suite",
    "discussion",
    "repository",
    "create",
    "delete",
    "label",
]


@dataclass
class Arrival:
    """One webhook as it came in."""

    event: str
    headers: httpx.Headers
    body: bytes
    payload: dict[str, Any]

    @property
    def name(self) -> str:
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


class Listener:
    """An endpoint that keeps what is sent to it and answers 202, or ``status``, after ``pause`` seconds."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.status = 202
        self.pause = 0.0
        self._running = run_in_thread(Starlette(routes=[Route("/webhook", self._take, methods=["POST"])]))
        self.url = f"{self._running.url}/webhook"

    async def _take(self, request: Request) -> Response:
        headers = httpx.Headers(request.headers.raw)
        body = await request.body()
        self.arrivals.append(Arrival(headers["x-github-event"], headers, body, await request.json()))
        await asyncio.sleep(self.pause)
        return Response("taken", self.status)

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.stop()

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.arrivals]

    def last(self, name: str) -> Arrival:
        return next(each for each in reversed(self.arrivals) if each.name == name)


class Caller:
    """Somebody with a token. Every answer is held to GitHub's description where it is installed."""

    def __init__(self, client: httpx.Client, url: str, token: str | None) -> None:
        self.client = client
        self.token = token
        self.api = f"{url}/api/v3"

    def __call__(
        self, method: str, path: str, body: Any = None, *, described: bool = True, **options: Any
    ) -> httpx.Response:
        """Call the API; ``described=False`` for what GitHub does but its description leaves out."""
        url = path if path.startswith("http") else f"{self.api}{path}"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        answer = self.client.request(method, url, headers=headers, **options)
        if described and description.is_installed():
            where = httpx.URL(url).path.removeprefix("/api/v3").removeprefix("/api/uploads")
            media = answer.headers.get("content-type", "").split(";")[0]
            content = answer.json() if media == "application/json" and answer.content else None
            if media in ("application/json", ""):
                found = description.violations(method, where, answer.status_code, media, content)
                assert not found, f"{method} {where} -> {answer.status_code}: {found}"
        return answer

    def get(self, path: str, **options: Any) -> Any:
        return self("GET", path, **options).raise_for_status().json()

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        answer = self("POST", path, body or {}, **options).raise_for_status()
        return answer.json() if answer.content else None

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        return self("PATCH", path, body, **options).raise_for_status().json()

    def put(self, path: str, body: Any, **options: Any) -> Any:
        answer = self("PUT", path, body, **options).raise_for_status()
        return answer.json() if answer.content else None

    def delete(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self("DELETE", path, body, **options).raise_for_status()


class Stage:
    """The sandbox with its cast: ``alice`` (owner), ``bob`` (passer-by), ``bot`` (installation)."""

    def __init__(self, url: str, listener: Listener) -> None:
        self.url = url
        self.listener = listener
        # One client for everybody: making one costs more than most tests.
        self.client = httpx.Client(timeout=30)
        self.alice, self.bob = self.person("alice"), self.person("bob")
        self.repository("alice", "models", {"README.md": "# models\n", "src/train.py": "print('hi')\n"})
        self.app = self.set(
            "POST",
            "/apps",
            {
                "name": "Giveback",
                "webhook_url": listener.url,
                "webhook_secret": "hush",
                "default_permissions": PERMISSIONS,
                "default_events": EVENTS,
            },
        )
        self.installation = self.set("POST", "/installations", {"app_slug": "giveback", "account": "alice"})
        self.bot = self.caller(self.installation_token())

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.client.request(method, f"{self.url}/_sandbox{path}", json=body)

    def set(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.control(method, path, body).raise_for_status()
        return answer.json() if answer.content else None

    def caller(self, token: str | None) -> Caller:
        return Caller(self.client, self.url, token)

    def person(self, login: str) -> Caller:
        return self.caller(self.set("POST", "/users", {"login": login})["token"])

    def repository(self, owner: str, name: str, files: Any, **more: Any) -> Any:
        return self.set("POST", "/repositories", {"owner": owner, "name": name, "files": files, **more})

    def jwt(self, **claims: Any) -> str:
        now = int(time.time())
        content = {"iat": now - 60, "exp": now + 540, "iss": self.app["client_id"]} | claims
        return jwt.encode(content, self.app["pem"], algorithm="RS256")

    @property
    def app_itself(self) -> Caller:
        return self.caller(self.jwt())

    def installation_token(self, **body: Any) -> str:
        path = f"/app/installations/{self.installation['id']}/access_tokens"
        token: str = self.app_itself.post(path, body)["token"]
        return token

    def settled(self) -> Listener:
        """Wait until every webhook has been delivered."""
        while self.set("GET", "/deliveries")["waiting"]:
            time.sleep(0.01)
        return self.listener

    def fork_with(self, who: Caller, branch: str, files: dict[str, str]) -> str:
        """Fork alice/models and commit files to a new branch there; answers the fork's name."""
        fork: str = who.post("/repos/alice/models/forks")["full_name"]
        sha = who.get(f"/repos/{fork}/git/ref/heads/main")["object"]["sha"]
        who.post(f"/repos/{fork}/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
        for path, text in files.items():
            commit(who, fork, path, text, branch)
        return fork


def pull_request(stage: Stage, branch: str, files: dict[str, str], **more: Any) -> Any:
    """Open a pull request of bob's to alice/models from a fork."""
    stage.fork_with(stage.bob, branch, files)
    body = {"title": f"From {branch}", "head": f"bob:{branch}", "base": "main", **more}
    return stage.bob.post("/repos/alice/models/pulls", body)


def commit(who: Caller, repository: str, path: str, text: str, branch: str = "main") -> Any:
    """Create or replace one file."""
    body = {"message": f"Write {path}", "content": b64encode(text.encode()).decode(), "branch": branch}
    there = who("GET", f"/repos/{repository}/contents/{path}", params={"ref": branch})
    if there.is_success:
        body["sha"] = there.json()["sha"]
    return who.put(f"/repos/{repository}/contents/{path}", body)
