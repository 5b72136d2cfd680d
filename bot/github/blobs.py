"""Bring the content of files in Git."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

from bot.errors import TransientError
from bot.github.arriving import create, save
from bot.github.client import InstallationClient
from bot.github.large_files import LargeFile, pointed_at
from bot.github.listing import Entry
from bot.github.several import several

BLOB_LIMIT = 100_000_000
"""Bytes of a file GitHub hands out as a blob (REST "Get a blob")."""

KEPT_BLOB = 64 << 10
"""Bytes of the largest file that is kept in memory: a configuration, results, a pointer of Git LFS."""

_RAW = "application/vnd.github.raw+json"


async def fetch_blobs(
    client: InstallationClient, repository: str, entries: Iterable[Entry], folder: Path
) -> list[LargeFile]:
    """Write files below a folder, each checked against its hash; give those that only point into Git LFS.

    Raises:
        TransientError: GitHub cannot answer now, or one arrives damaged.
    """
    fetched = await several(partial(_fetch, client, repository, entry, folder) for entry in entries)
    return [file for file in fetched if file is not None]


def stream_blob(
    client: InstallationClient, repository: str, entry: Entry
) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
    """Read a file part by part, from its beginning and only as far as somebody reads."""
    return client.stream(f"/repos/{repository}/git/blobs/{entry.sha}", accept=_RAW)


async def _fetch(client: InstallationClient, repository: str, entry: Entry, folder: Path) -> LargeFile | None:
    """Fetch a file, unless it is one of those that are kept: what a hash names never changes."""
    target = folder / entry.path
    kept = client.kept_blobs.get(entry.sha)
    if kept is not None:
        await asyncio.to_thread(_write, target, kept)
    else:
        await _arrive(client, repository, entry, target)
        if entry.size <= KEPT_BLOB:
            client.kept_blobs[entry.sha] = await asyncio.to_thread(target.read_bytes)
    return await asyncio.to_thread(pointed_at, entry.path, target)


async def _arrive(client: InstallationClient, repository: str, entry: Entry, target: Path) -> None:
    # What a Git blob's name is: the SHA-1 of its length and content; not a matter of security here.
    digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
    async with stream_blob(client, repository, entry) as chunks:
        arrived = await save(chunks, target, entry.size, digest)
    if not arrived or digest.hexdigest() != entry.sha:
        raise TransientError(f"{entry.path} arrived damaged")


def _write(target: Path, content: bytes) -> None:
    with create(target) as out:
        out.write(content)
