"""Answer what an API cannot do as problem details (RFC 9457), instead of the framework's own shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"

Guard = Callable[[Request], Awaitable[None]]
"""Looks at a request before its body is read; raises :class:`ApiProblem`."""


class Problem(BaseModel):
    """Why a call could not be done (RFC 9457)."""

    type: str = Field(description="What kind of problem it is; stays the same.")
    title: str = Field(description="The kind in a few words.")
    status: int
    detail: str = Field(description="What is wrong this time and what to do next; Markdown.")


class ApiProblem(Exception):
    """A call that cannot be done; it is answered as a :class:`Problem`."""

    def __init__(
        self, status: int, kind: str, title: str, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.problem = Problem(type=f"urn:giveback:{kind}", title=title, status=status, detail=detail)
        self.headers = dict(headers or {})

    def answer(self) -> Response:
        """Put it into an answer."""
        content = self.problem.model_dump()
        return JSONResponse(content, self.problem.status, self.headers, MEDIA_TYPE)


def route_class(guard: Guard) -> type[APIRoute]:
    """Make the class of an API's routes: they let ``guard`` look first, and answer problems as such."""

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    await guard(request)
                    return await handle(request)
                except ApiProblem as problem:
                    return problem.answer()
                except RequestValidationError as error:
                    return _not_as_described(error).answer()
                except HTTPException as error:
                    if error.status_code != 400:
                        raise
                    return _unreadable().answer()

            return answer

    return GuardedRoute


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems an operation may answer with, for the OpenAPI page."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": "A problem", "content": content} for status in statuses}


def _unreadable() -> ApiProblem:
    return ApiProblem(400, "unreadable", "The body cannot be read", "Send one JSON object in UTF-8.")


def _not_as_described(error: RequestValidationError) -> ApiProblem:
    said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return ApiProblem(422, "not-as-described", "The call is not as described", said)
