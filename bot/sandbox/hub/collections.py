"""Keep collections: titled, ordered lists of repositories."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.sandbox.hub.errors import HubError
from bot.sandbox.hub.gitstore import write_atomically


@dataclass
class Item:
    """One thing in a collection: ``kind`` is model, dataset, space, paper or collection."""

    key: str
    id: str
    kind: str
    note: str | None = None


@dataclass
class Collection:
    """One collection; its slug stays the same when the title changes."""

    slug: str
    title: str
    owner: str
    updated: str
    description: str | None = None
    private: bool = False
    theme: str = "orange"
    position: int = 0
    items: list[Item] = field(default_factory=list)

    def item(self, key: str) -> Item:
        """Find an item by its key. Raises HubError (404)."""
        for item in self.items:
            if item.key == key:
                return item
        raise HubError(404, "Item not found in this collection")


@dataclass
class Collections:
    """All collections, kept in one file."""

    file: Path
    by_slug: dict[str, Collection] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> Collections:
        """Read the collections of an earlier run, or start with none."""
        made = cls(file)
        for kept in json.loads(file.read_text()) if file.exists() else []:
            items = [Item(**item) for item in kept.pop("items")]
            collection = Collection(**kept, items=items)
            made.by_slug[collection.slug] = collection
        return made

    def get(self, slug: str) -> Collection:
        """Find a collection. Raises HubError (404)."""
        if slug not in self.by_slug:
            raise HubError(404, "Collection not found")
        return self.by_slug[slug]

    def add(self, owner: str, title: str, updated: str, description: str | None, private: bool) -> Collection:
        """Create a collection. Raises HubError (409, with its slug) when the owner has one of this title."""
        for collection in self.by_slug.values():
            if (collection.owner, collection.title) == (owner, title):
                message = "A collection with this title is already there"
                raise HubError(409, message, body={"slug": collection.slug})
        words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "collection"
        slug = f"{owner}/{words[:60]}-{secrets.token_hex(12)}"
        made = Collection(slug, title, owner, updated, description, private)
        self.by_slug[slug] = made
        self.save()
        return made

    def remove(self, slug: str) -> None:
        """Delete a collection; what it lists stays."""
        del self.by_slug[slug]
        self.save()

    def save(self) -> None:
        """Keep everything."""
        kept = [asdict(collection) for collection in self.by_slug.values()]
        write_atomically(self.file, json.dumps(kept, indent=1).encode())
