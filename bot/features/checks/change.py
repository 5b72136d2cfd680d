"""What the parts look at of a pull request: its words, its files, and the lines it adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.events import PullRequest
from bot.reads import ChangedFile, LinkedIssue, PullCommit
from bot.triage.attributes import Attributes

_HUNK = re.compile(r"@@ -\d{1,10}(?:,\d{1,10})? \+(\d{1,10})(?:,\d{1,10})? @@")
_AS_WRITTEN = Attributes()

FILES_LISTED = 3_000
"""Files GitHub lists at most (REST "List pull requests files")."""

COUNTED = 10_000
"""Changed lines up to which GitHub counts those of each file; some have seen it stop at 20,000."""


@dataclass(frozen=True)
class AddedText:
    """The lines a change adds to one file, each with its number in the new file."""

    path: str
    is_new: bool
    lines: tuple[tuple[int, str], ...]

    @cached_property
    def text(self) -> str:
        """Give the lines as one text."""
        return "\n".join(line for _, line in self.lines)


@dataclass(frozen=True)
class Change:
    """A pull request as the parts see it; what was not asked for is empty."""

    pull: PullRequest
    files: tuple[ChangedFile, ...] = ()
    commits: tuple[PullCommit, ...] = ()
    linked: tuple[LinkedIssue, ...] = ()
    """The issues it closes, those linked by hand included."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Bytes of the files at its newest commit."""

    @cached_property
    def added(self) -> tuple[AddedText, ...]:
        """List the texts it adds to, in the order of its files."""
        return tuple(
            AddedText(file.path, file.status == "added", tuple(added_lines(file.patch)))
            for file in self.files
            if file.patch is not None
        )

    @cached_property
    def unseen(self) -> tuple[str, ...]:
        """List the files whose added lines GitHub does not show, without those nobody writes by hand."""
        return tuple(
            file.path
            for file in self.files
            if file.patch is None and file.additions and _AS_WRITTEN.why_left_out(file.path) is None
        )

    @cached_property
    def is_cut(self) -> bool:
        """Tell whether GitHub lists fewer files, or counts fewer lines in them, than there are."""
        counted = sum(file.additions for file in self.files)
        too_long = self.pull.additions + self.pull.deletions > COUNTED and self.pull.additions > counted
        return too_long or self.pull.changed_files > len(self.files) >= FILES_LISTED


def added_lines(patch: str) -> Iterator[tuple[int, str]]:
    """Yield the lines a patch adds, each with its number in the new file, counted from 1.

    The patch is that of one file, without the lines that name it (REST "List pull requests files").
    """
    number = 0
    for line in patch.split("\n"):
        match line[:1]:
            case "+":
                yield number, line[1:]
                number += 1
            case "@":
                hunk = _HUNK.match(line)
                number = int(hunk[1]) if hunk else number
            case "-" | "\\":
                pass
            case _:
                number += 1
