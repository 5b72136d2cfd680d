"""One call of the REST API: who calls, what they send, and how a route answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ParamSpec, TypeVar
from urllib.parse import unquote, urlencode

from starlette.requests import Request

from bot.sandbox.github import git, permissions
from bot.sandbox.github.events import emit
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.house import House
from bot.sandbox.github.identity import Actor
from bot.sandbox.github.problems import Problem, authentication_required, not_found
from bot.sandbox.github.records import Account, Issue, Repository
from bot.sandbox.github.shapes.view import Json, View

T = TypeVar("T")
P = ParamSpec("P")

PER_PAGE, MOST_PER_PAGE = 30, 100


@dataclass
class Reply:
    """An answer: JSON, or bytes of the media type named in the headers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


NO_CONTENT = Reply(204)


async def in_thread(work: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Run blocking git work beside the event loop."""
    return await asyncio.to_thread(work, *arguments, **named)


class Call:
    """A request on its way through a route."""

    def __init__(
        self, house: House, request: Request, actor: Actor, view: View, path: dict[str, str], body: bytes
    ) -> None:
        self.house = house
        self.store = house.store
        self.request = request
        self.query = request.query_params
        self.actor = actor
        self.view = view
        self.path = path
        self.body = body

    @cached_property
    def fields(self) -> Fields:
        """The JSON body."""
        return Fields.parse(self.body)

    @cached_property
    def repository(self) -> Repository:
        """The repository the path names."""
        found = self.house.find_repository(self.path["owner"], self.path["repo"])
        if found is None:
            raise not_found()
        return found

    @property
    def git(self) -> git.Repository:
        """The content of the repository the path names."""
        return self.house.git(self.repository)

    @property
    def account(self) -> Account:
        """Who the call's writes are by: a person or an App's bot."""
        if self.actor.account is None:
            raise authentication_required()
        return self.actor.account

    @property
    def issue(self) -> Issue:
        """The issue or pull request that ``{number}`` of the path names."""
        number = self.number("number")
        found = self.store.issues.one(number=(self.repository.id, number))
        if found is None:
            raise self._gone(number)
        if not self.repository.has_issues and found.pull_id is None:
            raise Problem(410, "Issues has been disabled in this repository.")
        return found

    def _gone(self, number: int) -> Problem:
        """Say where an issue went: to another repository, or nowhere (docs: issues, get an issue)."""
        if number in self.repository.deleted_numbers:
            return Problem(410, "This issue was deleted")
        moved = self.store.issues.get(self.repository.transferred.get(number, 0))
        if moved is None:
            return not_found()
        repository = self.store.repositories[moved.repository_id]
        rest = self.request.scope["path"].partition(f"/issues/{number}")[2]
        url = f"{self.view.links.api}/repos/{self.view.name(repository)}/issues/{moved.number}{rest}"
        reading = self.request.method in ("GET", "HEAD")
        problem = Problem(
            301 if reading else 307, "Moved Permanently" if reading else "Temporary Redirect", url=url
        )
        problem.headers["Location"] = url
        return problem

    def may(self, role: str) -> bool:
        """Tell whether the caller counts as this role; an installation got here by its permission."""
        if self.actor.installation is not None:
            return permissions.reaches(self.actor, self.repository)
        return permissions.has_role(self.store, self.actor.account, self.repository, role)

    def emit(
        self,
        event: str,
        action: str | None,
        content: Callable[[], Json],
        *,
        repository: Repository | None = None,
        to: int | None = None,
    ) -> None:
        """Send an event, by the caller, to the Apps that want it; about the path's repository by default.

        With ``to`` it goes to the App of that id alone.
        """
        place = repository or self.repository
        emit(self.house, self.view, place, self.account, event, action, content, to=to)

    def number(self, name: str) -> int:
        """Read a number of the path; anything else is not found."""
        value = self.path[name]
        if not value.isdecimal():
            raise not_found()
        return int(value)

    def page(self, items: list[T], shape: Callable[[T], Json], *, under: str | None = None) -> Reply:
        """Answer one page of a list with GitHub's ``Link`` header.

        With ``under`` the list is wrapped as ``{"total_count": ..., under: [...]}``.
        """
        size = min(max(self._count("per_page", PER_PAGE), 1), MOST_PER_PAGE)
        page = max(self._count("page", 1), 1)
        last = max((len(items) + size - 1) // size, 1)
        shown = [shape(item) for item in items[(page - 1) * size : page * size]]
        body: Any = shown if under is None else {"total_count": len(items), under: shown}
        headers = {}
        if last > 1:
            targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
            if page >= last:
                del targets["next"], targets["last"]
            if page == 1:
                del targets["prev"], targets["first"]
            headers["Link"] = ", ".join(f'<{self._page_url(n)}>; rel="{name}"' for name, n in targets.items())
        return Reply(200, body, headers)

    def _page_url(self, page: int) -> str:
        query = [(name, value) for name, value in self.query.multi_items() if name != "page"]
        # The path as it came in, below the API's own root.
        path = self.request.scope["path"].removeprefix("/api/v3")
        return f"{self.view.links.api}{path}?{urlencode([*query, ('page', str(page))])}"

    def _count(self, name: str, default: int) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isdecimal() else default


Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True)
class Endpoint:
    """A route with what it asks of the caller.

    ``app`` and ``role`` are as for ``permissions.check``; None leaves the check to the handler.
    """

    method: str
    path: str
    pattern: re.Pattern[str]
    handler: Handler
    app: str | None
    role: str


class Routes:
    """The routes of one module; a ``{name}`` matches one segment, ``{name:path}`` the rest."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def __call__(
        self, method: str, path: str, *, app: str | None = None, role: str = "read"
    ) -> Callable[[Handler], Handler]:
        """Register a handler: ``@routes("GET", "/repos/{owner}/{repo}", app="metadata:read")``."""
        expression = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", path)
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", expression)

        def register(handler: Handler) -> Handler:
            self.endpoints.append(Endpoint(method, path, re.compile(f"^{expression}/?$"), handler, app, role))
            return handler

        return register


def _openness(part: str) -> int:
    return 2 if part.endswith(":path}") else int(part.startswith("{"))


class Directory:
    """All routes of the API, looked up by method and path."""

    def __init__(self, modules: Iterable[Routes]) -> None:
        self._by_method: dict[str, list[Endpoint]] = {}
        for routes in modules:
            for endpoint in routes.endpoints:
                self._by_method.setdefault(endpoint.method, []).append(endpoint)
        for endpoints in self._by_method.values():
            # A fixed segment wins over a placeholder: /issues/comments is not the issue "comments".
            endpoints.sort(key=lambda each: [_openness(part) for part in each.path.split("/")])

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        """Find the route of a raw (still quoted) path and the values in it; raises a 404 Problem."""
        for endpoint in self._by_method.get("GET" if method == "HEAD" else method, ()):
            match = endpoint.pattern.match(path)
            if match:
                return endpoint, {name: unquote(value) for name, value in match.groupdict().items()}
        raise not_found()


def check(call: Call, endpoint: Endpoint) -> None:
    """Hold the caller to what the endpoint asks."""
    if endpoint.app is not None:
        check_access(call, endpoint.app, endpoint.role)


def check_access(call: Call, app: str, role: str) -> None:
    """Hold the caller to what is asked for in the call's repository, as ``permissions.check`` has it."""
    permissions.check(call.store, call.actor, call.repository, app=app, role=role)
    if call.repository.archived and not app.endswith(":read"):
        raise Problem(403, "Repository was archived so is read-only.")
