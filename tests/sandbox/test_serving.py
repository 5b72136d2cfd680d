"""Serving an app on loopback in a thread."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.sandbox.serving import run_in_thread


async def _hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def test_an_app_answers_until_it_is_stopped() -> None:
    with run_in_thread(Starlette(routes=[Route("/", _hello)])) as running:
        assert httpx.get(running.url).text == "hello"
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.url)


def test_a_port_can_be_used_again_after_a_stop() -> None:
    with run_in_thread(Starlette(routes=[Route("/", _hello)])) as first:
        httpx.get(first.url)
    with run_in_thread(Starlette(routes=[Route("/", _hello)]), port=first.port) as second:
        assert second.url == first.url
        assert httpx.get(second.url).text == "hello"


def test_a_taken_port_is_an_error_at_once() -> None:
    app = Starlette(routes=[Route("/", _hello)])
    with run_in_thread(app) as running, pytest.raises(OSError, match="in use"):
        run_in_thread(app, port=running.port)


def test_an_app_that_cannot_start_is_an_error_at_once() -> None:
    @asynccontextmanager
    async def broken(app: Starlette) -> AsyncIterator[None]:
        if app.debug is False:
            raise ValueError("no state folder")
        yield

    with pytest.raises(RuntimeError, match="did not start"):
        run_in_thread(Starlette(lifespan=broken))
