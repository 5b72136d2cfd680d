"""Bring a folder of a repository, at a commit, to disk: real files, Git LFS included."""

from __future__ import annotations

import asyncio
import hashlib
import re
import struct
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import httpx

from bot.cards.finding import is_wanted
from bot.errors import TransientError, UnusableFileError
from bot.github.client import CHUNK, InstallationClient
from bot.github.limits import understand
from bot.github.permissions import needs
from bot.github.session import reaching

BLOB_LIMIT = 100_000_000
"""Bytes of a file GitHub hands out as a blob (REST "Get a blob")."""

FILES_LIMIT = 1000
NAME_LIMIT = 255
"""Bytes of one part of a path: what file systems keep (Linux, NAME_MAX)."""

PATH_LIMIT = 1024
"""Characters of a path below the folder."""

LARGE_LIMIT = 500_000_000_000
"""Bytes of one file in Git LFS; the Hub takes no larger one (hub-docs, storage-limits)."""

HEADER_LIMIT = 25_000_000
"""Bytes of a safetensors header that are read at most; the Hub's own client has the same cap."""

LFS_BATCH = 100
_RAW = "application/vnd.github.raw+json"
_LFS = "application/vnd.git-lfs+json"
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)
"""A Git LFS pointer file (Git LFS specification, "The Pointer")."""

_POINTER_LIMIT = 1024


@dataclass(frozen=True)
class _Entry:
    path: str
    size: int
    sha: str


@dataclass(frozen=True)
class _Large:
    path: str
    oid: str
    size: int


