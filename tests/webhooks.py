"""Signed deliveries, as GitHub sends them, for tests that knock at the inbox."""

from __future__ import annotations

import hmac
import json
import uuid
from typing import Any

SECRET = "a secret for tests"


def sign(body: bytes, secret: str = SECRET) -> str:
    """Give the value of ``X-Hub-Signature-256``."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def headers_for(
    body: bytes, secret: str = SECRET, event: str = "issues", guid: str | None = None
) -> dict[str, str]:
    """Give the headers of a delivery, with a new GUID when none is given."""
    return {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": guid or str(uuid.uuid4()),
        "x-hub-signature-256": sign(body, secret),
    }


def issue_opened(**fields: Any) -> bytes:
    """Give a small ``issues.opened`` payload."""
    payload = {
        "action": "opened",
        "issue": {"number": 7, "title": "Loss is NaN"},
        "repository": {"full_name": "octo/hello"},
        "installation": {"id": 99},
    }
    return json.dumps(payload | fields).encode()
