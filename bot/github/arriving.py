"""Write what arrives from the network to disk, beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Protocol


class Digest(Protocol):
    """A hash that takes content part by part."""

    def update(self, data: bytes, /) -> None:
        """Take the next part."""


async def save(chunks: AsyncIterator[bytes], target: Path, size: int, digest: Digest) -> bool:
    """Write what arrives to a file; tell whether it was ``size`` bytes, and no more."""
    arrived = 0
    with await asyncio.to_thread(create, target) as out:
        async for chunk in chunks:
            arrived += len(chunk)
            if arrived > size:
                return False
            await asyncio.to_thread(_append, out, digest, chunk)
    return arrived == size


def create(target: Path) -> IO[bytes]:
    """Make a file, and the folders it stands in, for writing and reading."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.open("w+b")


def _append(out: IO[bytes], digest: Digest, chunk: bytes) -> None:
    digest.update(chunk)
    out.write(chunk)
