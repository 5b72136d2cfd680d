"""The plain data that features read from GitHub."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChangedFile:
    """A file a pull request changes; ``status`` is GitHub's: added, modified, removed, renamed ..."""

    path: str
    status: str


@dataclass(frozen=True)
class PostedComment:
    """A comment on a thread; ``author`` is a login, empty for a deleted account."""

    id: int
    author: str
    body: str
