"""Speak to GitHub as the App: tokens, cached answers, paced writes, and refusals understood in one place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import gidgethub
import httpx
from cachetools import LRUCache
from gidgethub.abc import GitHubAPI
from gidgethub.sansio import accept_format

from bot.errors import TransientError
from bot.github.limits import Pace, understand

USER_AGENT = "giveback"
TOKEN_MARGIN = 300.0
"""Seconds before its expiry at which an installation token is replaced; it lives an hour."""

CACHED_ANSWERS = 1000
"""How many answers with an ETag are kept per installation; a 304 is free of the primary limit."""


class Session(GitHubAPI):
    """gidgethub over httpx, with GitHub's refusals turned into the house's errors."""

    def __init__(self, http: httpx.AsyncClient, **options: Any) -> None:
        super().__init__(USER_AGENT, **options)
        self.http = http

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            answer = await self.http.request(method, url, headers=dict(headers), content=body)
        except httpx.TransportError as error:
            raise TransientError(f"GitHub could not be reached: {type(error).__name__}") from error
        return answer.status_code, answer.headers, answer.content

    async def sleep(self, seconds: float) -> None:
        """Wait; part of gidgethub's contract."""
        await asyncio.sleep(seconds)


def _unreadable(error: ValueError) -> TransientError:
    """Say that what answered was not GitHub's API: a proxy's page, a status no list has, half an answer."""
    return TransientError(f"GitHub's answer could not be read: {error}")


@dataclass(frozen=True)
class Token:
    """An installation token; ``expires`` is in Unix seconds."""

    value: str
    expires: float

    def __repr__(self) -> str:
        return f"Token(expires={self.expires:.0f})"


class InstallationClient(Session):
    """The App in one installation."""

    def __init__(self, app: AppClient, installation: int, pace: Pace) -> None:
        cache: MutableMapping[str, tuple[str | None, str | None, Any, str | None]] = LRUCache(CACHED_ANSWERS)
        super().__init__(app.http, cache=cache, base_url=app.api_url)
        self.installation = installation
        self.pace = pace
        self._app = app
        self._closed_until = 0.0
        self._why_closed = ""

    async def token(self) -> str:
        """Give a token that is good for at least a few more minutes."""
        return await self._app.installation_token(self.installation)

    async def get(self, path: str, *, accept: str = accept_format()) -> Any:
        """Read one thing; ``path`` is already percent-encoded.

        Raises:
            TransientError: GitHub cannot answer now.
            RefusedError: GitHub will not answer; ``GoneError`` when there is nothing there.
        """
        return await self._understood(self.getitem(path, accept=accept))

    async def pages(self, path: str) -> AsyncIterator[Any]:
        """Read a list over all its pages; raises as :meth:`get`."""
        items = self.getiter(path)
        while True:
            try:
                item = await self._understood(anext(items))
            except StopAsyncIteration:
                return
            yield item

    async def write(
        self, method: Literal["POST", "PATCH", "PUT", "DELETE"], path: str, body: object = b""
    ) -> Any:
        """Change something, in turn with the installation's other writes; raises as :meth:`get`."""
        calls: dict[str, Callable[..., Awaitable[Any]]] = {
            "POST": self.post,
            "PATCH": self.patch,
            "PUT": self.put,
            "DELETE": self.delete,
        }
        async with self.pace.turn():
            return await self._understood(calls[method](path, data=body))

    async def _understood(self, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except gidgethub.HTTPException as error:
            reason = understand(int(error.status_code), error.headers, str(error))
            if isinstance(reason, TransientError) and reason.retry_after:
                self._closed_until = time.time() + reason.retry_after
                self._why_closed = str(reason)
            raise reason from error
        except ValueError as error:
            raise _unreadable(error) from error

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        wait = self._closed_until - time.time()
        if wait > 0:
            raise TransientError(self._why_closed, retry_after=wait)
        for attempt in (1, 2):
            signed = {**headers, "authorization": f"Bearer {await self.token()}"}
            status, answered, content = await super()._request(method, url, signed, body)
            if status != 401 or attempt == 2:
                break
            self._app.forget_token(self.installation)
        return status, answered, content


class AppClient:
    """The App itself: hands out a client per installation and keeps their tokens."""

    def __init__(
        self,
        *,
        api_url: str,
        app_id: str,
        private_key: str,
        writes_per_minute: int = 80,
        timeout: float = 30.0,
    ) -> None:
        self.api_url = api_url.rstrip("/")
        self.http = httpx.AsyncClient(timeout=timeout, follow_redirects=True)
        self._writes_per_minute = writes_per_minute
        self._session = Session(self.http, app_id=app_id, private_key=private_key, base_url=self.api_url)
        self._clients: dict[int, InstallationClient] = {}
        self._tokens: dict[int, Token] = {}
        self._asking: dict[int, asyncio.Lock] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    def installation(self, number: int) -> InstallationClient:
        """Give the client of one installation; the same one each time."""
        if number not in self._clients:
            self._clients[number] = InstallationClient(self, number, Pace(self._writes_per_minute))
        return self._clients[number]

    async def installation_token(self, number: int) -> str:
        """Give the installation's token, asking GitHub only when the one kept nears its end.

        Raises:
            RefusedError: the App was removed, or its credentials are wrong.
            TransientError: GitHub cannot answer now.
        """
        async with self._asking.setdefault(number, asyncio.Lock()):
            kept = self._tokens.get(number)
            if kept is None or kept.expires - time.time() < TOKEN_MARGIN:
                kept = await self._ask_for_token(number)
                self._tokens[number] = kept
            return kept.value

    def forget_token(self, number: int) -> None:
        """Drop a token that GitHub no longer takes."""
        self._tokens.pop(number, None)

    async def _ask_for_token(self, number: int) -> Token:
        try:
            answer = await self._session.post(f"/app/installations/{number}/access_tokens", data=b"")
        except gidgethub.HTTPException as error:
            raise understand(int(error.status_code), error.headers, str(error)) from error
        except ValueError as error:
            raise _unreadable(error) from error
        return Token(answer["token"], datetime.fromisoformat(answer["expires_at"]).timestamp())

    async def installation_of(self, repository: str) -> int:
        """Find the installation that covers a repository.

        Raises:
            RefusedError: the App is not installed there.
        """
        try:
            answer = await self._session.getitem(f"/repos/{repository}/installation")
        except gidgethub.HTTPException as error:
            raise understand(int(error.status_code), error.headers, str(error)) from error
        return int(answer["id"])
