"""Keep tokens of installations, each narrowed to the repository it is for, until they near their end."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cachetools import LRUCache

from bot.errors import RefusedError

TOKEN_MARGIN = 300.0
"""Seconds before its expiry at which an installation token is replaced; it lives an hour."""

TOKENS = 2000
"""How many are kept; the one that was not used for longest makes room, and is asked for again."""

_REPOSITORY = re.compile(r"/(?:repos/[^/?]+/(?P<name>[^/?]+)|repositories/(?P<number>[0-9]+))")

Ask = Callable[[str, object], Awaitable[Any]]
"""Posts a body to a path as the App, and gives the answer."""


@dataclass(frozen=True)
class Token:
    """An installation token; ``expires`` is in Unix seconds."""

    value: str
    expires: float
    repository: int | None = None
    """GitHub's number of the one repository that it reaches, whatever that is called by now."""

    def __repr__(self) -> str:
        return f"Token(expires={self.expires:.0f})"


@dataclass(frozen=True)
class Scope:
    """What a token is good for: an installation, or one repository of it.

    GitHub takes the repository's name without its owner, or its number (REST "Create an installation
    access token for an app").
    """

    installation: int
    repository: str | int | None = None

    @property
    def body(self) -> dict[str, object]:
        """Write what GitHub is asked for."""
        match self.repository:
            case None:
                return {}
            case int(number):
                return {"repository_ids": [number]}
            case name:
                return {"repositories": [name]}


def scope_of(installation: int, path: str) -> Scope:
    """Give the scope that a request to a path of the API needs."""
    found = _REPOSITORY.match(path)
    if found is None:
        return Scope(installation)
    return Scope(installation, found["name"] if found["name"] else int(found["number"]))


class Tokens:
    """Tokens by their scope."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._kept: LRUCache[Scope, Token] = LRUCache(TOKENS)
        self._asking: LRUCache[Scope, asyncio.Lock] = LRUCache(TOKENS)

    async def get(self, scope: Scope) -> str:
        """Give a token that is good for at least a few more minutes, asking GitHub only when none is kept.

        For a repository that GitHub does not know by this name in the installation, such as one that was
        renamed or a public one of somebody else's, that is the token of the whole installation.

        Raises:
            RefusedError: the App was removed, or its credentials are wrong.
            TransientError: GitHub cannot answer now.
        """
        async with self._asking.setdefault(scope, asyncio.Lock()):
            kept = self._kept.get(scope)
            if kept is None or kept.expires - time.time() < TOKEN_MARGIN:
                kept = await self._new(scope)
                self._kept[scope] = kept
            return kept.value

    def forget(self, scope: Scope) -> None:
        """Drop a token that GitHub no longer takes, whatever else it is kept for."""
        dropped = self._kept.pop(scope, None)
        whole = Scope(scope.installation)
        if dropped is not None and dropped == self._kept.get(whole):
            del self._kept[whole]

    def notice(self, scope: Scope, number: int) -> None:
        """Note GitHub's number of the repository with a name now: a token for the one before is of no use.

        GitHub answers with it as if the new one were not there.
        """
        kept = self._kept.get(scope)
        if kept is not None and kept.repository not in (None, number):
            del self._kept[scope]

    async def _new(self, scope: Scope) -> Token:
        try:
            answer = await self._ask(f"/app/installations/{scope.installation}/access_tokens", scope.body)
        except RefusedError as error:
            if error.status != 422 or scope.repository is None:
                raise
            whole = Scope(scope.installation)
            await self.get(whole)
            return self._kept[whole]
        reached = [one["id"] for one in answer.get("repositories", ())]
        return Token(
            answer["token"],
            datetime.fromisoformat(answer["expires_at"]).timestamp(),
            reached[0] if len(reached) == 1 and scope.repository is not None else None,
        )
