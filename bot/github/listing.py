"""List the files of a repository's folder at a commit, and tell those that are no ordinary files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.finding import is_wanted
from bot.errors import UnusableFileError
from bot.github.client import InstallationClient

FILES_LIMIT = 1000
NAME_LIMIT = 255
"""Bytes of one part of a path: what file systems keep (Linux, NAME_MAX)."""

PATH_LIMIT = 1024
"""Characters of a path below the folder."""


@dataclass(frozen=True)
class Entry:
    """A file: its path below the folder, its bytes in Git, and its blob."""

    path: str
    size: int
    sha: str


@dataclass(frozen=True)
class Listing:
    """The ordinary files of a folder that are wanted, why others are none, and the paths of all files.

    ``paths`` is ``None`` where a folder is more than GitHub lists at once.
    """

    entries: tuple[Entry, ...]
    unusual: tuple[UnusableFileError, ...]
    paths: frozenset[str] | None


async def list_folder(
    client: InstallationClient, repository: str, path: str, commit: str, names: Collection[str] | None = None
) -> Listing:
    """List a folder's files, or with ``names`` those that one of these patterns matches.

    Where a folder is more than GitHub lists at once, of the patterns only the files directly in it are seen.

    Raises:
        UnusableFileError: there is no such folder, or it has more than ``FILES_LIMIT`` files.
    """
    folder = "/".join(part for part in path.split("/") if part not in ("", "."))
    tree: str | None = commit
    listing = await client.get(f"/repos/{repository}/git/trees/{commit}?recursive=1")
    if listing.get("truncated"):
        tree = await _tree_at(client, repository, folder, commit)
        listing = await client.get(f"/repos/{repository}/git/trees/{tree}?recursive=1") if tree else None
    else:
        listing = _below(listing, folder)
    if listing is None:
        raise UnusableFileError(
            path,
            f"is no folder of {repository} at {commit[:12]}",
            "Check how it is spelled; folders count from the top of the repository.",
        )
    is_whole = not listing.get("truncated")
    paths = frozenset(item["path"] for item in listing["tree"]) if is_whole else None
    if names is not None and not is_whole:
        listing = await client.get(f"/repos/{repository}/git/trees/{tree}")
    files = [item for item in listing["tree"] if item["type"] != "tree"]
    if names is not None:
        files = [item for item in files if is_wanted(item["path"], names)]
    if listing.get("truncated") or len(files) > FILES_LIMIT:
        raise UnusableFileError(
            path,
            f"holds more than {FILES_LIMIT:,} files",
            "Keep the model's own files in a folder of their own, and name that one.",
        )
    unusual = [_unusual(item) for item in files]
    ordinary = [item for item, problem in zip(files, unusual, strict=True) if problem is None]
    _refuse_twins([item["path"] for item in ordinary])
    return Listing(
        tuple(Entry(item["path"], item["size"], item["sha"]) for item in ordinary),
        tuple(problem for problem in unusual if problem is not None),
        paths,
    )


async def _tree_at(client: InstallationClient, repository: str, folder: str, commit: str) -> str | None:
    """Find the tree of a folder where the repository has more files than GitHub lists at once."""
    tree = commit
    for segment in folder.split("/") if folder else ():
        listing = await client.get(f"/repos/{repository}/git/trees/{tree}")
        found = [item for item in listing["tree"] if item["path"] == segment and item["type"] == "tree"]
        if not found:
            return None
        tree = found[0]["sha"]
    return tree


def _below(listing: dict[str, Any], folder: str) -> dict[str, Any] | None:
    """Take what is below a folder out of a listing of everything, with the paths counted from there."""
    if not folder:
        return listing
    items = listing["tree"]
    if not any(item["path"] == folder and item["type"] == "tree" for item in items):
        return None
    start = f"{folder}/"
    inside = [item for item in items if item["path"].startswith(start)]
    return {"tree": [{**item, "path": item["path"].removeprefix(start)} for item in inside]}


def _unusual(item: dict[str, Any]) -> UnusableFileError | None:
    """Tell of links, submodules and paths that would leave the folder or confuse a file system."""
    path = item["path"]
    if item["mode"] == "120000":
        return UnusableFileError(path, "is a symbolic link", "Put the file itself in its place.")
    if item["type"] != "blob":
        return UnusableFileError(
            path, "is a submodule", "Put the model's files into the repository itself, or take it away."
        )
    parts = path.split("/")
    odd = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    if odd or "\\" in path or any(ord(character) < 32 for character in path):
        return UnusableFileError(path, "is not a path that can be published", "Rename it.")
    if "\ufffd" in path:  # what GitHub shows for bytes that are not UTF-8
        return UnusableFileError(path, "has a name that is not UTF-8", "Rename it.")
    if any(len(part.encode(errors="replace")) > NAME_LIMIT for part in parts) or len(path) > PATH_LIMIT:
        return UnusableFileError(path, "has too long a name", f"Rename it to at most {NAME_LIMIT} bytes.")
    return None


def _refuse_twins(paths: Sequence[str]) -> None:
    """Refuse a tree that has a path twice, or as a file and a folder: no client of Git writes one."""
    seen: set[str] = set()
    folders = {path[:at] for path in paths for at, character in enumerate(path) if character == "/"}
    for path in paths:
        if path in seen or path in folders:
            raise UnusableFileError(path, "is in the folder twice", "Take both away, and add the right one.")
        seen.add(path)
