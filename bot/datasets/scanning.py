"""Scan files and folders for personal data, every byte of them, and say what was not scanned."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bot.datasets.detection import Detector
from bot.datasets.files import scan_file
from bot.datasets.findings import Scan
from bot.datasets.kinds import Kind, known_kinds, rules_version
from bot.datasets.tally import Tally

LEFT_ALONE = frozenset({".git"})
"""Folders that are no part of a dataset."""

Progress = Callable[[int], None]
"""Told the bytes that were just scanned."""


def scan(
    paths: Sequence[Path],
    kinds: Sequence[Kind] | None = None,
    *,
    root: Path | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Scan files, and folders with all that is below them, in the order of their names.

    Files are called as ``paths`` call them, or by their path below ``root``.
    """
    looked_for = tuple(kinds if kinds is not None else known_kinds())
    detector = Detector(looked_for)
    tallies = []
    for path in paths:
        for file in _files(path):
            shown = _shown(file, root)
            tallies += scan_file(file, shown, detector)
            if progress:
                progress(file.lstat().st_size)
    return together(tallies, looked_for)


def together(tallies: Iterable[Tally], kinds: Sequence[Kind]) -> Scan:
    """Put what was found in each file together."""
    every = list(tallies)
    return Scan(
        rules=rules_version(kinds),
        findings=tuple(one for tally in every for one in tally.findings),
        counts=tuple(one for tally in every for one in tally.in_order()),
        columns=tuple(one for tally in every for one in tally.columns),
        coverage=tuple(one for tally in every for one in tally.coverage),
    )


def _files(path: Path) -> Iterator[Path]:
    """Find the files below a folder; symbolic links are given as they are, never followed."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in LEFT_ALONE)
        here = Path(folder)
        yield from (here / name for name in sorted(names))
        yield from (here / name for name in folders if (here / name).is_symlink())


def _shown(path: Path, root: Path | None) -> str:
    name = (path.relative_to(root) if root else path).as_posix()
    return name if name.isprintable() else ascii(name)[1:-1]
