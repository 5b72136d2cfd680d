"""Speak to GitHub as the App: tokens, cached answers, paced writes, and refusals understood in one place."""

from __future__ import annotations

import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlsplit

import httpx
from cachetools import LRUCache
from gidgethub.sansio import accept_format, create_headers, decipher_response

from bot.errors import TransientError
from bot.github import graphql
from bot.github.limits import (
    CORE,
    WRITES_PER_MINUTE,
    Pace,
    PrimaryLimit,
    PrimaryLimitError,
    primary_limit,
)
from bot.github.session import USER_AGENT, Sent, Session, reaching, refusal, understood
from bot.github.tokens import Scope, Tokens, scope_of

CACHED_ANSWERS = 4000
"""How many answers with an ETag are kept; a 304 is free of the primary limit."""

CACHED_BYTES = 32 << 20
"""Bytes of JSON these answers may be together, of all installations: those that are busy get most of it."""

CHUNK = 1 << 20
"""Bytes of an answer that is read in parts which are handed on at a time."""

_EVERYTHING = ""
"""Stands for all resources where a limit holds for each of them."""

BLOB_BYTES = 16 << 20
"""Bytes of small files from Git that are kept, of all installations."""

_Cached = tuple[str | None, str | None, Any, str | None]
_Kept = TypeVar("_Kept")


