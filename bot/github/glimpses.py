"""Bring of a repository's folder what readers look at: small files whole, of large ones few portions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.cards.finding import matches
from bot.cards.portions import Look, Portions, TooScattered
from bot.errors import TransientError, UnusableFileError
from bot.github.arriving import create
from bot.github.blobs import BLOB_LIMIT, fetch_blobs, stream_blob
from bot.github.client import InstallationClient
from bot.github.kept_glimpses import KeptGlimpses
from bot.github.large_files import LARGE_LIMIT, POINTER_LIMIT, LargeFile, LargeFiles, Place
from bot.github.listing import Entry, list_folder
from bot.github.permissions import needs
from bot.github.several import AT_ONCE, several
from bot.reads import Brought


class Sought(Protocol):
    """A kind of file that is wanted, and what looks at the parts of it that matter."""

    @property
    def pattern(self) -> str:
        """Give the paths it stands at below the folder, such as ``unet/*.safetensors``."""

    @property
    def look(self) -> Look | None:
        """Give what reads the file when parts of it are enough."""


class _NoRoom(Exception):
    """Tell that a file needs more bytes than may be fetched."""


@dataclass
class _Room:
    """Count the bytes that may still be fetched."""

    left: int

    def take(self, size: int) -> None:
        """Take some of them. Raises _NoRoom where there are fewer."""
        if size > self.left:
            raise _NoRoom
        self.left -= size


@dataclass
class _Fetched:
    """Keep how much may still be fetched, and what was left out, with the reason."""

    room: _Room
    left_out: dict[str, str]

    def leave_out(self, path: str) -> None:
        self.left_out[path] = "it is larger than what I fetch; giveback card reads it in a checkout"


@dataclass(frozen=True)
class _Visit:
    """A large file of a repository, where it goes, and what looks at it.

    ``place`` is where it can be had; of a file that was looked at before nobody asked for it.
    """

    repository: str
    file: LargeFile
    place: Place | None
    target: Path
    look: Look | None


class GlimpseReader:
    """Fetches parts of folders from one installation's repositories."""

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self._client = client
        self._kept = KeptGlimpses(client.kept_blobs)
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
        fetched = _Fetched(_Room(size_limit), {problem.path: problem.reason for problem in listing.unusual})
        whole, glimpsed = list[Entry](), list[tuple[Entry, Look]]()
        for entry in sorted(listing.entries, key=lambda entry: (entry.size, entry.path)):
            look = _look(entry.path, sought)
            if entry.size > BLOB_LIMIT:
                fetched.leave_out(entry.path)
            elif entry.size > POINTER_LIMIT and look is not None:
                glimpsed.append((entry, look))
            elif entry.size > fetched.room.left:
                fetched.leave_out(entry.path)
            else:
                fetched.room.take(entry.size)
                whole.append(entry)
        large = await fetch_blobs(self._client, repository, whole, destination)
        for entry, look in glimpsed:
            await self._of_blob(repository, entry, destination / entry.path, look, fetched)
        unknown = [file for file in large if not self._kept.has(repository, file)]
        places = await self._large.places(repository, unknown)
        visits = [
            _Visit(repository, file, places.get(file.path), destination / file.path, _look(file.path, sought))
            for file in sorted(large, key=lambda file: (file.size, file.path))
        ]
        for start in range(0, len(visits), AT_ONCE):
            await self._of_large(visits[start : start + AT_ONCE], fetched)
        return Brought(dict(sorted(fetched.left_out.items())), listing.paths)

    async def _of_blob(
        self, repository: str, entry: Entry, target: Path, look: Look, fetched: _Fetched
    ) -> None:
        """Read a blob from its beginning as far as somebody looks: GitHub hands out no other parts."""
        limit = min(entry.size, fetched.room.left)
        with await asyncio.to_thread(create, target) as out:
            async with stream_blob(self._client, repository, entry) as chunks:
                arrived, is_enough = await _pour(chunks, Portions(look, out, entry.size), limit)
            out.truncate(entry.size)
        fetched.room.take(arrived)
        if is_enough:
            return
        if entry.size <= limit:
            raise TransientError(f"{entry.path} arrived damaged")
        await asyncio.to_thread(target.unlink)
        fetched.leave_out(entry.path)

    async def _of_large(self, visits: Sequence[_Visit], fetched: _Fetched) -> None:
        """Bring files at once, each with the same share of the room; then those alone that need more.

        So what is left out does not depend on which of them was faster.
        """
        share = fetched.room.left // len(visits)
        rooms = [_Room(share) for _ in visits]
        brought = await several(
            partial(self._bring, visit, room, fetched) for visit, room in zip(visits, rooms, strict=True)
        )
        fetched.room.take(sum(share - room.left for room in rooms))
        for visit, is_there in zip(visits, brought, strict=True):
            if not is_there and not await self._bring(visit, fetched.room, fetched):
                fetched.leave_out(visit.file.path)

    async def _bring(self, visit: _Visit, room: _Room, fetched: _Fetched) -> bool:
        """Bring a file, or what is looked at of it; tell whether there was room for it."""
        try:
            if not await self._glance(visit, room):
                room.take(visit.file.size)
                await self._large.download(visit.file, await self._place(visit), visit.target)
        except _NoRoom:
            await asyncio.to_thread(visit.target.unlink, missing_ok=True)
            return False
        except UnusableFileError as error:
            await asyncio.to_thread(visit.target.unlink, missing_ok=True)
            fetched.left_out[visit.file.path] = error.reason
        return True

    async def _glance(self, visit: _Visit, room: _Room) -> bool:
        """Bring the portions that somebody looks at; tell whether they are enough.

        Those that are kept take their room as well, so that what is left out does not depend on them.
        """
        if visit.look is None or visit.file.size > LARGE_LIMIT:
            return False
        seen = await asyncio.to_thread(self._kept.of, visit.repository, visit.file)
        known = len(seen)
        with await asyncio.to_thread(create, visit.target) as out:
            portions = Portions(visit.look, out, visit.file.size)
            for start, content in seen:
                room.take(len(content))
                await asyncio.to_thread(portions.fill, start, content)
            try:
                while (wanted := await asyncio.to_thread(portions.wanted)) is not None:
                    start, length = wanted
                    room.take(length)
                    content = await self._large.part(await self._place(visit), start, length)
                    await asyncio.to_thread(portions.fill, start, content)
                    seen.append((start, content))
            except TooScattered:
                return False
            out.truncate(visit.file.size)
        if len(seen) > known:
            await asyncio.to_thread(self._kept.keep, visit.repository, visit.file, seen)
        return True

    async def _place(self, visit: _Visit) -> Place:
        """Give where a file can be had, also of one that was looked at before, but not as far."""
        return visit.place or (await self._large.places(visit.repository, [visit.file]))[visit.file.path]


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
