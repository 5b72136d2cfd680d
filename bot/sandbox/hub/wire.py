"""Read JSON from clients, refusing what could not be written down again."""

from __future__ import annotations

import json

from bot.sandbox.hub.errors import bad_request


def read_json(text: bytes, what: str = "The body") -> object:
    """Parse JSON. Raises HubError (400), also for half a surrogate pair, which is no Unicode text."""
    try:
        parsed: object = json.loads(text)
        if b"\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad_request(f"{what} is not JSON") from error
    return parsed
