"""Send large files as they were approved, and watch how far they have gone."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path

from huggingface_hub import CommitOperationAdd

from bot.hub.jobs import PublishedFile

STREAMED = 1024 * 1024
"""Bytes from which on a file's way to the Hub is reported while it goes, not only when it is through."""
REPORT_EVERY = 0.3
"""Seconds between two reports of progress, at least."""

Report = Callable[[int, int], None]
"""Told the bytes done and the bytes in all."""


class Moving:
    """Watch how far every file has gone, as the furthest byte the client read.

    The client is told the hashes that people approved, so that it does not read every large file once more
    before it sends any. Whether what it sent was that, is worked out as it goes, unless it is downloaded and
    hashed afterwards (``is_verified``).
    """

    def __init__(
        self, files: tuple[PublishedFile, ...], report: Report, *, is_verified: bool = False
    ) -> None:
        self._is_verified = is_verified
        self._total = sum(file.size for file in files)
        self._watched: list[_Watched] = []
        self._report = report
        self._last = 0.0

    def addition(self, folder: Path, file: PublishedFile) -> CommitOperationAdd:
        """Give what the client shall send."""
        operation = CommitOperationAdd(file.path, folder / file.path)
        if file.size >= STREAMED:
            watched = _Watched(folder / file.path, file, self._moved, self._is_verified)
            self._watched.append(watched)
            operation.path_or_fileobj = watched
            operation.upload_info.sha256 = bytes.fromhex(file.sha256)
        return operation

    def begin(self) -> None:
        """Report that nothing is through yet."""
        self._report(0, self._total)

    def end(self) -> None:
        """Report everything as through."""
        self._report(self._total, self._total)

    def close(self) -> None:
        """Close what was opened."""
        for one in self._watched:
            one.close()

    @property
    def changed(self) -> tuple[str, ...]:
        """Name the files that were hashed on their way, and had another content than was approved."""
        return tuple(one.file.path for one in self._watched if one.was_sent and not one.is_as_approved)

    def _moved(self) -> None:
        now = time.monotonic()
        if now - self._last >= REPORT_EVERY:
            self._last = now
            self._report(sum(one.furthest for one in self._watched), self._total)


class _Watched(io.BufferedReader):
    """Read a file, and hash it as far as it was read, unless it is verified later."""

    def __init__(self, path: Path, file: PublishedFile, moved: Callable[[], None], is_verified: bool) -> None:
        super().__init__(io.FileIO(path))
        self.file = file
        self.furthest = 0
        self._is_verified = is_verified
        self._digest = hashlib.sha256()
        self._moved = moved

    @property
    def was_sent(self) -> bool:
        """Tell whether the client read any of it; what the Hub has already it does not."""
        return self.furthest > 0

    @property
    def is_as_approved(self) -> bool:
        """Tell whether what was read is the whole file that was approved."""
        if self._is_verified:
            return True
        return self.furthest == self.file.size and self._digest.hexdigest() == self.file.sha256

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, and hash what was not read before: an attempt that failed is read again."""
        start = self.tell()
        content = super().read(size)
        if start <= self.furthest < start + len(content):
            if not self._is_verified:
                self._digest.update(memoryview(content)[self.furthest - start :])
            self.furthest = start + len(content)
            self._moved()
        return content
