"""Remember the newest requests and how each was answered, with no secret in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.hub.discussions import isoformat

LENGTH = 10_000
"""Requests remembered."""

USER = "hub.user"
"""Where in the scope the app leaves the name of the caller it recognized."""

Entries = deque[dict[str, object]]


def new_log() -> Entries:
    """Start a log that forgets its oldest entries."""
    return deque(maxlen=LENGTH)


@dataclass(frozen=True)
class RequestLog:
    """Pass requests on to an app and note its answers."""

    app: ASGIApp
    entries: Entries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note each request when its answer begins, so that it can be read once the client has the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.entries.append(_entry(scope, message["status"]))
            await send(message)

        await self.app(scope, receive, noted)


def _entry(scope: Scope, status: int) -> dict[str, object]:
    path = scope["path"]
    # A signature is as good as a token for an hour.
    query = "" if path.startswith("/_storage/") else scope["query_string"].decode("latin-1")
    return {
        "at": isoformat(datetime.now(UTC)),
        "method": scope["method"],
        "path": f"{path}?{query}" if query else path,
        "status": status,
        "bytes": int(Headers(scope=scope).get("content-length", 0)),
        "user": scope.get(USER),
    }
