"""Read the fields of a JSON body, refusing wrong types the way GitHub does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from bot.sandbox.github.problems import Problem, refused
from bot.sandbox.github.store import timestamp

BODY_LIMIT = 65_536
"""Characters in the body of an issue, pull request or comment."""


def _wrong(name: str, value: object, wanted: str) -> Problem:
    shown = "nil" if value is None else orjson.dumps(value).decode()[:100]
    return Problem(422, f"Invalid request.\n\nFor 'properties/{name}', {shown} is not {wanted}.")


class Fields:
    """The body of a request. A field that is absent reads as None.

    ``listed`` is the body where it is a list, which GitHub takes for labels.
    """

    def __init__(self, content: dict[str, Any], listed: list[Any] | None = None) -> None:
        self.content = content
        self.listed = listed

    @classmethod
    def parse(cls, body: bytes) -> Fields:
        """Read a request body; an empty one has no fields."""
        if not body.strip():
            return cls({})
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Problem(400, "Problems parsing JSON") from None
        if isinstance(content, list):
            return cls({}, content)
        if not isinstance(content, dict):
            raise Problem(400, "Body should be a JSON object")
        return cls(content)

    def __contains__(self, name: str) -> bool:
        return name in self.content

    def required(self, *names: str) -> None:
        """Refuse a body without these fields."""
        missing = [f'"{name}"' for name in names if self.content.get(name) is None]
        if missing:
            verb = "wasn't" if len(missing) == 1 else "weren't"
            raise Problem(422, f"Invalid request.\n\n{', '.join(missing)} {verb} supplied.")

    def text(self, name: str) -> str | None:
        """Read a string."""
        value = self.content.get(name)
        if value is not None and not isinstance(value, str):
            raise _wrong(name, value, "a string")
        return value

    def needed(self, name: str) -> str:
        """Read a string that has to be there."""
        self.required(name)
        return self.text(name) or ""

    def body(self, resource: str, name: str = "body") -> str | None:
        """Read a text under GitHub's limit of 65,536 characters."""
        value = self.text(name)
        if value is not None and len(value) > BODY_LIMIT:
            raise refused(resource, f"{name} is too long (maximum is {BODY_LIMIT} characters)", name)
        # The database behind GitHub cannot hold this character and GitHub takes it away.
        return value.replace("\0", "") if value is not None else None

    def flag(self, name: str) -> bool | None:
        """Read a boolean."""
        value = self.content.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong(name, value, "a boolean")
        return value

    def number(self, name: str) -> int | None:
        """Read an integer; GitHub takes digits in a string as well."""
        value = self.content.get(name)
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise _wrong(name, value, "an integer")
        return value

    def items(self, name: str) -> list[Any] | None:
        """Read a list."""
        value = self.content.get(name)
        if value is not None and not isinstance(value, list):
            raise _wrong(name, value, "an array")
        return value

    def texts(self, name: str) -> list[str] | None:
        """Read a list of strings; one string stands for a list of one, as GitHub allows."""
        value = self.content.get(name)
        if isinstance(value, str):
            return [value]
        items = self.items(name)
        for item in items or []:
            if not isinstance(item, str):
                raise _wrong(name, item, "a string")
        return items

    def object(self, name: str) -> Fields | None:
        """Read a nested object."""
        value = self.content.get(name)
        if value is not None and not isinstance(value, dict):
            raise _wrong(name, value, "an object")
        return Fields(value) if value is not None else None

    def moment(self, name: str) -> str | None:
        """Read an ISO 8601 time and write it as GitHub does: UTC, whole seconds."""
        value = self.text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise _wrong(name, value, "a date-time") from None
        return timestamp((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC))

    def choice(self, name: str, *allowed: str) -> str | None:
        """Read a string that is one of a few."""
        value = self.text(name)
        if value is not None and value not in allowed:
            options = ", ".join(allowed)
            raise _wrong(name, value, f"a member of [{options}]")
        return value
