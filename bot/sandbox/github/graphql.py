"""GraphQL's manners: what a query is called, and how an answer says no."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.sandbox.github.calls import Reply
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.shapes.view import Json

_OPERATION = re.compile(r"\s*(?:query|mutation)\s+(\w{1,100})")
_KINDS = {403: "FORBIDDEN", 404: "NOT_FOUND", 422: "UNPROCESSABLE"}


def operation_of(text: str) -> str | None:
    """Read the name of the operation a document begins with."""
    found = _OPERATION.match(text)
    return found.group(1) if found else None


def refusal(problem: Problem, field: str | None = None) -> Reply:
    """Answer a problem as GraphQL does: with status 200, unless it is about the credentials or the JSON."""
    if problem.status not in _KINDS:
        return Reply(problem.status, problem.body, problem.headers)
    words = str(problem)
    limited = "rate limit" in words.lower()
    error = {"type": "RATE_LIMITED" if limited else _KINDS[problem.status], "message": words}
    if field is None:
        return Reply(200, {"errors": [error]})
    return Reply(200, {"data": {field: None}, "errors": [{**error, "path": [field]}]})


def together(answered: Mapping[str, Json], refused: Sequence[Reply]) -> Reply:
    """Answer the fields of one document: those that could be, and an error for each of the others."""
    beyond = next((one for one in refused if one.status != 200), None)
    if beyond is not None:
        return beyond
    data = {**answered, **{field: None for one in refused for field in one.body["data"]}}
    errors = [error for one in refused for error in one.body["errors"]]
    return Reply(200, {"data": data, "errors": errors} if errors else {"data": data})
