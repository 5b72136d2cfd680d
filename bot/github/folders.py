"""Bring a folder of a repository, at a commit, to disk: real files, Git LFS included."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.errors import TransientError, UserError
from bot.github.client import InstallationClient
from bot.github.limits import understand
from bot.github.permissions import needs
from bot.rendering import code

BLOB_LIMIT = 100_000_000
"""Bytes of a file GitHub hands out as a blob (REST "Get a blob")."""

FILES_LIMIT = 1000
HEADER_LIMIT = 25_000_000
"""Bytes of a safetensors header that are read at most; the Hub's own client has the same cap."""

LFS_BATCH = 100
_LFS = "application/vnd.git-lfs+json"
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)
"""A Git LFS pointer file (Git LFS specification, "The Pointer")."""

_POINTER_LIMIT = 1024
_CHUNK = 1 << 20


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
        headers_only: bool = False,
    ) -> None:
        """Write the folder's files below ``destination``, each checked against its hash.

        ``headers_only`` brings of safetensors files in Git LFS only the header, in a file of the full
        length whose tensors are holes: enough to read facts from, and cheap.

        Raises:
            UserError: the folder is not there, too large, or holds what cannot be published, such as links.
            TransientError: GitHub cannot answer now.
        """
        entries = await self._entries(repository, path, commit)
        _refuse_excess(path, sum(entry.size for entry in entries), size_limit)
        large = []
        for entry in entries:
            content = await self._blob(repository, entry)
            pointer = _POINTER.fullmatch(content) if len(content) <= _POINTER_LIMIT else None
            if pointer:
                large.append(_Large(entry.path, pointer[1].decode(), int(pointer[2])))
            else:
                await asyncio.to_thread(_write, destination / entry.path, content)
        total = sum(entry.size for entry in entries) + sum(file.size for file in large)
        if total > size_limit:
            raise UserError(
                f"The folder {code(path)} holds {total:,} bytes; at most {size_limit:,} are allowed."
            )
        for start in range(0, len(large), LFS_BATCH):
            await self._fetch_large(repository, large[start : start + LFS_BATCH], destination, headers_only)

    async def _entries(self, repository: str, path: str, commit: str) -> list[_Entry]:
        """List the files below ``path``, refusing what is not an ordinary file."""
        tree = commit
        for segment in [part for part in path.split("/") if part not in ("", ".")]:
            listing = await self._client.get(f"/repos/{repository}/git/trees/{tree}")
            found = [item for item in listing["tree"] if item["path"] == segment and item["type"] == "tree"]
            if not found:
                raise UserError(
                    f"There is no folder {code(path)} in {code(repository)} at {code(commit[:12])}."
                )
            tree = found[0]["sha"]
        listing = await self._client.get(f"/repos/{repository}/git/trees/{tree}?recursive=1")
        files = [item for item in listing["tree"] if item["type"] != "tree"]
        if listing.get("truncated") or len(files) > FILES_LIMIT:
            raise UserError(f"The folder {code(path)} holds more than {FILES_LIMIT:,} files.")
        for item in files:
            _refuse_unusual(item)
        return [_Entry(item["path"], item["size"], item["sha"]) for item in files]

    async def _blob(self, repository: str, entry: _Entry) -> bytes:
        if entry.size > BLOB_LIMIT:
            raise UserError(f"{code(entry.path)} is larger than 100 MB; track it with Git LFS.")
        answer = await self._client.get(f"/repos/{repository}/git/blobs/{entry.sha}")
        content = base64.b64decode(answer["content"])
        # What a Git blob's name is: the SHA-1 of its length and content; not a matter of security here.
        name = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        if name != entry.sha:
            raise TransientError(f"{entry.path} arrived damaged")
        return content

    async def _fetch_large(
        self, repository: str, files: Iterable[_Large], destination: Path, headers_only: bool
    ) -> None:
        wanted = {file.oid: file for file in files}
        objects = [{"oid": file.oid, "size": file.size} for file in wanted.values()]
        answer = await self._lfs_batch(repository, objects)
        hrefs = {item["oid"]: item for item in answer["objects"]}
        for file in files:
            item = hrefs.get(file.oid, {})
            if "actions" not in item:
                said = item.get("error", {}).get("message", "it is not in Git LFS")
                raise UserError(
                    f"{code(file.path)} cannot be fetched: {code(said)}. Push it with `git lfs push`."
                )
            action = item["actions"]["download"]
            target = destination / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if headers_only and file.path.endswith(".safetensors"):
                await self._download_header(action, file, target)
            else:
                await self._download(action, file, target)

    async def _lfs_batch(self, repository: str, objects: list[dict[str, object]]) -> dict[str, Any]:
        answer = await self._send(
            "POST",
            f"{self._web_url}/{repository}.git/info/lfs/objects/batch",
            headers={"accept": _LFS, "content-type": _LFS},
            auth=("x-access-token", await self._client.token()),
            json={"operation": "download", "transfers": ["basic"], "objects": objects},
        )
        body: dict[str, Any] = answer.json()
        return body

    async def _download(self, action: dict[str, Any], file: _Large, target: Path) -> None:
        digest = hashlib.sha256()
        request = self._client.http.build_request("GET", action["href"], headers=action.get("header") or {})
        try:
            answer = await self._client.http.send(request, stream=True)
            try:
                if answer.status_code != 200:
                    raise understand(
                        answer.status_code, answer.headers, f"Git LFS answered {answer.status_code}"
                    )
                with target.open("wb") as out:
                    async for chunk in answer.aiter_bytes(_CHUNK):
                        digest.update(chunk)
                        out.write(chunk)
            finally:
                await answer.aclose()
        except httpx.TransportError as error:
            raise TransientError(f"{file.path} broke off: {type(error).__name__}") from error
        if digest.hexdigest() != file.oid:
            raise TransientError(f"{file.path} arrived damaged")

    async def _download_header(self, action: dict[str, Any], file: _Large, target: Path) -> None:
        """Fetch the length and the header of a safetensors file, and leave the tensors as a hole."""
        start = await self._range(action, 0, 8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        header = await self._range(action, 8, length) if 0 < length <= HEADER_LIMIT else b""
        with target.open("wb") as out:
            out.write(start + header)
            out.truncate(file.size)

    async def _range(self, action: dict[str, Any], start: int, length: int) -> bytes:
        headers = {**(action.get("header") or {}), "range": f"bytes={start}-{start + length - 1}"}
        answer = await self._send("GET", action["href"], headers=headers)
        # A server that knows no ranges answers 200 with everything.
        return (
            answer.content[start : start + length] if answer.status_code == 200 else answer.content[:length]
        )

    async def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            answer = await self._client.http.request(method, url, **options)
        except httpx.TransportError as error:
            raise TransientError(f"Git LFS could not be reached: {type(error).__name__}") from error
        if answer.status_code not in (200, 206):
            raise understand(answer.status_code, answer.headers, f"Git LFS answered {answer.status_code}")
        return answer


def _refuse_unusual(item: dict[str, Any]) -> None:
    """Refuse links, submodules and paths that would leave the folder or confuse a file system."""
    path = item["path"]
    if item["mode"] == "120000":
        raise UserError(f"{code(path)} is a symbolic link. Put the file itself in its place.")
    if item["type"] != "blob":
        raise UserError(f"{code(path)} is a submodule. A model's files must be in the repository itself.")
    odd = any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/"))
    if odd or "\\" in path or any(ord(character) < 32 for character in path):
        raise UserError(f"{code(path)} is not a path that can be published. Rename it.")


def _refuse_excess(path: str, total: int, limit: int) -> None:
    if total > limit:
        raise UserError(f"The folder {code(path)} holds {total:,} bytes; at most {limit:,} are allowed.")


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
