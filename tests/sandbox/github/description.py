"""Hold answers to GitHub's own OpenAPI description, and webhooks to its payload schemas."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from referencing import Registry
from referencing.jsonschema import DRAFT4

FILE = Path(__file__).parents[2] / "contract/node_modules/@octokit/openapi/generated/api.github.com.json"
INSTALL = "GitHub's API description is not installed: `make test` does it (npm ci in tests/contract)"


def is_installed() -> bool:
    """Tell whether the npm package with the description is there."""
    return FILE.is_file()


@cache
def _document() -> dict[str, Any]:
    def adapted(schema: dict[str, Any]) -> dict[str, Any]:
        # A discriminator tells nothing about a list, and oneOf decides without it.
        schema.pop("discriminator", None)
        # The description says nullable where a validator only listens to the type or the values.
        if schema.get("nullable") is not True:
            return schema
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"].append(None)
        return schema if "type" in schema else {"anyOf": [schema, {"enum": [None]}]}

    document: dict[str, Any] = json.loads(FILE.read_text(), object_hook=adapted)
    return document


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    def openness(path: str) -> list[bool]:
        return [part.startswith("{") for part in path.split("/")]

    # These may hold slashes, whatever the description's templates say; but a narrow match is better.
    wide = re.compile(r"\{(path|ref|basehead)\}$")
    paths = sorted(_document()["paths"], key=openness)
    templates = [(path, path) for path in paths] + [(wide.sub(".+", path), path) for path in paths]
    return [(re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", each) + "$"), path) for each, path in templates]


@cache
def _validator(pointer: str) -> Any:
    from openapi_schema_validator import OAS30Validator  # it compiles grammars for seconds when it is loaded

    registry: Registry[Any] = Registry().with_resource("urn:github", DRAFT4.create_resource(_document()))
    return OAS30Validator({"$ref": f"urn:github#{pointer}"}, registry=registry)


def _errors(validator: Any, body: Any) -> list[str]:
    found = []
    for error in validator.iter_errors(body):
        if error.validator == "oneOf" and not error.context:
            # Several kinds fit: the description's kinds of errors all do, whatever the error.
            continue
        where = "/".join(str(part) for part in error.absolute_path)
        inner = min(error.context or [], key=lambda each: -len(each.absolute_path), default=None)
        more = f" ({'/'.join(map(str, inner.absolute_path))}: {inner.message[:150]})" if inner else ""
        found.append(f"{where}: {error.message[:200]}{more}")
    return found


def violations(method: str, path: str, status: int, media_type: str, body: Any) -> list[str]:
    """List what in an answer GitHub's description does not allow; ``path`` is below the API's root."""
    template = next((each for pattern, each in _paths() if pattern.match(unquote(path))), "")
    operation = _document()["paths"].get(template, {}).get(method.lower())
    if operation is None:
        return [f"{method} {path} is not described"]
    response = operation["responses"].get(str(status))
    if response is None:
        # Any request may be refused for its credentials or its rate, fail, or be told that nothing changed.
        return [] if status in (304, 401, 403, 404, 429, 500) else [f"status {status} is not described"]
    pointer = f"/paths/{template.replace('~', '~0').replace('/', '~1')}/{method.lower()}/responses/{status}"
    if "$ref" in response:
        pointer = response["$ref"].removeprefix("#")
        response = _document()["components"]["responses"][pointer.rsplit("/", 1)[1]]
    content = response.get("content", {})
    kind = next((each for each in (media_type, "application/json") if each in content), None)
    if kind is None or body is None:
        return [f"a body of {kind} is missing"] if body is None and content and status != 304 else []
    return _errors(_validator(f"{pointer}/content/{kind.replace('/', '~1')}/schema"), body)


def webhook_violations(event: str, payload: dict[str, Any]) -> list[str]:
    """List what in a webhook's payload GitHub's description does not allow."""
    action = payload.get("action")
    name = "-".join([event, *([action] if action else [])]).replace("_", "-")
    if event == "repository_dispatch":
        name = "repository-dispatch-sample.collected"  # the action is the sender's own word
    if name not in _document()["x-webhooks"]:
        return [f"{name} is not described"]
    return _errors(
        _validator(f"/x-webhooks/{name}/post/requestBody/content/application~1json/schema"), payload
    )
