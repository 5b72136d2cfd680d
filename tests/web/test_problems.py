"""What an API cannot do is answered as problem details, whatever was sent."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from bot.web.api import ReleaseAsked
from bot.web.problems import MEDIA_TYPE, route_class


async def nobody_is_stopped(_: Request) -> None:
    """Let everybody pass."""


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"\xff", {400}),
        # How deep is too deep for the reader of JSON differs between versions of Python.
        (b"[" * 16_000, {400, 422}),
        (b'{"thread": ' + b"9" * 5_000 + b"}", {400}),
        (b"{", {422}),
        (b'{"repository": "a/b", "\\ud800": 1}', {422}),
        (b'{"repository": "a/b", "thread": NaN}', {422}),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem_like_others(body: bytes, statuses: set[int]) -> None:
    router = APIRouter(route_class=route_class(nobody_is_stopped))

    @router.post("/")
    async def ask(asked: ReleaseAsked) -> None:
        """Take what was asked."""

    app = FastAPI()
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
        answer = await http.post("/", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in statuses
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["detail"]
