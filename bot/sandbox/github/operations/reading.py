"""What operations have in common: their variables, and the things those name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.sandbox.github.calls import Call, check_access
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Repository
from bot.sandbox.github.shapes.view import Json, read_node
from bot.sandbox.github.store import Identified, Table

_Record = TypeVar("_Record", bound=Identified)

Handler = Callable[[Call, Fields], Awaitable[Json]]
"""Answers what the operation's one field holds."""


@dataclass(frozen=True)
class Operation:
    """An operation; ``field`` is what it asks for, ``also`` what it asks for after that, answered in turn."""

    field: str
    handler: Handler
    also: tuple[Operation, ...] = ()


def enter(call: Call, repository: Repository, *, app: str, role: str = "read") -> None:
    """Let the call be about a repository, if the caller may what it is about to do there.

    ``app`` and ``role`` are as for ``permissions.check``.
    """
    call.path = {
        **call.path,
        "owner": call.store.accounts[repository.owner_id].login,
        "repo": repository.name,
    }
    call.__dict__.pop("repository", None)  # it was another one's
    check_access(call, app, role)


def enter_named(call: Call, given: Fields, *, app: str) -> None:
    """Let the call be about the repository that ``$owner`` and ``$name`` name."""
    owner, name = given.needed("owner"), given.needed("name")
    found = call.house.find_repository(owner, name) or call.house.find_renamed(owner, name)
    if found is None:
        raise _unresolved("a Repository", "name", f"{owner}/{name}")
    enter(call, found, app=app)


def _unresolved(what: str, by: str, value: str) -> Problem:
    return Problem(404, f"Could not resolve to {what} with the {by} of '{value}'.")


def find(table: Table[_Record], kind: str, node: str) -> _Record:
    """Find what a node id stands for; ``kind`` is its prefix. Raises GitHub's error when that is nothing."""
    read = read_node(node)
    found = table.get(int(read[1])) if read and read[0] == kind and read[1].isdecimal() else None
    if found is None:
        raise _unresolved("a node", "global id", node)
    return found
