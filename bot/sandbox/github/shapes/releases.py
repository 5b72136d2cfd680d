"""Releases and their files as GitHub's JSON."""

from __future__ import annotations

from bot.sandbox.github.records import Asset, Release
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes.view import Json, View, node


def release(view: View, record: Release) -> Json:
    """Shape a ``release``."""
    store = view.store
    name = view.name(store.repositories[record.repository_id])
    links = view.links.of("release", name=name, id=record.id, tag=record.tag_name)
    return {
        **links,
        "id": record.id,
        "node_id": node("RE", record.id),
        "tag_name": record.tag_name,
        "target_commitish": record.target_commitish,
        "name": record.name,
        "body": record.body,
        "draft": record.draft,
        "immutable": False,
        "prerelease": record.prerelease,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "published_at": record.published_at,
        "author": accounts.user(view, store.accounts[record.author_id]),
        "assets": [asset(view, each) for each in store.assets.all(release=record.id)],
    }


def asset(view: View, record: Asset) -> Json:
    """Shape a ``release-asset``."""
    store = view.store
    owner = store.releases[record.release_id]
    name = view.name(store.repositories[owner.repository_id])
    return {
        **view.links.of("asset", name=name, id=record.id, tag=owner.tag_name, file=record.name),
        "id": record.id,
        "node_id": node("RA", record.id),
        "name": record.name,
        "label": record.label,
        "state": "uploaded",
        "content_type": record.content_type,
        "size": record.size,
        "digest": record.digest,
        "download_count": record.download_count,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "uploader": accounts.user_or_none(view, record.uploader_id),
    }
