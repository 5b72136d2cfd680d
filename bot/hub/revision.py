"""Say what a repository on the Hub holds at one commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RevisionFile:
    """Name a file by its path in the repository and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True)
class Revision:
    """Name a commit, and list its files without those that serve the repository itself."""

    commit: str
    files: tuple[RevisionFile, ...]
