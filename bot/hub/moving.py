"""Watch how far the files of an upload have gone."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from bot.hub.jobs import PublishedFile

STREAMED = 1024 * 1024
"""Bytes from which on a file's way to the Hub is reported while it goes, not only when it is through."""
REPORT_EVERY = 0.3
"""Seconds between two reports of progress, at least."""

Report = Callable[[int, int], None]
"""Told the bytes done and the bytes in all."""


class Moving:
    """Watch how far every file has gone, as the furthest byte the client read after hashing."""

    def __init__(self, files: tuple[PublishedFile, ...], report: Report) -> None:
        self._total = sum(file.size for file in files)
        self._watched: list[_Watched] = []
        self._report = report
        self._last = 0.0
        self._begun = False

    def open(self, folder: Path, file: PublishedFile) -> Path | BinaryIO:
        """Give what the client shall send: a large file is watched."""
        path = folder / file.path
        if file.size < STREAMED:
            return path
        watched = _Watched(path, self._moved)
        self._watched.append(watched)
        return watched

    def begin(self) -> None:
        """Count from here: the client hashes every file before it sends any."""
        self._begun = True
        for one in self._watched:
            one.furthest = 0
        self._report(0, self._total)

    def end(self) -> None:
        """Report everything as through."""
        self._report(self._total, self._total)

    def close(self) -> None:
        """Close what was opened."""
        for one in self._watched:
            one.close()

    def _moved(self) -> None:
        now = time.monotonic()
        if self._begun and now - self._last >= REPORT_EVERY:
            self._last = now
            self._report(sum(one.furthest for one in self._watched), self._total)


class _Watched(io.BufferedReader):
    """Read a file and remember the furthest byte read."""

    def __init__(self, path: Path, moved: Callable[[], None]) -> None:
        super().__init__(io.FileIO(path))
        self.furthest = 0
        self._moved = moved

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, and note how far that was."""
        content = super().read(size)
        self.furthest = max(self.furthest, self.tell())
        self._moved()
        return content
