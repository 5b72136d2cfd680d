"""List and hash the files of a release, refusing what has no place in one."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.cards.artifacts import CannotRead, open_file
from bot.hub.jobs import ATTESTATIONS, PublishedFile

MAX_FILES = 10_000
"""Files of one release, at most; the Hub advises no more in a folder (hub-docs, storage-limits)."""
MAX_PATH = 255
"""Characters of a path, at most."""
MANIFEST = "model-release.yml"
"""The manifest says what to release."""
_FORBIDDEN = frozenset('\\<>:"|?*`')
"""Characters no file can have on Windows, and the one that would end inline code."""
_LEFT_OUT = frozenset({MANIFEST, ".gitattributes", ".gitignore", ".gitkeep"})
"""Names of files that serve the repository the model lies in, not the model."""
_OURS = frozenset(name.casefold() for name in ATTESTATIONS)
_BLOCK = 512
"""Bytes that ``st_blocks`` counts in (Python's ``os.stat_result``)."""

Hashed = dict[tuple[str, int, int, int], str]
"""SHA-256 of files hashed before in this process, by path, size, time of change (ns) and inode."""


@dataclass(frozen=True)
class ReleaseFile:
    """Name one file of a release by its path below the model's folder, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class WrittenFile:
    """Hold a text that Giveback writes into a release; ``why`` tells people what it is."""

    path: str
    text: str
    why: str = ""


@dataclass(frozen=True)
class OddFile:
    """Name something in the folder that cannot be released, and why; ``path`` is safe to print."""

    path: str
    reason: str


@dataclass(frozen=True)
class Inspection:
    """Hold what a folder has to release, in the order of the paths, and what it must not have."""

    files: tuple[ReleaseFile, ...]
    odd: tuple[OddFile, ...] = ()

    @property
    def published(self) -> tuple[PublishedFile, ...]:
        """Give the files in the words of the Hub library."""
        return tuple(PublishedFile(file.path, file.size, file.sha256) for file in self.files)


def inspect_folder(folder: Path, hashed: Hashed | None = None) -> Inspection:
    """Hash every ordinary file below ``folder``; links are never followed.

    A file found in ``hashed`` is not read again, and every other one is noted there: a release looks at its
    folder in each step, and models are large. Raises OSError when it is no folder.
    """
    hashed = {} if hashed is None else hashed
    files: list[ReleaseFile] = []
    odd: list[OddFile] = []
    lowered: set[str] = set()
    for path in sorted(_below(folder)):
        shown = path if path.isprintable() else ascii(path)
        reason = odd_name(path) or (
            "its name differs from another one's only in case" if path.lower() in lowered else None
        )
        lowered.add(path.lower())
        if path.rsplit("/", 1)[-1] in _LEFT_OUT and not (folder / path).is_symlink():
            continue
        if reason is None and len(files) == MAX_FILES:
            reason = f"a release has at most {MAX_FILES} files"
        if reason is not None:
            odd.append(OddFile(shown, reason))
            if len(files) == MAX_FILES:
                break
            continue
        try:
            files.append(_release_file(folder, path, hashed))
        except CannotRead:
            odd.append(OddFile(shown, "it is a link, a pipe or something else that is no ordinary file"))
    return Inspection(tuple(files), tuple(odd))


def left_as_holes(folder: Path) -> Hashed:
    """Give the files of which the disk holds a part only, with no hash: the rest was never fetched."""
    hashed: Hashed = {}
    for path in _below(folder):
        found = (folder / path).lstat()
        if stat.S_ISREG(found.st_mode) and found.st_blocks * _BLOCK < found.st_size:
            hashed[str(folder / path), found.st_size, found.st_mtime_ns, found.st_ino] = ""
    return hashed


def digest(files: Iterable[ReleaseFile], manifest: str) -> str:
    """Reduce a release to one SHA-256 over its manifest and every file's path and hash.

    Approvals are given for this digest, so that any change of content or terms voids them.
    """
    hashed = hashlib.sha256(hashlib.sha256(manifest.encode()).digest())
    for file in sorted(files, key=lambda file: file.path):
        hashed.update(f"{file.sha256} {file.size} {file.path}\0".encode())
    return hashed.hexdigest()


def put_written(folder: Path, written: Iterable[WrittenFile]) -> None:
    """Write the files into a release's own folder, in place of whatever is there by their names."""
    for file in written:
        path = folder / file.path
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        with path.open("xb") as new:
            new.write(file.text.encode())


def _below(folder: Path) -> Iterable[str]:
    found = 0
    for parent, folders, names in os.walk(folder, onerror=_raise):
        here = Path(parent).relative_to(folder)
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in [*names, *links]:
            yield (here / name).as_posix()
            found += 1
            if found > MAX_FILES:
                return


def _raise(error: OSError) -> None:
    raise error


def odd_name(path: str) -> str | None:
    """Say why a release has no such path; None when it may have it."""
    parts = path.split("/")
    if parts[0].casefold() in _OURS:
        return "Giveback writes a file of this name for each release itself"
    if len(path) > MAX_PATH:
        return f"its path is longer than {MAX_PATH} characters"
    if not path.isprintable() or _FORBIDDEN.intersection(path):
        return "its name holds characters that do not belong in a file name"
    if not all(parts):
        return "a part of its path is empty"
    if any(part.startswith(".") for part in parts):
        return "hidden files are not released"
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return "its name starts or ends with a space or a dot"
    return None


def _release_file(folder: Path, path: str, hashed: Hashed) -> ReleaseFile:
    with open_file(folder / path) as file:
        found = os.fstat(file.fileno())
        key = (str(folder / path), found.st_size, found.st_mtime_ns, found.st_ino)
        if key not in hashed:
            hashed[key] = hashlib.file_digest(file, "sha256").hexdigest()
        return ReleaseFile(path, found.st_size, hashed[key])
