"""Ask GitHub's GraphQL API: where it is, what is asked, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.errors import GoneError, RefusedError, TransientError
from bot.github.limits import understand

RESOURCE = "graphql"
"""How the headers of an answer call the limit GraphQL has of its own."""

_QUERIES = Path(__file__).with_name("queries")
REST_ON_A_SERVER = "/api/v3"
_FORBIDDEN = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})
_WENT_WRONG = "something went wrong while executing your query"
"""How GitHub begins when a query took too long or part of it was down; such an error has no type."""


def endpoint_of(api_url: str) -> str:
    """Give the address of GraphQL beside a REST API.

    ``https://api.github.com/graphql`` on github.com, ``https://HOST/api/graphql`` where REST is at
    ``https://HOST/api/v3`` (GitHub Enterprise Server, "Forming calls with GraphQL").
    """
    if api_url.endswith(REST_ON_A_SERVER):
        return api_url.removesuffix("/v3") + "/graphql"
    return f"{api_url}/graphql"


@cache
def query_text(name: str) -> str:
    """Read one of the queries beside this module, by the name of its operation."""
    return (_QUERIES / f"{name}.graphql").read_text(encoding="utf-8")


def is_mutation(text: str) -> bool:
    """Tell whether a query changes something."""
    return text.lstrip().startswith("mutation")


def body_of(text: str, variables: Mapping[str, object]) -> bytes:
    """Write the body of a request."""
    return json.dumps({"query": text, "variables": variables}).encode()


def read_answer(answer: Any, headers: Mapping[str, str]) -> Any:
    """Take the data out of an answer, all of which has to be there: half an answer is none.

    GitHub answers errors with status 200 and a ``type`` for each ("Rate limits and query limits for the
    GraphQL API"; the types stand in no document and are those its clients know).

    Raises:
        TransientError: a limit is reached, or the query took too long.
        GoneError: something it is about is not there, or may not be seen.
        RefusedError: anything else.
    """
    if not isinstance(answer, dict):
        raise ValueError("an answer of GraphQL's is a JSON object")
    errors = answer.get("errors") or []
    if not errors and answer.get("data") is not None:
        return answer["data"]
    kinds = {str(error.get("type", "")) for error in errors}
    words = "; ".join(str(error.get("message", "")) for error in errors) or "GraphQL answered without data"
    if "RATE_LIMITED" in kinds:
        raise understand(403, {"x-ratelimit-resource": RESOURCE, **headers}, f"API rate limit: {words}")
    if not errors or words.lower().startswith(_WENT_WRONG):
        raise TransientError(words)
    if kinds & _FORBIDDEN:
        raise RefusedError(words, 403)
    if "NOT_FOUND" in kinds:
        raise GoneError(words, 404)
    raise RefusedError(words, 422)
