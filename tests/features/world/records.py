"""What there is in the world, and the promises that are kept about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.commands import Permission
from bot.reads import (
    CheckResult,
    Verdict,
)
from tests.fixtures.events import Json, account

BOT = "giveback[bot]"
SIZES = ("size/XS", "size/S")
LABELS = ("bug", "enhancement", "question", "needs-info", "documentation", "tests", "hold", "stale", *SIZES)
STAFF = {"alice": Permission.ADMIN, "carol": Permission.WRITE, "dora": Permission.WRITE}
NAME = "octo/models"
FILES = {".github/REVIEWERS": "*.py @carol @dora\n", "CONTRIBUTING.md": "# How\n"}


class BrokenPromiseError(AssertionError):
    """The bot did what must be impossible."""


def promise(kept: bool, words: str) -> None:
    if not kept:
        raise BrokenPromiseError(words)


@dataclass
class ThreadRecord:
    """An issue or pull request as it is now, and what was done to it."""

    number: int
    author: str
    title: str
    body: str
    pull: bool = False
    state: str = "open"
    merged: bool = False
    draft: bool = False
    head: str = "0" * 40
    labels: dict[str, None] = field(default_factory=dict)
    label_log: list[tuple[str, str, str]] = field(default_factory=list)
    """``(event, login, label)`` in order."""
    comments: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Author and body by id."""
    assignees: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    ever_requested: Counter[str] = field(default_factory=Counter)
    reviews: list[Verdict] = field(default_factory=list)
    checks: tuple[CheckResult, ...] = ()
    pinged: Counter[tuple[str, str]] = field(default_factory=Counter)
    updated: float = 0.0

    def payload(self) -> Json:
        """Shape it as webhooks and answers have it."""
        shaped = {
            "number": self.number,
            "node_id": f"N{self.number}",
            "title": self.title,
            "body": self.body,
            "user": account(self.author),
            "state": self.state,
            "labels": [{"name": name} for name in self.labels],
            "assignees": [account(login) for login in self.assignees],
            "author_association": "MEMBER" if self.author in STAFF else "FIRST_TIMER",
            "updated_at": datetime.fromtimestamp(self.updated, UTC).isoformat(),
            "created_at": datetime.fromtimestamp(self.updated, UTC).isoformat(),
        }
        return shaped | ({"pull_request": {}} if self.pull else {})

    def pull_payload(self, home: Json) -> Json:
        shaped = {name: value for name, value in self.payload().items() if name != "pull_request"}
        asked = [account(login) for login in self.requested]
        return {
            **shaped,
            "head": {"ref": "topic", "sha": self.head},
            "base": {"ref": "main", "sha": "f" * 40, "repo": home},
            "draft": self.draft,
            "merged": self.merged,
            "requested_reviewers": asked,
            "additions": 5 if int(self.head[-1], 16) % 2 else 20,
        }
