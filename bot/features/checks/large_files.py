"""Part: weights and other large binaries are kept out of Git, which never forgets them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from bot.features.checks.change import Change
from bot.features.checks.kinds import paths_of, tests_of
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.reads import ChangedFile
from bot.rendering import render

MEGABYTE = 1_000_000

FILES_TOLD = 10
PATTERNS_TOLD = 5


@dataclass(frozen=True)
class LargeFile:
    """A file that is too large for Git; ``size`` is in megabytes, ``None`` where it is not known."""

    path: str
    what: str
    size: float | None = None

    @property
    def pattern(self) -> str:
        """Give the pattern that has Git LFS keep files like it."""
        name = self.path.rpartition("/")[2]
        _, dot, ending = name.rpartition(".")
        return f"*.{ending}" if dot else name


def is_binary(file: ChangedFile) -> bool:
    """Tell whether new content is none that GitHub shows as text. A pointer of Git LFS is text."""
    return file.status in ("added", "modified", "changed") and file.patch is None and not file.additions


def find_large(change: Change, section: ChecksSection) -> list[LargeFile]:
    """List the files that are too large: by their sizes where those are known, else by their formats.

    By its format alone no file in a test folder counts: those are small, more often than not.
    """
    found = []
    tests = tests_of(section)
    for file in change.files:
        size = change.sizes.get(file.path)
        what = _format_of(file.path)
        if size is not None and section.large_file_mb is not None:
            if size > section.large_file_mb * MEGABYTE and file.status != "removed":
                found.append(LargeFile(file.path, what or "a large file", round(size / MEGABYTE, 1)))
        elif what and is_binary(file) and not tests.match(file.path):
            found.append(LargeFile(file.path, what))
    return found


def _format_of(path: str) -> str:
    lower = path.lower()
    if paths_of("weights").match(lower):
        return "model weights"
    return "an archive or data file" if paths_of("archives").match(lower) else ""


def judge(change: Change, section: ChecksSection) -> Verdict:
    """Point to Git LFS and to releases."""
    found = find_large(change, section)
    notes = (
        note(
            large.path, 1, f"This is {large.what} in Git itself: keep it in Git LFS or publish it elsewhere."
        )
        for large in found
    )
    summary = render(
        "checks/parts/large_files.md.j2",
        found=found[:FILES_TOLD],
        more=len(found) - FILES_TOLD,
        track=shlex.join(
            ["git", "lfs", "track", *list(dict.fromkeys(large.pattern for large in found))[:PATTERNS_TOLD]]
        ),
        base=change.pull.base.ref,
        weights=any(large.what == "model weights" for large in found),
        limit=section.large_file_mb,
    )
    return Verdict(not found, summary, first_notes(notes))
