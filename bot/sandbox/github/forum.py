"""Discussions, as far as opening one: the categories every repository starts with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.github.calls import Call
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Discussion, Repository
from bot.sandbox.github.shapes.view import node
from bot.sandbox.github.store import timestamp


@dataclass(frozen=True)
class Category:
    """A category of discussions."""

    slug: str
    name: str
    answerable: bool = False


CATEGORIES = (
    Category("announcements", "Announcements"),
    Category("general", "General"),
    Category("ideas", "Ideas"),
    Category("polls", "Polls"),
    Category("q-a", "Q&A", answerable=True),
    Category("show-and-tell", "Show and tell"),
)
"""What a repository has when discussions are switched on (docs: managing categories for discussions)."""


def category_node(repository: Repository, category: Category) -> str:
    """Make the node id of a category."""
    return node("DIC", f"{repository.id}/{category.slug}")


def open_discussion(call: Call, category: str, title: str, body: str) -> Discussion:
    """Open a discussion in the call's repository; ``category`` is a node id."""
    repository = call.repository
    if not repository.has_discussions:
        raise Problem(422, "Discussions are disabled for this repository")
    found = next((each for each in CATEGORIES if category_node(repository, each) == category), None)
    if found is None:
        raise Problem(404, f"Could not resolve to a node with the global id of '{category}'.")
    if not title.strip() or not body.strip():
        raise Problem(422, "Title and body can't be blank")
    repository.last_number += 1
    call.store.repositories.save(repository)
    return call.store.discussions.save(
        Discussion(
            id=call.store.next_id(),
            repository_id=repository.id,
            number=repository.last_number,
            title=title,
            body=body,
            author_id=call.account.id,
            category=found.slug,
            created_at=timestamp(),
        )
    )
