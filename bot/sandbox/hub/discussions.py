"""What happens in discussions and pull requests, as events (huggingface_hub, community.py)."""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Status = Literal["open", "closed", "merged", "draft"]
Event = dict[str, object]


def isoformat(moment: datetime) -> str:
    """Write a moment as the Hub does: UTC, with milliseconds and a Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass
class Discussion:
    """A discussion or, with ``base``, a pull request against that branch.

    A pull request's commits live at ``refs/pr/<num>``.
    """

    num: int
    title: str
    author: str
    created: str
    status: Status = "open"
    base: str | None = None
    merge_commit: str | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def is_pull_request(self) -> bool:
        """Tell a pull request from a discussion."""
        return self.base is not None

    @property
    def ref(self) -> str:
        """Name the ref a pull request's commits live at."""
        return f"refs/pr/{self.num}"

    def happen(self, kind: str, author: str, at: datetime, data: dict[str, object]) -> Event:
        """Add an event and return it in the shape the client reads."""
        event: Event = {
            "id": secrets.token_hex(12),
            "author": {"name": author, "type": "user"},
            "createdAt": isoformat(at),
            "type": kind,
            "data": data,
        }
        self.events.append(event)
        return event

    def comment(self, author: str, at: datetime, text: str) -> Event:
        """Add a comment."""
        version = {"raw": text, "html": "", "updatedAt": isoformat(at), "author": {"name": author}}
        data: dict[str, object] = {"edited": False, "hidden": False, "numEdits": 0, "latest": version}
        return self.happen("comment", author, at, data)

    def edit(self, event_id: str, author: str, at: datetime, text: str) -> Event | None:
        """Replace a comment's text; None when there is no such comment."""
        for event in self.events:
            data = event["data"]
            if event["id"] == event_id and event["type"] == "comment" and isinstance(data, dict):
                version = {"raw": text, "html": "", "updatedAt": isoformat(at), "author": {"name": author}}
                data.update(edited=True, numEdits=data["numEdits"] + 1, latest=version)
                return event
        return None

    def change_status(self, status: Status, author: str, at: datetime) -> Event:
        """Open, close or merge."""
        self.status = status
        return self.happen("status-change", author, at, {"status": status})

    def rename(self, title: str, author: str, at: datetime) -> Event:
        """Give another title."""
        old, self.title = self.title, title
        return self.happen("title-change", author, at, {"from": old, "to": title})

    def commit(self, oid: str, subject: str, author: str, at: datetime) -> Event:
        """Note a commit on the pull request's ref."""
        return self.happen("commit", author, at, {"oid": oid, "subject": subject})


def merge(
    base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Merge three versions of a folder (path to blob id) and list the paths changed differently."""
    merged, conflicts = dict(ours), []
    for path in sorted({*base, *theirs}):
        before, here, there = base.get(path), ours.get(path), theirs.get(path)
        if there in (before, here):
            continue
        if here != before:
            conflicts.append(path)
        elif there is None:
            merged.pop(path, None)
        else:
            merged[path] = there
    return merged, conflicts


def diff(before: Mapping[str, str], after: Mapping[str, str], read: Callable[[str], bytes]) -> str:
    """Write a unified diff between two versions of a folder; ``read`` gives a blob's content by its id."""
    written = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        written.append(f"diff --git a/{path} b/{path}\n")
        try:
            was, is_now = (
                (read(oid).decode() if oid else "").splitlines(keepends=True) for oid in (old, new)
            )
        except UnicodeDecodeError:
            written.append(f"Binary files a/{path} and b/{path} differ\n")
            continue
        source, target = f"a/{path}" if old else "/dev/null", f"b/{path}" if new else "/dev/null"
        for line in difflib.unified_diff(was, is_now, source, target):
            written.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(written)
