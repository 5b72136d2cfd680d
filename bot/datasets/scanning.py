"""Scan files and folders for personal data, every byte of them, and say what was not scanned."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from bot.datasets.columns import columns_of
from bot.datasets.detection import Detector, detector_of
from bot.datasets.files import CHANGED, changed, not_scanned, scan_file, shown
from bot.datasets.findings import Coverage, Scan
from bot.datasets.formats.text import Extent
from bot.datasets.kinds import Kind, known_kinds, rules_version
from bot.datasets.parts import Part, parts_of, scan_part, together
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
    for file, found in _in_order(files, detector, workers):
        tallies += found
        done += file.size
        if progress:
            progress(done, total)
    return _scan_of(tallies, detector, looked_for)


def _in_order(
    files: Iterable[_File], detector: Detector, workers: int
) -> Iterator[tuple[_File, list[Tally]]]:
    if workers == 1:
        for file in files:
            yield file, scan_file(file.path, file.called, detector)
        return
    with ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_start, initargs=(detector.kinds,)
    ) as pool:
        for file in files:
            yield file, _shared(file, detector, pool, 2 * workers)


_detector: Detector | None = None
"""The detector of a worker process."""


def _start(kinds: Sequence[Kind]) -> None:
    global _detector
    _detector = Detector(kinds)


def _part(part: Part, name: str) -> tuple[Tally, Extent] | None:
    assert _detector is not None  # noqa: S101 - made when the process started
    return scan_part(part, name, _detector)


def _shared(file: _File, detector: Detector, pool: ProcessPoolExecutor, ahead: int) -> list[Tally]:
    """Scan a file in parts where it has any, a few of them ahead of the one that is waited for."""
    try:
        before = file.path.lstat()
        parts = parts_of(file.path, file.called)
        name, in_name = shown(file.called, detector)
        found = together(name, _results(parts, name, pool, ahead)) if len(parts) > 1 else None
        if found is None:
            return scan_file(file.path, file.called, detector)
        tally, lines = found
        tally.coverage.append(Coverage(name, parts[0].format, file.size, lines))
        if changed(file.path, before):
            return [*in_name, tally, not_scanned(name, CHANGED)]
    except OSError:
        return scan_file(file.path, file.called, detector)
    return [*in_name, tally]


def _results(
    parts: Iterable[Part], name: str, pool: ProcessPoolExecutor, ahead: int
) -> Iterator[tuple[Tally, Extent] | None]:
    waiting: deque[Future[tuple[Tally, Extent] | None]] = deque()
    for part in parts:
        waiting.append(pool.submit(_part, part, name))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


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
