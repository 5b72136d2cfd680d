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


def node(kind: str, id: int | str) -> str:
    """Make a GraphQL node id: opaque to clients, one per thing."""
    return f"{kind}_{base64.urlsafe_b64encode(str(id).encode()).decode().rstrip('=')}"
