"""Bring files that a repository keeps in Git LFS: whole, or only parts of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.cards.portions import TooScattered
from bot.errors import TransientError, UnusableFileError
from bot.github.arriving import save
from bot.github.client import CHUNK, InstallationClient
from bot.github.limits import understand
from bot.github.permissions import needs
from bot.github.session import reaching

LFS_BATCH = 100
LARGE_LIMIT = 500_000_000_000
"""Bytes of one file in Git LFS; the Hub takes no larger one (hub-docs, storage-limits)."""

MAX_PASSED_OVER = 100_000_000
"""Bytes that are passed over of a server that sends all of a file where the middle was asked for."""
POINTER_LIMIT = 1024
"""Bytes a pointer has at most."""

_MEDIA_TYPE = "application/vnd.git-lfs+json"
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)
"""A Git LFS pointer file (Git LFS specification, "The Pointer")."""


@dataclass(frozen=True)
class LargeFile:
    """A file in Git LFS: its path, the SHA-256 it goes by there, and its bytes."""

    path: str
    oid: str
    size: int


@dataclass(frozen=True)
class Place:
    """Where a large file can be downloaded from; ``problem`` says why it cannot."""

    href: str = ""
    headers: Mapping[str, str] | None = None
    problem: UnusableFileError | None = None


def pointed_at(path: str, file: Path) -> LargeFile | None:
    """Give what a file on disk points at, if it is a Git LFS pointer; ``path`` is its name in the folder."""
    pointer = _POINTER.fullmatch(file.read_bytes()) if file.stat().st_size <= POINTER_LIMIT else None
    return LargeFile(path, pointer[1].decode(), int(pointer[2])) if pointer else None


class LargeFiles:
    """Fetches from Git LFS what one installation's repositories keep there."""

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self._client = client
        self._web_url = web_url

    async def places(self, repository: str, files: Sequence[LargeFile]) -> dict[str, Place]:
        """Ask where files can be fetched from, by their path (Git LFS specification, "Batch API")."""
        places: dict[str, Place] = {}
        for start in range(0, len(files), LFS_BATCH):
            batch = files[start : start + LFS_BATCH]
            known = await self._batch(repository, {file.oid: file.size for file in batch})
            places |= {file.path: _place(file, known.get(file.oid, {})) for file in batch}
        return places

    @needs(contents="read")
    async def _batch(self, repository: str, sizes: Mapping[str, int]) -> dict[str, dict[str, Any]]:
        token = await self._client.token(repository)
        objects = [{"oid": oid, "size": size} for oid, size in sizes.items()]
        with reaching("Git LFS"):
            answer = await self._client.http.post(
                f"{self._web_url}/{repository}.git/info/lfs/objects/batch",
                headers={"accept": _MEDIA_TYPE, "content-type": _MEDIA_TYPE},
                auth=("x-access-token", token),
                json={"operation": "download", "transfers": ["basic"], "objects": objects},
            )
        if answer.status_code != 200:
            raise _refusal(answer)
        try:
            return {item["oid"]: item for item in answer.json()["objects"]}
        except (ValueError, KeyError, TypeError) as error:
            raise TransientError("Git LFS gave an answer that could not be read") from error

    async def download(self, file: LargeFile, place: Place, target: Path) -> None:
        """Fetch a file; twice when it does not arrive as its pointer says.

        Raises:
            UnusableFileError: it cannot be had, or is not as its pointer says.
        """
        for _ in range(2):
            digest = hashlib.sha256()
            async with self._opened(place, {}) as answer:
                arrived = await save(answer.aiter_bytes(CHUNK), target, file.size, digest)
            if arrived and digest.hexdigest() == file.oid:
                return
        raise UnusableFileError(
            file.path,
            "is not in Git LFS as its pointer describes it: the content differs",
            "Add the file to the repository again and push it.",
        )

    async def part(self, place: Place, start: int, length: int) -> bytes:
        """Fetch part of a file; of a server that sends all of it regardless, no more is read.

        Raises:
            TooScattered: the server sends the whole of a file, and the part is far from its beginning.
            TransientError: it did not arrive whole.
            UnusableFileError: the file cannot be had.
        """
        content = b""
        async with self._opened(place, {"range": f"bytes={start}-{start + length - 1}"}) as answer:
            skip = start if answer.status_code == 200 else 0
            if skip > MAX_PASSED_OVER:
                raise TooScattered
            async for chunk in answer.aiter_bytes(CHUNK):
                passed = min(skip, len(chunk))
                skip -= passed
                content += chunk[passed:]
                if len(content) >= length:
                    return content[:length]
        raise TransientError("part of a file in Git LFS did not arrive whole")

    @asynccontextmanager
    async def _opened(self, place: Place, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """Open a download that Git LFS named, and close it whatever happens."""
        if place.problem is not None:
            raise place.problem
        with reaching("Git LFS"):
            asked = {**(place.headers or {}), **headers}
            async with self._client.http.stream("GET", place.href, headers=asked) as answer:
                if answer.status_code not in (200, 206):
                    raise _refusal(answer)
                yield answer


def _place(file: LargeFile, item: Mapping[str, Any]) -> Place:
    if "actions" in item:
        action = item["actions"]["download"]
        return Place(action["href"], action.get("header") or {})
    said = item.get("error", {}).get("message", "it is not in Git LFS")
    return Place(
        problem=UnusableFileError(
            file.path,
            f"cannot be fetched from Git LFS ({said})",
            "Push it with git lfs push, or add the file to the repository again.",
        )
    )


def _refusal(answer: httpx.Response) -> Exception:
    return understand(answer.status_code, answer.headers, f"Git LFS answered {answer.status_code}")
