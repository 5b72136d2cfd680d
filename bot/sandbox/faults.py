"""Let tests and demos order failures: wrong statuses, delays, cut connections and rate limits."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/_sandbox/faults"
"""Where faults are ordered (POST), listed with how often each fired (GET) and cleared (DELETE)."""

DEFAULT_WAIT = 1.0
"""Seconds a delay lasts or a rate limit asks to wait when the order names none."""


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class Fault(BaseModel):
    """Describe one failure and the requests it strikes.

    ``path`` is searched as a regular expression in the raw (still quoted) path. ``after`` matching requests
    are let through first; then the fault fires ``times`` times, or for ever. ``after_response`` lets the app
    carry the request out and spoils only the answer, so that a write has happened and the client does not
    know. ``after_bytes`` cuts after that many bytes of the app's response body. ``headers`` replace the
    kind's own.
    """

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, AfterValidator(_regex)]
    kind: Literal["status", "delay", "cut", "rate_limit", "secondary_rate_limit"]
    method: str | None = None
    status: int | None = None
    seconds: float = DEFAULT_WAIT
    headers: dict[str, str] | None = None
    body: str | dict[str, object] | list[object] | None = None
    times: int | None = None
    after: int = 0
    after_response: bool = False
    after_bytes: int | None = None

    def strikes(self, method: str, raw_path: str) -> bool:
        """Say whether a request is one this fault is meant for."""
        return (self.method is None or self.method.upper() == method) and bool(re.search(self.path, raw_path))

    def answer(self, now: float) -> Response:
        """Build what the client gets instead of the app's answer; ``now`` is Unix time in seconds.

        Primary and secondary limits read like GitHub's (docs.github.com, "Rate limits for the REST API").
        For the Hub order ``rate_limit`` with status 429 and the header ``RateLimit: "api";r=0;t=N``.
        """
        match self.kind:
            case "rate_limit":
                status, message = 403, "API rate limit exceeded for this installation."
                headers = {
                    "x-ratelimit-limit": "5000",
                    "x-ratelimit-remaining": "0",
                    "x-ratelimit-used": "5000",
                    "x-ratelimit-reset": str(int(now + self.seconds)),
                    "x-ratelimit-resource": "core",
                }
            case "secondary_rate_limit":
                status, message = (
                    403,
                    "You have exceeded a secondary rate limit. Please wait before you try again.",
                )
                headers = {"retry-after": str(int(self.seconds))}
            case _:
                status, message, headers = 500, "This failure was ordered from the sandbox.", {}
        status = self.status or status
        headers = headers if self.headers is None else self.headers
        if isinstance(self.body, str):
            return Response(self.body, status, headers, media_type="text/plain")
        return JSONResponse({"message": message} if self.body is None else self.body, status, headers)


@dataclass
class _Ordered:
    """Hold a fault with what has become of it so far."""

    id: int
    fault: Fault
    seen: int = 0
    fired: int = 0

    def fires(self, method: str, raw_path: str) -> bool:
        if not self.fault.strikes(method, raw_path):
            return False
        self.seen += 1
        spent = self.fault.times is not None and self.fired >= self.fault.times
        if self.seen <= self.fault.after or spent:
            return False
        self.fired += 1
        return True

    def shape(self) -> dict[str, object]:
        return {
            "id": self.id,
            "seen": self.seen,
            "fired": self.fired,
            **self.fault.model_dump(exclude_none=True),
        }


@dataclass
class Faults:
    """Stand before an ASGI app and strike the requests somebody ordered a fault for."""

    app: ASGIApp
    _ordered: list[_Ordered] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the faults themselves, strike, or pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        raw_path: str = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        if raw_path == PATH:
            response = await self._order(Request(scope, receive))
            await response(scope, receive, send)
            return
        fault = next((o.fault for o in self._ordered if o.fires(scope["method"], raw_path)), None)
        if fault is None:
            await self.app(scope, receive, send)
        else:
            await self._strike(fault, scope, receive, send)

    async def _order(self, request: Request) -> Response:
        match request.method:
            case "GET":
                return JSONResponse({"faults": [ordered.shape() for ordered in self._ordered]})
            case "POST":
                try:
                    fault = Fault.model_validate_json(await request.body())
                except ValidationError as error:
                    return JSONResponse({"errors": json.loads(error.json(include_context=False))}, 422)
                ordered = _Ordered(next(self._ids), fault)
                self._ordered.append(ordered)
                return JSONResponse(ordered.shape(), 201)
            case "DELETE":
                self._ordered.clear()
                return Response(status_code=204)
        return JSONResponse({"message": "Use GET, POST or DELETE."}, 405, {"allow": "GET, POST, DELETE"})

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "cut" and fault.after_bytes is not None:
            await _cut_body(self.app, fault.after_bytes, scope, receive, send)
            return
        if fault.kind == "delay":
            if fault.after_response:
                await self.app(scope, receive, _delayed(send, fault.seconds))
            else:
                await asyncio.sleep(fault.seconds)
                await self.app(scope, receive, send)
            return
        if fault.after_response:
            await self.app(scope, receive, _swallow)
        if fault.kind == "cut":
            await _cut(receive, send)
        else:
            await fault.answer(time.time())(scope, receive, send)


async def _swallow(message: Message) -> None:
    """Take the app's answer and tell nobody."""


def _delayed(send: Send, seconds: float) -> Send:
    async def held(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return held


async def _cut(receive: Receive, send: Send, *, flush: bool = False) -> None:
    """Close the connection under the client.

    ASGI has no message for this, so the transport is taken from uvicorn's ``send``, which is a method of the
    cycle that owns it. Under any other server the request fails with ConnectionAbortedError. Waiting for the
    disconnect keeps uvicorn from answering 500 in the app's place.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionAbortedError("cut by an ordered fault")
    if flush:
        transport.close()
    else:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


class _BodyCutError(Exception):
    """Unwinds the app once enough of its body went out."""


async def _cut_body(app: ASGIApp, after_bytes: int, scope: Scope, receive: Receive, send: Send) -> None:
    left = after_bytes

    async def rationed(message: Message) -> None:
        nonlocal left
        if message["type"] != "http.response.body":
            await send(message)
            return
        body: bytes = message.get("body", b"")[:left]
        left -= len(body)
        await send({"type": "http.response.body", "body": body, "more_body": True})
        if left <= 0 or not message.get("more_body", False):
            raise _BodyCutError

    try:
        await app(scope, receive, rationed)
    except* _BodyCutError:
        await _cut(receive, send, flush=True)
