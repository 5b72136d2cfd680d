"""Scan files and folders for personal data, every byte of them, and say what was not scanned."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from bot.datasets.columns import columns_of
from bot.datasets.detection import Detector, detector_of
from bot.datasets.files import CHANGED, changed, not_scanned, scan_file, shown
from bot.datasets.findings import Coverage, Scan
from bot.datasets.kinds import Kind, known_kinds, rules_version
from bot.datasets.parts import cut, together
from bot.datasets.readers import Other
from bot.datasets.sharing import Run, shared_among
from bot.datasets.tally import Tally

LEFT_ALONE = frozenset({".git"})
"""Folders that are no part of a dataset."""
WORTH_IT = 192 << 20
"""Bytes from which two processes are faster than one: each takes over a second to start."""

Progress = Callable[[int, int], None]
"""Told the bytes scanned so far, and all there are."""


class _File(NamedTuple):
    path: Path
    called: str
    size: int


def scan(
    paths: Sequence[Path],
    kinds: Sequence[Kind] | None = None,
    *,
    root: Path | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Scan files, and folders with all that is below them, in the order of their names.

    Files are called as ``paths`` call them, or by their path below ``root``. As many ``processes`` as
    there are cores share the work where it is large; the result is the same with any number.
    """
    looked_for = tuple(known_kinds() if kinds is None else kinds)
    detector = detector_of(looked_for)
    files = [_file(file, root) for path in paths for file in _below(path)]
    total = sum(file.size for file in files)
    workers = min(processes or os.cpu_count() or 1, 8) if total >= WORTH_IT else 1
    done, tallies = 0, []

    def tell(read: int) -> None:
        if progress:
            progress(done + read, total)

    with shared_among(workers, detector) as run:
        for file in files:
            tallies += _scan_file(file, detector, run, tell)
            tell(file.size)
            done += file.size
    return _scan_of(tallies, detector, looked_for)


def _scan_file(file: _File, detector: Detector, run: Run, tell: Callable[[int], None]) -> list[Tally]:
    """Scan a file in parts where it can be cut, and tell after each how many bytes were scanned so far."""
    try:
        before = file.path.lstat()
        name, in_name = shown(file.called, detector)
        parts = cut(file.path, file.called, name, detector)
        if parts is None:
            return scan_file(file.path, file.called, detector)
        whole, lines = Tally(name), 0
        scanned = chain(parts.begun, run(parts.left, name, lambda: whole.room))
        for lines, read in together(whole, scanned):  # noqa: B007 - the last is how many there are in all
            tell(read)
        whole.coverage.append(Coverage(name, parts.format, file.size, lines))
        if changed(file.path, before):
            return [*in_name, whole, not_scanned(name, CHANGED)]
    except (OSError, Other):
        return scan_file(file.path, file.called, detector)
    return [*in_name, whole]


def _scan_of(tallies: Sequence[Tally], detector: Detector, kinds: Sequence[Kind]) -> Scan:
    """Put what was found in each file together."""
    columns = [column for tally in tallies for column in columns_of(tally, detector)]
    return Scan(
        rules=rules_version(kinds),
        findings=tuple(one for tally in tallies for one in tally.findings),
        counts=tuple(one for tally in tallies for one in tally.in_order()),
        columns=tuple(columns),
        coverage=tuple(one for tally in tallies for one in tally.coverage),
        quality=tuple(tally.quality for tally in tallies if tally.quality),
    )


def _file(path: Path, root: Path | None) -> _File:
    try:
        size = path.lstat().st_size
    except OSError:
        size = 0
    return _File(path, (path.relative_to(root) if root else path).as_posix(), size)


def _below(path: Path) -> Iterator[Path]:
    """Find the files below a folder; symbolic links are given as they are, never followed."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in LEFT_ALONE)
        here = Path(folder)
        yield from (here / name for name in sorted(names))
        yield from (here / name for name in folders if (here / name).is_symlink())
