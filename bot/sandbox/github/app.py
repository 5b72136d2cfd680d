"""The sandbox GitHub as one ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.sandbox.faults import Faults
from bot.sandbox.github import downloads, lfs, manifests, pages, smart_http, storage
from bot.sandbox.github.calls import Directory
from bot.sandbox.github.gateway import Gateway
from bot.sandbox.github.house import House
from bot.sandbox.github.routes import ALL, control, observing

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
HOURLY_LIMIT = 5000
"""Requests an installation or a person has per hour (docs: rate limits for the REST API)."""


def create_app(state: Path, *, public_url: str | None = None, hourly_limit: int = HOURLY_LIMIT) -> ASGIApp:
    """Build a GitHub that keeps everything under ``state``.

    ``public_url`` pins the addresses in its answers, for use behind a proxy; without it they follow
    the request. ``hourly_limit`` is the primary rate limit per caller.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        house = House(state, hourly_limit=hourly_limit)
        app.state.house = house
        app.state.api = Gateway(house, Directory(ALL), public_url=public_url)
        app.state.stage = Gateway(house, Directory([control.routes, observing.routes]), public_url=public_url)
        await house.hooks.start()
        yield
        await house.hooks.stop()
        house.close()

    async def answer(request: Request) -> Response:
        gateway: Gateway = request.app.state.api
        return await gateway.answer(request)

    async def direct(request: Request) -> Response:
        gateway: Gateway = request.app.state.stage
        return await gateway.direct(request)

    site = Starlette(
        routes=[
            Route("/_sandbox/{rest:path}", direct, methods=METHODS),
            Route("/api/graphql", answer, methods=["POST"]),
            Route("/api/v3", answer, methods=METHODS),
            Route("/api/v3/{rest:path}", answer, methods=METHODS),
            Route("/api/uploads/{rest:path}", answer, methods=METHODS),
            *lfs.ROUTES,
            *smart_http.ROUTES,
            *manifests.ROUTES,
            *downloads.ROUTES,
            *storage.ROUTES,
            *pages.ROUTES,
        ],
        exception_handlers=pages.HANDLERS,
        lifespan=lifespan,
    )
    return Faults(site)
