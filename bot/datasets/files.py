"""Scan one file, and what is packed in it: find out its format, read it, and say what was not scanned."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.datasets.cells import masked
from bot.datasets.columns import HEADER
from bot.datasets.detection import Detector
from bot.datasets.findings import Coverage
from bot.datasets.formats import archives
from bot.datasets.formats.known import first_bytes, format_of
from bot.datasets.formats.text import scan_text
from bot.datasets.readers import DAMAGED, READERS, NotScanned, Other
from bot.datasets.tally import Tally
from bot.scratch import Scratch

ARCHIVES = frozenset({"zip", "tar", "gzip", "zstd", "bzip2", "xz"})
CHANGED = "it changed while it was read; scan it again"
NAME = "(file name)"
"""The column that what is in a file's name is found in."""


def scan_file(path: Path, called: str, detector: Detector) -> list[Tally]:
    """Scan the file at ``path``, shown as ``called``, and those packed in it.

    Whatever is in it, this ends with a tally for each, and says what of it was not scanned.
    """
    return list(_scan(path, called, detector, archives.Budget(), 0))


def shown(called: str, detector: Detector) -> tuple[str, list[Tally]]:
    """Give a file's name without what is personal data in it, and what that is."""
    name, hits = masked(detector, called if called.isprintable() else ascii(called)[1:-1])
    tally = Tally(name)
    for hit in hits:
        tally.add(hit.kind, hit.tier, hit.start, hit.end, hit.score, row=HEADER, column=NAME)
    return name, [tally] if hits else []


def changed(path: Path, before: os.stat_result) -> bool:
    """Say whether a file is another one than it was, or has other content."""
    after = path.lstat()
    return (after.st_size, after.st_mtime_ns, after.st_ino) != (
        before.st_size,
        before.st_mtime_ns,
        before.st_ino,
    )


def not_scanned(name: str, reason: str, size: int = 0) -> Tally:
    """Tell of a file, or a part of it, that was not scanned."""
    return _with(Tally(name), Coverage(name, None, size, not_scanned=reason))


def _scan(
    path: Path, called: str, detector: Detector, budget: archives.Budget, depth: int
) -> Iterator[Tally]:
    name, in_name = shown(called, detector)
    yield from in_name
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            link = "it is a symbolic link, which is not followed"
            yield not_scanned(name, link if path.is_symlink() else "it is no regular file")
            return
        found = format_of(called, first_bytes(path))
        if found in ARCHIVES:
            yield from _scan_members(path, found, called, name, detector, budget, depth)
            return
        yield _scan_one(path, found, name, detector, status.st_size)
        if changed(path, status):
            yield not_scanned(name, CHANGED)
    except OSError as error:
        yield not_scanned(name, f"it cannot be read: {error.strerror or 'the system gives no reason'}")


def _scan_one(path: Path, found: str | None, name: str, detector: Detector, size: int) -> Tally:
    if found is None:
        return not_scanned(name, "it is binary, of no format that is known", size)
    for reader in READERS.get(found, ()):
        tally = Tally(name)
        try:
            rows = reader(path, detector, tally)
        except Other:
            continue
        except NotScanned as error:
            return _with(tally, Coverage(name, found, size, not_scanned=str(error)))
        return _with(tally, Coverage(name, found, size, rows))
    tally = Tally(name)
    with path.open("rb") as file:
        extent = scan_text(file.read, detector, tally)
    return _with(tally, Coverage(name, "text", size, extent.lines))


def _scan_members(
    path: Path, found: str, called: str, name: str, detector: Detector, budget: archives.Budget, depth: int
) -> Iterator[Tally]:
    if depth == archives.DEEPEST:
        yield not_scanned(name, f"it is packed more than {archives.DEEPEST} times")
        return
    with Scratch("scan") as folder:
        try:
            for member in archives.members(path, found, called, Path(folder), budget):
                inner = f"{called}!/{member.name}"
                if member.path is None:
                    yield not_scanned(shown(inner, detector)[0], member.reason or DAMAGED)
                    continue
                yield from _scan(member.path, inner, detector, budget, depth + 1)
        except archives.TooMuch as error:
            yield not_scanned(name, f"{error}; the rest was not looked at")
        except archives.BROKEN:
            yield not_scanned(name, "it is damaged; what is behind the damage was not looked at")


def _with(tally: Tally, coverage: Coverage) -> Tally:
    tally.coverage.append(coverage)
    return tally
