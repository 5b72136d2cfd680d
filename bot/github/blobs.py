"""Bring the content of one file in Git."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.errors import TransientError
from bot.github.arriving import save
from bot.github.client import InstallationClient
from bot.github.listing import Entry

BLOB_LIMIT = 100_000_000
"""Bytes of a file GitHub hands out as a blob (REST "Get a blob")."""

_RAW = "application/vnd.github.raw+json"


async def fetch_blob(client: InstallationClient, repository: str, entry: Entry, target: Path) -> None:
    """Write a file to disk, checked against its hash. Raises TransientError when it arrives damaged."""
    # What a Git blob's name is: the SHA-1 of its length and content; not a matter of security here.
    digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
    async with stream_blob(client, repository, entry) as chunks:
        arrived = await save(chunks, target, entry.size, digest)
    if not arrived or digest.hexdigest() != entry.sha:
        raise TransientError(f"{entry.path} arrived damaged")


def stream_blob(
    client: InstallationClient, repository: str, entry: Entry
) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
    """Read a file part by part, from its beginning and only as far as somebody reads."""
    return client.stream(f"/repos/{repository}/git/blobs/{entry.sha}", accept=_RAW)
