"""What a shape needs to be built: the records and the addresses to put into it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from bot.sandbox.github.links import Links
from bot.sandbox.github.records import Repository
from bot.sandbox.github.store import Store

Json = dict[str, Any]


@dataclass(frozen=True)
class View:
    """The records and the addresses of one answer or one webhook."""

    store: Store
    links: Links

    def name(self, repository: Repository) -> str:
        """Name a repository with its owner."""
        return f"{self.store.accounts[repository.owner_id].login}/{repository.name}"


def read_node(text: str) -> tuple[str, str] | None:
    """Read a node id back: the kind of thing and its id; None for what is none of ours."""
    kind, _, coded = text.partition("_")
    try:
        return kind, base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except ValueError:  # binascii.Error and UnicodeDecodeError are both
        return None


def node(kind: str, id: int | str) -> str:
    """Make a GraphQL node id: opaque to clients, one per thing."""
    return f"{kind}_{base64.urlsafe_b64encode(str(id).encode()).decode().rstrip('=')}"
