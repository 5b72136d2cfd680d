"""What a text says about other threads: that it closes them, names them, or repeats them."""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.github.calls import Call
from bot.sandbox.github.house import House
from bot.sandbox.github.records import Happening, Issue, Pull
from bot.sandbox.github.store import timestamp

_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s{1,5}"
    r"(?:([A-Za-z0-9-]{1,39})/([\w.-]{1,100}))?#(\d{1,9})\b",
    re.IGNORECASE,
)
"""The keywords of "Linking a pull request to an issue"."""

_NAMES = re.compile(r"(?<![\w/&])#(\d{1,9})\b")
_REPEATS = re.compile(r"\s*duplicate of #(\d{1,9})\b", re.IGNORECASE)
"""How a comment marks a duplicate ("Marking issues or pull requests as a duplicate")."""


def closed_by(house: House, issue: Issue, pull: Pull) -> list[Issue]:
    """List the issues a pull request's text says it closes; only one to the default branch closes any."""
    home = house.store.repositories[pull.repository_id]
    if pull.base_ref != home.default_branch:
        return []
    found: dict[int, Issue] = {}
    for owner, name, number in _CLOSES.findall(issue.body or ""):
        repository = house.find_repository(owner, name) if owner else home
        each = house.store.issues.one(number=(repository.id, int(number))) if repository else None
        if each is not None and each.pull_id is None:
            found[each.id] = each
    return list(found.values())


def note_mentions(call: Call, source: Issue, text: str | None) -> None:
    """Record on the threads of the same repository that a text names, that this thread names them."""
    store = call.store
    for number in dict.fromkeys(_NAMES.findall(text or "")):
        named = store.issues.one(number=(source.repository_id, int(number)))
        if named is None or named.id == source.id:
            continue
        before = store.happenings.all(issue=named.id)
        if not any(each.details.get("source") == source.id for each in before):
            note(call, named, "cross-referenced", source=source.id)


def note_duplicate(call: Call, issue: Issue, text: str) -> None:
    """Mark an issue as a duplicate where somebody who can write says so in a comment."""
    said = _REPEATS.match(text)
    original = call.store.issues.one(number=(issue.repository_id, int(said.group(1)))) if said else None
    if original is not None and original.id != issue.id and call.may("write"):
        note(call, issue, "marked_as_duplicate", canonical=original.id)


def note(call: Call, issue: Issue, event: str, **details: Any) -> None:
    """Add an entry to a timeline, by the caller; the thread itself has not changed."""
    via = call.actor.acts_for_app
    call.store.happenings.save(
        Happening(
            id=call.store.next_id(),
            repository_id=issue.repository_id,
            issue_id=issue.id,
            actor_id=call.account.id,
            event=event,
            created_at=timestamp(),
            details=details,
            app_id=via.id if via else None,
        )
    )
