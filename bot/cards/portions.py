"""Find out which bytes of a large file a reader looks at, so that nobody has to fetch the others.

The reader is let loose on a file that is all holes at first. Where it looks into a hole it is stopped, that
portion is fetched, and it looks once more from the beginning.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from itertools import islice
from typing import IO

from bot.cards.artifacts import CannotRead, Opened

PORTION = 64 * 1024
"""Bytes of a portion; of what is read on and on each portion is twice as large as the one before."""
LARGEST = 8 * 1024 * 1024
MAX_PORTIONS = 200
MAX_BYTES = 160 * 1024 * 1024
"""Bytes fetched of one file at most; the longest header that any reader takes is 128 MiB."""
MAX_FACTS = 100_000

Look = Callable[[Opened, str], Iterable[object]]
"""Reads facts from an open file, given its name; raises CannotRead."""


class TooScattered(Exception):
    """Tell that what a reader looks at is all over the file, or too much of it."""


class _Hole(Exception):
    """Stop a reader at the first byte that is not there yet."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


class Portions:
    """Ask portion by portion for what a reader looks at in a file of ``size`` bytes.

    What is fetched is written to ``file``, at the place where it belongs.
    """

    def __init__(self, look: Look, file: IO[bytes], size: int) -> None:
        self._look = look
        self._file = file
        self._size = size
        self._known: list[tuple[int, int]] = []
        self._fetched = 0
        self._length = PORTION

    def wanted(self) -> tuple[int, int] | None:
        """Give the start and length of the next portion in bytes; ``None`` when the reader has all it needs.

        Raises TooScattered.
        """
        try:
            for _ in islice(self._look(_Sparse(self._file, self._size, self._known), ""), MAX_FACTS):
                pass
        except CannotRead:
            return None
        except _Hole as hole:
            return self._portion(hole.start)
        return None

    def fill(self, start: int, content: bytes) -> None:
        """Take what was fetched."""
        self._file.seek(start)
        self._file.write(content)
        self._fetched += len(content)
        self._known = _joined([*self._known, (start, start + len(content))])

    def _portion(self, start: int) -> tuple[int, int]:
        goes_on = any(end == start for _, end in self._known)
        self._length = min(2 * self._length, LARGEST) if goes_on else PORTION
        next_known = min((known for known, _ in self._known if known > start), default=self._size)
        length = min(self._length, next_known - start)
        if len(self._known) >= MAX_PORTIONS or self._fetched + length > MAX_BYTES:
            raise TooScattered
        return start, length


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the spans that touch one another."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


class _Sparse(io.RawIOBase):
    """Read a file that has holes, and stop at the first byte of one."""

    def __init__(self, file: IO[bytes], size: int, known: list[tuple[int, int]]) -> None:
        self._file = file
        self._size = size
        self._known = known
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        length = max(0, self._size - self._at if size < 0 else min(size, self._size - self._at))
        if not length:
            return b""
        reached = next((end for start, end in self._known if start <= self._at < end), self._at)
        if reached < self._at + length:
            raise _Hole(reached)
        self._file.seek(self._at)
        content = self._file.read(length)
        self._at += length
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True
