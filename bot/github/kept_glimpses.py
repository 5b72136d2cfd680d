"""Keep what readers looked at in files of Git LFS, so that a push that leaves these alone fetches nothing."""

from __future__ import annotations

import zlib
from collections.abc import MutableMapping, Sequence

import msgspec

from bot.github.large_files import LargeFile

LONGEST = 256 << 10
"""Bytes kept of one file, at most; the header of a shard packs into a tenth of that."""
_QUICKLY = 1

Glimpse = tuple[int, bytes]
"""A portion of a file: where it begins, and what stands there."""

_unpacked = msgspec.msgpack.Decoder(list[Glimpse]).decode


class KeptGlimpses:
    """What was looked at in the files of each repository; another one may not have been given the same.

    Files are told apart by their SHA-256, so what was kept of one is never out of date.
    """

    def __init__(self, store: MutableMapping[str, bytes]) -> None:
        self._store = store

    def has(self, repository: str, file: LargeFile) -> bool:
        """Tell whether anything is kept of a file."""
        return _key(repository, file) in self._store

    def of(self, repository: str, file: LargeFile) -> list[Glimpse]:
        """Give what is kept of a file, if anything is."""
        packed = self._store.get(_key(repository, file))
        return _unpacked(zlib.decompress(packed)) if packed is not None else []

    def keep(self, repository: str, file: LargeFile, glimpses: Sequence[Glimpse]) -> None:
        """Keep what was looked at in a file, unless it is much."""
        packed = zlib.compress(msgspec.msgpack.encode(glimpses), _QUICKLY)
        if len(packed) <= LONGEST:
            self._store[_key(repository, file)] = packed


def _key(repository: str, file: LargeFile) -> str:
    return f"{repository} {file.oid}"
