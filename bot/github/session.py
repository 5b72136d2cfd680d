"""Ask GitHub over HTTP, follow it to no other server, and turn what goes wrong into the house's errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import gidgethub
import httpx
from gidgethub.abc import GitHubAPI
from gidgethub.sansio import decipher_response

from bot.errors import RefusedError, TransientError
from bot.github.limits import understand

USER_AGENT = "giveback"

MOVES = 5
"""How often a request follows to another address: more is a circle."""

CACHED_ANSWER_BYTES = 256 << 10
"""Bytes of the largest answer that is kept: a full page of a list, not a file."""

Sent = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body of an answer."""

_MOVED = (301, 302, 307, 308)
_VALIDATORS = ("etag", "last-modified")


@contextmanager
def reaching(whom: str) -> Iterator[None]:
    """Turn what goes wrong on the way to a server into the house's errors.

    A broken line, half an answer or a loop of redirects may be a proxy's doing, and pass; an address
    that cannot be asked does not.
    """
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise RefusedError(f"{whom} is at an address that cannot be asked: {error}", 502) from error
    except httpx.HTTPError as error:
        raise TransientError(f"{whom} could not be reached: {type(error).__name__}") from error


class Session(GitHubAPI):
    """gidgethub over httpx, with GitHub's refusals turned into the house's errors."""

    def __init__(self, http: httpx.AsyncClient, **options: Any) -> None:
        super().__init__(USER_AGENT, **options)
        self.http = http

    async def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Sent:
        """Ask, and follow to where a repository or an issue is now, though to no other server.

        What is asked there is asked in the same way (REST "Best practices", "Follow redirects").
        """
        for _ in range(MOVES):
            answer = await self._send(method, url, headers, body)
            status, answered, _ = answer
            if status not in _MOVED or "location" not in answered:
                return answer
            url = _at_the_same_server(url, answered["location"])
        raise TransientError("GitHub could not be reached: it sends a request in a circle")

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        with reaching("GitHub"):
            answer = await self.http.request(
                method, url, headers=dict(headers), content=body, follow_redirects=False
            )
        if len(answer.content) > CACHED_ANSWER_BYTES:
            for name in _VALIDATORS:  # what carries none is not cached
                answer.headers.pop(name, None)
        return answer.status_code, answer.headers, answer.content

    async def sleep(self, seconds: float) -> None:
        """Wait; part of gidgethub's contract."""
        await asyncio.sleep(seconds)


async def understood(call: Callable[[], Awaitable[Any]]) -> Any:
    """Ask GitHub through gidgethub, and turn what it answers into the house's errors."""
    try:
        return await call()
    except gidgethub.HTTPException as error:
        raise understand(int(error.status_code), error.headers, str(error)) from error
    except ValueError as error:
        # What answered was not GitHub's API: a proxy's page, a status no list has, half an answer.
        raise TransientError(f"GitHub's answer could not be read: {error}") from error


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    """Read an answer that is no success as gidgethub would."""
    try:
        decipher_response(status, headers, body)
    except gidgethub.HTTPException as error:
        return understand(status, headers, str(error))
    except ValueError:
        pass
    return understand(status, headers, "")


def _at_the_same_server(url: str, location: str) -> str:
    target = urljoin(url, location)
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        raise RefusedError(f"GitHub is at an address that cannot be asked: {urlsplit(target).netloc}", 502)
    return target