class _Share(MutableMapping[str, _Kept], Generic[_Kept]):
    """What a store that all installations share holds of one of them."""

    def __init__(self, store: MutableMapping[tuple[int, str], _Kept], installation: int) -> None:
        self._store = store
        self._installation = installation

    def __getitem__(self, key: str) -> _Kept:
        return self._store[self._installation, key]

    def __setitem__(self, key: str, kept: _Kept) -> None:
        self._store[self._installation, key] = kept

    def __delitem__(self, key: str) -> None:
        del self._store[self._installation, key]

    def __iter__(self) -> Iterator[str]:
        return (key for installation, key in self._store if installation == self._installation)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class InstallationClient(Session):
    """The App in one installation."""

    def __init__(self, app: AppClient, installation: int, pace: Pace) -> None:
        super().__init__(app.http, cache=_Share(app.answers, installation), base_url=app.api_url)
        self.installation = installation
        self.kept_blobs: MutableMapping[str, bytes] = _Share(app.blobs, installation)
        """Small files from Git by their hash, as the installation was given them before."""
        self.pace = pace
        self.primary_limit: PrimaryLimit | None = None
        """What GitHub said last about this hour's requests: work nobody waits for leaves some of them."""
        self._app = app
        self._graphql = graphql.endpoint_of(app.api_url)
        self._closed: dict[str, tuple[float, str]] = {}  # until when, on the monotonic clock, and why

    async def token(self, repository: str) -> str:
        """Give a token for one repository (``owner/repo``) that is good for at least a few more minutes."""
        return await self._app.tokens.get(scope_of(self.installation, f"/repos/{repository}"))

    def notice(self, repository: str, number: int) -> None:
        """Note which repository (GitHub's number of it) goes by a name (``owner/repo``) now."""
        self._app.tokens.notice(scope_of(self.installation, f"/repos/{repository}"), number)

    async def login(self) -> str:
        """Give the App's own account, for example ``giveback[bot]``; raises as :meth:`AppClient.slug`."""
        return f"{await self._app.slug()}[bot]"

    async def get(self, path: str, *, accept: str = accept_format()) -> Any:
        """Read one thing; ``path`` is already percent-encoded.

        Raises:
            TransientError: GitHub cannot answer now.
            RefusedError: GitHub will not answer; ``GoneError`` when there is nothing there.
        """
        return await self._understood(partial(self.getitem, path, accept=accept), _resource(path))

    async def page(self, path: str) -> tuple[Any, str | None]:
        """Read one page of a list as it is, and give it with the path of the next; raises as :meth:`get`.

        A path, unlike the address GitHub names, may be kept and asked for at any later time: the token
        goes to nobody but this GitHub.
        """
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError(f"not a path of GitHub's API: {path}")
        read = partial(self._make_request, "GET", path, {}, b"", accept_format())
        items, following, _ = await self._understood(read, _resource(path))
        return items, _path_of(following, self.base_url) if following else None

    async def pages(self, path: str) -> AsyncIterator[Any]:
        """Read a list over all its pages; raises as :meth:`get`."""
        items = self.getiter(path)
        while True:
            try:
                item = await self._understood(partial(anext, items), _resource(path))
            except StopAsyncIteration:
                return
            yield item

    @asynccontextmanager
    async def stream(self, path: str, *, accept: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Read one thing in parts, as they arrive, and keep none of it; raises as :meth:`get`."""
        headers = create_headers(USER_AGENT, accept=accept)
        scope = scope_of(self.installation, path)
        with self._heeding_limits():
            for attempt in (1, 2):
                signed = {**headers, "authorization": f"Bearer {await self._app.tokens.get(scope)}"}
                with reaching("GitHub"):
                    async with self.http.stream("GET", f"{self.base_url}{path}", headers=signed) as answer:
                        if answer.status_code == 200:
                            yield answer.aiter_bytes(CHUNK)
                            return
                        if answer.status_code != 401 or attempt == 2:
                            raise refusal(answer.status_code, answer.headers, await answer.aread())
                self._app.tokens.forget(scope)

    async def write(
        self, method: Literal["POST", "PATCH", "PUT", "DELETE"], path: str, body: object = b""
    ) -> Any:
        """Change something, in turn with the installation's other writes; raises as :meth:`get`."""
        # gidgethub's own delete() drops the answer, which says what is left.
        write = partial(self._make_request, method, path, {}, body, accept_format())
        async with self.pace.turn():
            return (await self._understood(write))[0]

    async def query(self, text: str, *, within: str | None, **variables: object) -> Any:
        """Ask the GraphQL API; a mutation waits for its turn with the installation's other writes.

        ``within`` is the repository (``owner/repo``) that it is about, and reaches no other; ``None`` where
        it may.

        Raises as :meth:`get`, and ``RefusedError`` also when part of the answer is refused.
        """
        path = "" if within is None else f"/repos/{within}"
        scope = scope_of(self.installation, path)
        if not graphql.is_mutation(text):
            return await self._ask(text, variables, scope)
        async with self.pace.turn():
            return await self._ask(text, variables, scope)

    async def _ask(self, text: str, variables: Mapping[str, object], scope: Scope) -> Any:
        headers = create_headers(USER_AGENT, accept=accept_format())
        headers["content-type"] = "application/json; charset=utf-8"

        async def ask() -> Any:
            body = graphql.body_of(text, variables)
            answer = await self._signed(scope, "POST", self._graphql, headers, body)
            # gidgethub's own graphql() drops the headers, which say how long to wait.
            return graphql.read_answer(decipher_response(*answer)[0], answer[1])

        return await self._understood(ask, graphql.RESOURCE)

    @asynccontextmanager
    async def turn(self, writes: int) -> AsyncIterator[None]:
        """Wait for a turn to make ``writes`` requests by other means than :meth:`write`.

        Raises:
            TransientError: a limit lasts. One that is raised inside, with the time to wait, is heeded by
                every later request of the installation.
        """
        async with self.pace.turn(writes):
            with self._heeding_limits():
                yield

    @contextmanager
    def _heeding_limits(self, resource: str = CORE) -> Iterator[None]:
        """Ask nothing while a limit lasts, and note the limit that what is asked inside runs into."""
        for closed in (_EVERYTHING, resource):
            until, why = self._closed.get(closed, (-math.inf, ""))
            if (wait := until - time.monotonic()) > 0:
                raise TransientError(why, retry_after=wait)
        try:
            yield
        except TransientError as error:
            if error.retry_after:
                closed = error.resource if isinstance(error, PrimaryLimitError) else _EVERYTHING
                self._closed[closed] = time.monotonic() + error.retry_after, str(error)
            raise

    async def _understood(self, call: Callable[[], Awaitable[Any]], resource: str = CORE) -> Any:
        with self._heeding_limits(resource):
            return await understood(call)

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        scope = scope_of(self.installation, _path_of(url, self.base_url))
        return await self._signed(scope, method, url, headers, body)

    async def _signed(
        self, scope: Scope, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Sent:
        tokens = self._app.tokens
        for attempt in (1, 2):
            signed = {**headers, "authorization": f"Bearer {await tokens.get(scope)}"}
            status, answered, content = await super()._send(method, url, signed, body)
            if status != 401 or attempt == 2:
                break
            tokens.forget(scope)
        self.primary_limit = primary_limit(answered) or self.primary_limit
        return status, answered, content


def _path_of(url: str, api_url: str) -> str:
    """Take the path below the API's root out of an address, whatever a proxy has made of its host."""
    parts = urlsplit(url)
    root = urlsplit(api_url).path or graphql.REST_ON_A_SERVER
    path = parts.path.removeprefix(root)
    return f"{path}?{parts.query}" if parts.query else path


def _resource(path: str) -> str:
    """Name the resource whose limit a path counts on ("REST API endpoints for search", rate limit)."""
    return "search" if path.startswith("/search/") else CORE


def _weight(cached: _Cached) -> int:
    """Weigh a cached answer, so that neither many small ones nor few large ones are too much."""
    return max(len(json.dumps(cached)), CACHED_BYTES // CACHED_ANSWERS)


def _weight_of_blob(content: bytes) -> int:
    """Weigh a file with what it takes to keep it at all."""
    return len(content) + 200


class AppClient:
    """The App itself: hands out a client per installation, and has the tokens of all."""

    def __init__(
        self,
        *,
        api_url: str,
        app_id: str,
        private_key: str,
        writes_per_minute: int = WRITES_PER_MINUTE,
        timeout: float = 30.0,
    ) -> None:
        self.api_url = api_url.rstrip("/")
        self.http = httpx.AsyncClient(timeout=timeout, follow_redirects=True)
        self._writes_per_minute = writes_per_minute
        self._session = Session(self.http, app_id=app_id, private_key=private_key, base_url=self.api_url)
        self.answers: LRUCache[tuple[int, str], _Cached] = LRUCache(CACHED_BYTES, getsizeof=_weight)
        self.blobs: LRUCache[tuple[int, str], bytes] = LRUCache(BLOB_BYTES, getsizeof=_weight_of_blob)
        self._clients: dict[int, InstallationClient] = {}
        self.tokens = Tokens(self._ask_for_token)
        self._slug: str | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    def installation(self, number: int) -> InstallationClient:
        """Give the client of one installation; the same one each time."""
        if number not in self._clients:
            self._clients[number] = InstallationClient(self, number, Pace(self._writes_per_minute))
        return self._clients[number]

    async def slug(self) -> str:
        """Ask GitHub for the App's name in addresses and mentions; asked once.

        Raises:
            RefusedError: GitHub does not know the App, or not this key of it.
            TransientError: GitHub cannot answer now.
        """
        if self._slug is None:
            answer = await understood(partial(self._session.getitem, "/app"))
            self._slug = str(answer["slug"])
        return self._slug

    async def page(self, path: str) -> tuple[Any, str | None]:
        """Read one page of a list of the App's own, and give it with the path of the next.

        Raises as :meth:`slug`.
        """
        read = partial(self._session._make_request, "GET", path, {}, b"", accept_format())
        items, following, _ = await understood(read)
        return items, _path_of(following, self.api_url) if following else None

    async def post(self, path: str) -> None:
        """Have something done about the App itself; raises as :meth:`slug`."""
        await understood(partial(self._session.post, path, data=b""))

    async def installation_of(self, repository: str) -> int:
        """Find the installation that covers a repository now.

        Raises:
            GoneError: there is none, or no such repository.
            TransientError: GitHub cannot answer now.
        """
        answer = await understood(partial(self._session.getitem, f"/repos/{repository}/installation"))
        return int(answer["id"])

    async def _ask_for_token(self, path: str, body: object) -> Any:
        return await understood(partial(self._session.post, path, data=body))
