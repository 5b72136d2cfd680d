"""Pull requests for the parts to look at."""

from __future__ import annotations

from typing import Any

from bot.events import PullRequest
from bot.features.checks.change import Change
from bot.reads import ChangedFile, PullCommit
from tests.fixtures.events import pull_request


def adding(path: str, *lines: str, status: str = "modified") -> ChangedFile:
    """A file to which lines are added, from line 11 on; a new one from line 1 on."""
    begin = 1 if status == "added" else 11
    patch = "\n".join([f"@@ -{begin},0 +{begin},{len(lines)} @@", *(f"+{line}" for line in lines)])
    return ChangedFile(path, status, additions=len(lines), patch=patch)


def binary(path: str, status: str = "added") -> ChangedFile:
    return ChangedFile(path, status)


def change(*files: ChangedFile, pull: dict[str, Any] | None = None, **more: Any) -> Change:
    return Change(PullRequest.model_validate(pull_request(**(pull or {}))), files, **more)


def commit(message: str, *, email: str = "bob@example.com", **more: Any) -> PullCommit:
    fields: dict[str, Any] = {
        "sha": "c" * 40,
        "message": message,
        "author": "bob",
        "author_name": "Bob",
        "author_email": email,
        "committer": "web-flow",
        "committer_name": "GitHub",
        "committer_email": "noreply@github.com",
        "parents": 1,
        **more,
    }
    return PullCommit(**fields)