class FolderReader:
    """Fetches folders from one installation's repositories."""

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self._client = client
        self._web_url = web_url.rstrip("/")

    @needs(contents="read")
    async def fetch(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        """Write the folder's files below ``destination``, each checked against its hash.

        With ``names``, patterns such as ``*.json`` or ``unet/*.json``, only the files that they match are
        brought, and of safetensors files in Git LFS only the header, in a file of the full length whose
        tensors are holes: enough to read facts from, and cheap whatever else is in the folder. Where that is
        more than GitHub lists at once, only the files directly in the folder are looked at.

        Raises:
            UnusableFileError: the folder is not there, too large, or holds links and the like.
            TransientError: GitHub cannot answer now.
        """
        headers_only = names is not None
        entries = await self._entries(repository, path, commit, names)
        total = sum(entry.size for entry in entries)
        _refuse_excess(path, total, size_limit)
        for entry in entries:
            if entry.size > BLOB_LIMIT:
                raise UnusableFileError(entry.path, "is larger than 100 MB", "Track it with Git LFS.")
        large = []
        for entry in entries:
            target = destination / entry.path
            await self._fetch_blob(repository, entry, target)
            pointer = await asyncio.to_thread(_pointer, target)
            if pointer:
                large.append(_Large(entry.path, pointer[1].decode(), int(pointer[2])))
        for file in large:
            _refuse_excess(file.path, file.size, LARGE_LIMIT)
        in_full = [file for file in large if not (headers_only and _is_weights(file))]
        _refuse_excess(path, total + sum(file.size for file in in_full), size_limit)
        for start in range(0, len(large), LFS_BATCH):
            await self._fetch_large(repository, large[start : start + LFS_BATCH], destination, headers_only)

    async def _entries(
        self, repository: str, path: str, commit: str, names: Collection[str] | None
    ) -> list[_Entry]:
        """List the wanted files of the folder, refusing those that are not ordinary ones."""
        tree = commit
        for segment in [part for part in path.split("/") if part not in ("", ".")]:
            listing = await self._client.get(f"/repos/{repository}/git/trees/{tree}")
            found = [item for item in listing["tree"] if item["path"] == segment and item["type"] == "tree"]
            if not found:
                raise UnusableFileError(
                    path,
                    f"is no folder of {repository} at {commit[:12]}",
                    "Check how it is spelled; folders count from the top of the repository.",
                )
            tree = found[0]["sha"]
        listing = await self._client.get(f"/repos/{repository}/git/trees/{tree}?recursive=1")
        if names is not None and listing.get("truncated"):
            listing = await self._client.get(f"/repos/{repository}/git/trees/{tree}")
        files = [item for item in listing["tree"] if item["type"] != "tree"]
        if names is not None:
            files = [item for item in files if is_wanted(item["path"], names)]
        if listing.get("truncated") or len(files) > FILES_LIMIT:
            raise UnusableFileError(
                path,
                f"holds more than {FILES_LIMIT:,} files",
                "Keep the model's own files in a folder of their own, and name that one.",
            )
        for item in files:
            _refuse_unusual(item)
        _refuse_twins([item["path"] for item in files])
        return [_Entry(item["path"], item["size"], item["sha"]) for item in files]

    async def _fetch_blob(self, repository: str, entry: _Entry, target: Path) -> None:
        # What a Git blob's name is: the SHA-1 of its length and content; not a matter of security here.
        digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
        path = f"/repos/{repository}/git/blobs/{entry.sha}"
        async with self._client.stream(path, accept=_RAW) as chunks:
            arrived = await _save(chunks, target, entry.size, digest)
        if not arrived or digest.hexdigest() != entry.sha:
            raise TransientError(f"{entry.path} arrived damaged")

    async def _fetch_large(
        self, repository: str, files: Iterable[_Large], destination: Path, headers_only: bool
    ) -> None:
        wanted = {file.oid: file for file in files}
        objects = [{"oid": file.oid, "size": file.size} for file in wanted.values()]
        known = await self._lfs_batch(repository, objects)
        for file in files:
            item = known.get(file.oid, {})
            if "actions" not in item:
                said = item.get("error", {}).get("message", "it is not in Git LFS")
                raise UnusableFileError(
                    file.path,
                    f"cannot be fetched from Git LFS ({said})",
                    "Push it with git lfs push, or add the file to the repository again.",
                )
            action = item["actions"]["download"]
            target = destination / file.path
            if headers_only and _is_weights(file):
                await self._download_header(action, file, target)
            else:
                await self._download(action, file, target)

    async def _lfs_batch(
        self, repository: str, objects: list[dict[str, object]]
    ) -> dict[str, dict[str, Any]]:
        """Ask where files can be fetched from, by their id (Git LFS specification, "Batch API")."""
        token = await self._client.token(repository)
        with reaching("Git LFS"):
            answer = await self._client.http.post(
                f"{self._web_url}/{repository}.git/info/lfs/objects/batch",
                headers={"accept": _LFS, "content-type": _LFS},
                auth=("x-access-token", token),
                json={"operation": "download", "transfers": ["basic"], "objects": objects},
            )
        if answer.status_code != 200:
            raise _refusal(answer)
        try:
            return {item["oid"]: item for item in answer.json()["objects"]}
        except (ValueError, KeyError, TypeError) as error:
            raise TransientError("Git LFS gave an answer that could not be read") from error

    async def _download(self, action: dict[str, Any], file: _Large, target: Path) -> None:
        """Fetch a file; twice when it does not arrive as its pointer says."""
        for _ in range(2):
            if await self._arrives(action, file, target):
                return
        raise UnusableFileError(
            file.path,
            "is not in Git LFS as its pointer describes it: the content differs",
            "Add the file to the repository again and push it.",
        )

    async def _arrives(self, action: dict[str, Any], file: _Large, target: Path) -> bool:
        digest = hashlib.sha256()
        async with self._opened(action, {}) as answer:
            arrived = await _save(answer.aiter_bytes(CHUNK), target, file.size, digest)
        return arrived and digest.hexdigest() == file.oid

    async def _download_header(self, action: dict[str, Any], file: _Large, target: Path) -> None:
        """Fetch the length and the header of a safetensors file, and leave the tensors as a hole."""
        start = await self._range(action, 0, min(8, file.size))
        length = min(struct.unpack("<Q", start)[0], file.size - 8) if len(start) == 8 else 0
        header = await self._range(action, 8, length) if length <= HEADER_LIMIT else b""
        await asyncio.to_thread(_write_with_hole, target, start + header, file.size)

    async def _range(self, action: dict[str, Any], start: int, length: int) -> bytes:
        """Fetch part of a file; of a server that sends all of it regardless, no more is read."""
        if length <= 0:
            return b""
        content = b""
        async with self._opened(action, {"range": f"bytes={start}-{start + length - 1}"}) as answer:
            skip = start if answer.status_code == 200 else 0
            async for chunk in answer.aiter_bytes(CHUNK):
                content += chunk
                if len(content) >= skip + length:
                    break
        return content[skip : skip + length]

    @asynccontextmanager
    async def _opened(self, action: dict[str, Any], headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
        """Open a download that Git LFS named, and close it whatever happens."""
        headers = {**(action.get("header") or {}), **headers}
        with reaching("Git LFS"):
            async with self._client.http.stream("GET", action["href"], headers=headers) as answer:
                if answer.status_code not in (200, 206):
                    raise _refusal(answer)
                yield answer


def _refusal(answer: httpx.Response) -> Exception:
    return understand(answer.status_code, answer.headers, f"Git LFS answered {answer.status_code}")


def _is_weights(file: _Large) -> bool:
    return file.path.endswith(".safetensors")


def _refuse_unusual(item: dict[str, Any]) -> None:
    """Refuse links, submodules and paths that would leave the folder or confuse a file system."""
    path = item["path"]
    if item["mode"] == "120000":
        raise UnusableFileError(path, "is a symbolic link", "Put the file itself in its place.")
    if item["type"] != "blob":
        raise UnusableFileError(
            path, "is a submodule", "Put the model's files into the repository itself, or take it away."
        )
    parts = path.split("/")
    odd = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    if odd or "\\" in path or any(ord(character) < 32 for character in path):
        raise UnusableFileError(path, "is not a path that can be published", "Rename it.")
    if "\ufffd" in path:  # what GitHub shows for bytes that are not UTF-8
        raise UnusableFileError(path, "has a name that is not UTF-8", "Rename it.")
    if any(len(part.encode(errors="replace")) > NAME_LIMIT for part in parts) or len(path) > PATH_LIMIT:
        raise UnusableFileError(path, "has too long a name", f"Rename it to at most {NAME_LIMIT} bytes.")


def _refuse_twins(paths: Sequence[str]) -> None:
    """Refuse a tree that has a path twice, or as a file and a folder: no client of Git writes one."""
    seen: set[str] = set()
    folders = {path[:at] for path in paths for at, character in enumerate(path) if character == "/"}
    for path in paths:
        if path in seen or path in folders:
            raise UnusableFileError(path, "is in the folder twice", "Take both away, and add the right one.")
        seen.add(path)


def _refuse_excess(path: str, total: int, limit: int) -> None:
    if total > limit:
        raise UnusableFileError(
            path,
            f"is larger than {limit // 1_000_000:,} MB, which is the most that is fetched",
            "Keep only the model's own files there, large ones in Git LFS.",
        )


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


async def _save(chunks: AsyncIterator[bytes], target: Path, size: int, digest: _Digest) -> bool:
    """Write what arrives to disk, beside the event loop; tell whether it was ``size`` bytes, and no more."""
    arrived = 0
    with await asyncio.to_thread(_create, target) as out:
        async for chunk in chunks:
            arrived += len(chunk)
            if arrived > size:
                return False
            await asyncio.to_thread(_append, out, digest, chunk)
    return arrived == size


def _create(target: Path) -> IO[bytes]:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.open("wb")


def _append(out: IO[bytes], digest: _Digest, chunk: bytes) -> None:
    digest.update(chunk)
    out.write(chunk)


def _write_with_hole(target: Path, start: bytes, size: int) -> None:
    with _create(target) as out:
        out.write(start)
        out.truncate(size)


def _pointer(file: Path) -> re.Match[bytes] | None:
    """Read a file as a Git LFS pointer, if it is one."""
    return _POINTER.fullmatch(file.read_bytes()) if file.stat().st_size <= _POINTER_LIMIT else None
