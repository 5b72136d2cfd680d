"""Keep large files on disk under their SHA-256, taken in as streams and re-hashed before they count.

The pointer format is Git LFS's (git-lfs.com, docs/spec.md).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
from collections.abc import AsyncIterable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

CHUNK = 1 << 20
"""Bytes read at a time when a stored file is hashed."""

POINTER_LIMIT = 1024
"""Bytes above which a blob is not looked at as a pointer (the specification's own limit)."""

_OID = re.compile(r"[0-9a-f]{64}")
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n"
)


class MismatchError(ValueError):
    """What arrived is not what was announced; the message says how."""


@dataclass(frozen=True)
class Pointer:
    """What stands in git for a large file; ``size`` in bytes."""

    sha256: str
    size: int

    def blob(self) -> bytes:
        """Write the pointer as the blob that is committed."""
        version = "https://git-lfs.github.com/spec/v1"
        return f"version {version}\noid sha256:{self.sha256}\nsize {self.size}\n".encode()


def read_pointer(blob: bytes) -> Pointer | None:
    """Read a pointer, or say that the blob is an ordinary file."""
    match = _POINTER.fullmatch(blob)
    return Pointer(match[1].decode(), int(match[2])) if match else None


def valid_oid(oid: object) -> bool:
    """Say whether ``oid`` is a SHA-256 in lower-case hexadecimal."""
    return isinstance(oid, str) and _OID.fullmatch(oid) is not None


class LargeFiles:
    """The large files of one repository, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> None:
        """Make room. Without it nothing is taken in, so no late upload brings a deleted repository back."""
        self._incoming.mkdir(parents=True, exist_ok=True)

    @property
    def _incoming(self) -> Path:
        return self.folder / "incoming"

    def path(self, oid: str) -> Path:
        """Say where an object is, or would be."""
        return self.folder / oid[:2] / oid[2:4] / oid

    def size(self, oid: str) -> int | None:
        """Give a stored object's size in bytes, or None when it is not here."""
        path = self.path(oid)
        return path.stat().st_size if path.is_file() else None

    async def receive(self, oid: str, size: int, chunks: AsyncIterable[bytes]) -> None:
        """Take in an object. Raises MismatchError, keeping nothing, when size or hash is not as announced."""
        incoming = await self._spool(chunks, size)
        try:
            await asyncio.to_thread(self._admit, incoming, oid, size)
        finally:
            incoming.unlink(missing_ok=True)

    async def receive_part(self, upload: str, number: int, chunks: AsyncIterable[bytes], limit: int) -> str:
        """Take in one part of a multipart upload, of at most ``limit`` bytes, and return its ETag."""
        incoming = await self._spool(chunks, limit)
        etag = await asyncio.to_thread(_hash, [incoming], "md5")
        part = self._part(upload, number)
        part.parent.mkdir(exist_ok=True)
        incoming.replace(part)
        return etag

    async def complete(self, upload: str, oid: str, size: int, etags: list[str]) -> None:
        """Join the parts of an upload, in order. Raises MismatchError as ``receive`` does.

        Completing once more what is complete changes nothing: a client whose answer was lost asks again.
        """
        if self.size(oid) != size:
            await asyncio.to_thread(self._join, upload, oid, size, etags)

    async def verify(self, oid: str, size: int) -> None:
        """Hash a stored object again. Raises MismatchError when it is missing or not as announced."""
        path = self.path(oid)
        if not path.is_file():
            raise MismatchError(f"object {oid} was not uploaded")
        await asyncio.to_thread(_check, [path], oid, size)

    def stored(self) -> set[str]:
        """Collect the ids of all stored objects."""
        return {path.name for path in self.folder.glob("??/??/*")}

    def delete(self, oid: str) -> None:
        """Remove an object for good."""
        self.path(oid).unlink(missing_ok=True)

    def copy_from(self, other: LargeFiles, oid: str) -> None:
        """Share another repository's object without a second copy on disk."""
        if self.size(oid) is None:
            self.path(oid).parent.mkdir(parents=True, exist_ok=True)
            self.path(oid).hardlink_to(other.path(oid))

    def clear_unfinished(self) -> None:
        """Drop what a killed server left of uploads that never ended."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        self.create()

    def _part(self, upload: str, number: int) -> Path:
        return self._incoming / upload / str(number)

    async def _spool(self, chunks: AsyncIterable[bytes], limit: int) -> Path:
        received = 0
        # Writes land in the page cache; handing each chunk to a thread would cost more than it saves.
        with NamedTemporaryFile(dir=self._incoming, delete=False) as file, ExitStack() as on_failure:
            spooled = Path(file.name)
            on_failure.callback(spooled.unlink, missing_ok=True)
            async for chunk in chunks:
                received += len(chunk)
                if received > limit:
                    raise MismatchError(f"more than the announced {limit} bytes arrived")
                file.write(chunk)
            on_failure.pop_all()
        return spooled

    def _admit(self, incoming: Path, oid: str, size: int) -> None:
        _check([incoming], oid, size)
        self.path(oid).parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(self.path(oid))

    def _join(self, upload: str, oid: str, size: int, etags: list[str]) -> None:
        parts = [self._part(upload, number) for number in range(1, len(etags) + 1)]
        for number, (part, etag) in enumerate(zip(parts, etags, strict=True), 1):
            if not part.is_file():
                raise MismatchError(f"part {number} was not uploaded")
            if _hash([part], "md5") != etag.strip('"'):
                raise MismatchError(f"the ETag of part {number} is not that of what was uploaded")
        _check(parts, oid, size)
        with NamedTemporaryFile(dir=self._incoming, delete=False) as whole:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole, CHUNK)
        self.path(oid).parent.mkdir(parents=True, exist_ok=True)
        Path(whole.name).replace(self.path(oid))
        shutil.rmtree(self._incoming / upload)


def _hash(paths: Iterable[Path], algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _check(paths: list[Path], oid: str, size: int) -> None:
    actual = sum(path.stat().st_size for path in paths)
    if actual != size:
        raise MismatchError(f"{actual} bytes arrived, {size} were announced")
    if (digest := _hash(paths, "sha256")) != oid:
        raise MismatchError(f"the content hashes to {digest}, not to {oid}")
