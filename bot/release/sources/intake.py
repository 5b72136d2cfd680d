"""Take files into a release's folder: each at a safe path, once, and together no more than fits."""

from __future__ import annotations

from pathlib import Path

from bot.release.files import MAX_FILES
from bot.release.sources.errors import SourceRefused

LONGEST_NAME = 255
"""Bytes of one part of a path: what file systems keep (Linux, NAME_MAX)."""
LONGEST_PATH = 1024


class Intake:
    """Keeps account of what a source brings.

    What is merely unwanted in a release, such as a hidden file, is for the gates to refuse.
    """

    def __init__(self, into: Path, size_limit: int) -> None:
        self.into = into
        self.left = size_limit
        """Bytes there is room for."""
        self._limit = size_limit
        self._taken: set[str] = set()

    def path(self, name: str) -> Path:
        """Give the place for a file of this name, in a folder that is there. Raises SourceRefused."""
        parts = name.split("/")
        if (
            {"", ".", ".."}.intersection(parts)
            or not name.isprintable()
            or "\\" in name
            or ":" in parts[0]
            or len(name) > LONGEST_PATH
            or any(len(part.encode("utf-8", "replace")) > LONGEST_NAME for part in parts)
        ):
            raise SourceRefused(f"{shown(name)} is not a path a file can be written to.", "Rename it.")
        if len(self._taken) == MAX_FILES:
            raise SourceRefused(
                f"It holds more than {MAX_FILES:,} files.", "Keep only the model's own files."
            )
        if name.casefold() in self._taken:
            raise SourceRefused(f"It holds {shown(name)} twice.", "Take one of them away.")
        self._taken.add(name.casefold())
        target = self.into / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise SourceRefused(
                f"It holds {shown(name)} below what is a file.", "Take one of them away."
            ) from None
        if target.is_dir():
            raise SourceRefused(
                f"It holds {shown(name)} as a file and as a folder.", "Take one of them away."
            )
        return target

    def take(self, size: int) -> None:
        """Count bytes that came in, or are about to. Raises SourceRefused when they are too many."""
        self.left -= size
        if self.left < 0:
            raise too_large(self._limit)

    def give_back(self, size: int) -> None:
        """Count bytes that were deleted again."""
        self.left += size


def too_large(limit: int) -> SourceRefused:
    """Refuse what is larger than there is room for, in bytes."""
    return SourceRefused(
        f"It is larger than {limit // 1_000_000:,} MB, which is the most that is fetched.",
        "Keep only the model's own files there.",
    )


def shown(name: str) -> str:
    """Write a name that somebody else chose so that it can be printed."""
    return name[:200] if name.isprintable() else ascii(name[:200])
