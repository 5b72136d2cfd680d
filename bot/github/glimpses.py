"""Bring of a repository's folder what readers look at: small files whole, of large ones few portions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.cards.finding import matches
from bot.cards.portions import Look, Portions, TooScattered
from bot.errors import TransientError, UnusableFileError
from bot.github.arriving import create
from bot.github.blobs import BLOB_LIMIT, fetch_blob, stream_blob
from bot.github.client import InstallationClient
from bot.github.large_files import LARGE_LIMIT, POINTER_LIMIT, LargeFile, LargeFiles, Place, pointed_at
from bot.github.listing import Entry, list_folder
from bot.github.permissions import needs
from bot.reads import Brought


class Sought(Protocol):
    """A kind of file that is wanted, and what looks at the parts of it that matter."""

    @property
    def pattern(self) -> str:
        """Give the paths it stands at below the folder, such as ``unet/*.safetensors``."""

    @property
    def look(self) -> Look | None:
        """Give what reads the file when parts of it are enough."""


@dataclass
class _Fetched:
    """Count the bytes that may still be fetched, and keep what was left out, with the reason."""

    room: int
    left_out: dict[str, str] = field(default_factory=dict)

    def leave_out(self, path: str) -> None:
        self.left_out[path] = "it is larger than what I fetch; giveback card reads it in a checkout"


class GlimpseReader:
    """Fetches parts of folders from one installation's repositories."""

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self._client = client
        self._large = LargeFiles(client, web_url.rstrip("/"))

    @needs(contents="read")
    async def fetch(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        sought: Sequence[Sought],
    ) -> Brought:
        """Write what is sought below ``destination``, the smallest first; say what was left out, and why.

        A file that somebody looks at gets its full length, with holes where nobody does. Any other is
        checked against its hash.

        Raises:
            UnusableFileError: the folder is not there, or has too many files.
            TransientError: GitHub cannot answer now.
        """
        names = [one.pattern for one in sought]
        listing = await list_folder(self._client, repository, path, commit, names)
        fetched = _Fetched(size_limit)
        fetched.left_out |= {problem.path: problem.reason for problem in listing.unusual}
        large: list[LargeFile] = []
        for entry in sorted(listing.entries, key=lambda entry: (entry.size, entry.path)):
            target = destination / entry.path
            look = _look(entry.path, sought)
            if entry.size > BLOB_LIMIT:
                fetched.leave_out(entry.path)
            elif entry.size > POINTER_LIMIT and look is not None:
                await self._of_blob(repository, entry, target, look, fetched)
            elif entry.size > fetched.room:
                fetched.leave_out(entry.path)
            else:
                fetched.room -= entry.size
                await fetch_blob(self._client, repository, entry, target)
                file = await asyncio.to_thread(pointed_at, entry.path, target)
                large += [file] if file else []
        places = await self._large.places(repository, large)
        for file in sorted(large, key=lambda file: (file.size, file.path)):
            target = destination / file.path
            try:
                await self._of_large(file, places[file.path], target, _look(file.path, sought), fetched)
            except UnusableFileError as error:
                await asyncio.to_thread(target.unlink, missing_ok=True)
                fetched.left_out[file.path] = error.reason
        return Brought(fetched.left_out, listing.paths)

    async def _of_blob(
        self, repository: str, entry: Entry, target: Path, look: Look, fetched: _Fetched
    ) -> None:
        """Read a blob from its beginning as far as somebody looks: GitHub hands out no other parts."""
        limit = min(entry.size, fetched.room)
        with await asyncio.to_thread(create, target) as out:
            async with stream_blob(self._client, repository, entry) as chunks:
                arrived, is_enough = await _pour(chunks, Portions(look, out, entry.size), limit)
            out.truncate(entry.size)
        fetched.room -= arrived
        if is_enough:
            return
        if entry.size <= limit:
            raise TransientError(f"{entry.path} arrived damaged")
        await asyncio.to_thread(target.unlink)
        fetched.leave_out(entry.path)

    async def _of_large(
        self, file: LargeFile, place: Place, target: Path, look: Look | None, fetched: _Fetched
    ) -> None:
        if look is not None and file.size <= LARGE_LIMIT:
            try:
                await self._portions(file, place, target, look, fetched)
            except TooScattered:
                pass
            else:
                return
        if file.size > fetched.room:
            await asyncio.to_thread(target.unlink)
            fetched.leave_out(file.path)
            return
        fetched.room -= file.size
        await self._large.download(file, place, target)

    async def _portions(
        self, file: LargeFile, place: Place, target: Path, look: Look, fetched: _Fetched
    ) -> None:
        with await asyncio.to_thread(create, target) as out:
            portions = Portions(look, out, file.size)
            while (wanted := await asyncio.to_thread(portions.wanted)) is not None:
                start, length = wanted
                if length > fetched.room:
                    raise TooScattered
                fetched.room -= length
                content = await self._large.part(place, start, length)
                await asyncio.to_thread(portions.fill, start, content)
            out.truncate(file.size)


def _look(path: str, sought: Sequence[Sought]) -> Look | None:
    """Give what looks at a file, where everything that reads it is content with portions."""
    looks = [one.look for one in sought if matches(path, one.pattern)]
    return looks[0] if len(looks) == 1 else None


async def _pour(chunks: AsyncIterator[bytes], portions: Portions, limit: int) -> tuple[int, bool]:
    """Take what arrives until somebody has seen enough; tell how much it was, and whether it was enough."""
    arrived, needed = 0, 1
    async for chunk in chunks:
        if arrived + len(chunk) > limit:
            break
        await asyncio.to_thread(portions.fill, arrived, chunk)
        arrived += len(chunk)
        if arrived >= needed:
            wanted = await asyncio.to_thread(portions.wanted)
            if wanted is None:
                return arrived, True
            needed = sum(wanted)
    return arrived, False
