"""Read the fields that many of GitHub's answers share, and that are null at times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def login_of(account: Mapping[str, Any] | None) -> str:
    """Give an account's login; empty for one that was deleted."""
    return str(account["login"]) if account else ""


def moment(text: str | None) -> datetime | None:
    """Read a time as GitHub writes it: ISO 8601 in UTC."""
    return datetime.fromisoformat(text) if text else None


def owner_and_name(repository: str) -> dict[str, str]:
    """Split ``owner/name`` into the variables of a query."""
    owner, _, name = repository.partition("/")
    return {"owner": owner, "name": name}
