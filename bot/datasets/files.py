"""Scan one file, and what is packed in it: find out its format, read it, and say what was not scanned."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.datasets.detection import Detector
from bot.datasets.findings import Coverage
from bot.datasets.formats import archives
from bot.datasets.formats.known import first_bytes, format_of
from bot.datasets.formats.text import scan_text
from bot.datasets.readers import DAMAGED, READERS, NotScanned, Other
from bot.datasets.tally import Tally

ARCHIVES = frozenset({"zip", "tar", "gzip", "zstd", "bzip2", "xz"})


def scan_file(path: Path, shown: str, detector: Detector) -> list[Tally]:
    """Scan the file at ``path``, called ``shown``, and those packed in it.

    Whatever is in it, this ends with a tally for each, and says what of it was not scanned.
    """
    return list(_scan(path, shown, detector, archives.Budget(), 0))


def _scan(path: Path, shown: str, detector: Detector, budget: archives.Budget, depth: int) -> Iterator[Tally]:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            link = "it is a symbolic link, which is not followed"
            yield _not_scanned(shown, link if path.is_symlink() else "it is no regular file")
            return
        found = format_of(shown, first_bytes(path))
        if found in ARCHIVES:
            yield from _scan_members(path, found, shown, detector, budget, depth)
            return
        yield _scan_one(path, found, shown, detector, status.st_size)
        if _changed(path, status):
            yield _not_scanned(shown, "it changed while it was read; scan it again")
    except OSError as error:
        yield _not_scanned(shown, f"it cannot be read: {error.strerror or 'the system gives no reason'}")


def _changed(path: Path, before: os.stat_result) -> bool:
    after = path.lstat()
    return (after.st_size, after.st_mtime_ns, after.st_ino) != (
        before.st_size,
        before.st_mtime_ns,
        before.st_ino,
    )


def _scan_one(path: Path, found: str | None, shown: str, detector: Detector, size: int) -> Tally:
    if found is None:
        return _not_scanned(shown, "it is binary, of no format that is known", size)
    for reader in READERS.get(found, ()):
        tally = Tally(shown)
        try:
            rows = reader(path, detector, tally)
        except Other:
            continue
        except NotScanned as error:
            return _with(tally, Coverage(shown, found, size, not_scanned=str(error)))
        return _with(tally, Coverage(shown, found, size, rows))
    tally = Tally(shown)
    with path.open("rb") as file:
        extent = scan_text(file.read, detector, tally)
    return _with(tally, Coverage(shown, "text", size, extent.lines))


def _scan_members(
    path: Path, found: str, shown: str, detector: Detector, budget: archives.Budget, depth: int
) -> Iterator[Tally]:
    if depth == archives.DEEPEST:
        yield _not_scanned(shown, f"it is packed more than {archives.DEEPEST} times")
        return
    with tempfile.TemporaryDirectory(prefix="giveback-scan-") as folder:
        try:
            for member in archives.members(path, found, Path(folder), budget):
                inner = f"{shown}!/{_printable(member.name)}"
                if member.path is None:
                    yield _not_scanned(inner, member.reason or DAMAGED)
                    continue
                yield from _scan(member.path, inner, detector, budget, depth + 1)
                member.path.unlink(missing_ok=True)
        except archives.TooMuch as error:
            yield _not_scanned(shown, f"{error}; the rest was not looked at")
        except archives.BROKEN:
            yield _not_scanned(shown, "it is damaged; what is behind the damage was not looked at")


def _with(tally: Tally, coverage: Coverage) -> Tally:
    tally.coverage.append(coverage)
    return tally


def _not_scanned(shown: str, reason: str, size: int = 0) -> Tally:
    return _with(Tally(shown), Coverage(shown, None, size, not_scanned=reason))


def _printable(name: str) -> str:
    return name if name.isprintable() else ascii(name)[1:-1]
