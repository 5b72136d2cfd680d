"""Discussions, as far as opening one: the categories every repository starts with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.github.calls import Call
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Discussion, Repository
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes.issues import association, reactions
from bot.sandbox.github.shapes.view import Json, node
from bot.sandbox.github.store import timestamp


@dataclass(frozen=True)
class Category:
    """A category of discussions."""

    slug: str
    name: str
    emoji: str
    answerable: bool = False


CATEGORIES = (
    Category("announcements", "Announcements", ":mega:"),
    Category("general", "General", ":speech_balloon:"),
    Category("ideas", "Ideas", ":bulb:"),
    Category("polls", "Polls", ":ballot_box:"),
    Category("q-a", "Q&A", ":pray:", answerable=True),
    Category("show-and-tell", "Show and tell", ":raised_hands:"),
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
    discussion = call.store.discussions.save(
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
    call.emit("discussion", "created", lambda: {"discussion": _shape(call, discussion, found)})
    return discussion


def _shape(call: Call, record: Discussion, category: Category) -> Json:
    """Shape a discussion as its webhooks have it."""
    view, repository, author = call.view, call.repository, call.store.accounts[record.author_id]
    links = view.links.of("discussion", name=view.name(repository), number=record.number)
    return {
        "id": record.id,
        "node_id": node("D", record.id),
        **links,
        "number": record.number,
        "title": record.title,
        "body": record.body,
        "user": accounts.user(view, author),
        "author_association": association(view, repository, author),
        "category": {
            "id": repository.id * 10 + CATEGORIES.index(category),
            "node_id": category_node(repository, category),
            "repository_id": repository.id,
            "emoji": category.emoji,
            "name": category.name,
            "description": "",
            "created_at": repository.created_at,
            "updated_at": repository.created_at,
            "slug": category.slug,
            "is_answerable": category.answerable,
        },
        "labels": [],
        "state": "open",
        "state_reason": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": 0,
        "answer_html_url": None,
        "answer_chosen_at": None,
        "answer_chosen_by": None,
        "created_at": record.created_at,
        "updated_at": record.created_at,
        "reactions": reactions(view, record.id, links["timeline_url"].removesuffix("/timeline")),
    }
