"""Find the files in a model folder that a reader knows, in a bounded walk that follows no link."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAX_ENTRIES = 10_000
"""Entries looked at in a folder and those below it, at most (the Hub's own limit for one folder)."""
LEFT_OUT = "checkpoint-*"
"""Folders with what a Trainer saved on the way; the model's own files repeat what counts of it."""


@dataclass(frozen=True)
class Found:
    """Hold the matching paths, with ``/`` between their parts, those nearest to the folder itself first.

    ``closed`` names the folders that could not be listed; ``is_whole`` tells whether all entries were
    looked at.
    """

    paths: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass
class _Walk:
    """Keep what a walk has found and how many entries it may still look at."""

    left: int
    paths: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def matches(path: str, pattern: str) -> bool:
    """Tell whether a path fits a pattern such as ``*.json`` or ``unet/*.safetensors``, part by part.

    As in a shell, ``*`` fits neither ``/`` nor the dot that a hidden name starts with.
    """
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(_fits, parts, wanted))


def is_wanted(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether ``find`` would find a path for one of the patterns."""
    left_out = any(fnmatch.fnmatchcase(folder, LEFT_OUT) for folder in path.split("/")[:-1])
    return not left_out and any(matches(path, pattern) for pattern in patterns)


def find(folder: Path, patterns: Sequence[str]) -> Found:
    """Find what fits a pattern; only folders that a pattern leads into are looked into.

    Raises OSError when ``folder`` itself cannot be listed.
    """
    walk = _Walk(MAX_ENTRIES)
    with os.scandir(folder) as entries:
        level = _look(entries, "", [pattern.split("/") for pattern in patterns], walk)
    # Level by level, so that a crowded subfolder cannot use up what the model's own files need.
    while level:
        below: list[tuple[str, list[list[str]]]] = []
        for path, wanted in level:
            try:
                with os.scandir(folder / path) as entries:
                    below += _look(entries, f"{path}/", wanted, walk)
            except OSError:
                walk.closed.append(path)
        level = below
    return Found(tuple(walk.paths), tuple(walk.closed), walk.left >= 0)


def _look(
    entries: Iterator[os.DirEntry[str]], prefix: str, wanted: list[list[str]], walk: _Walk
) -> list[tuple[str, list[list[str]]]]:
    """Note the entries that end a pattern, and give the folders that one leads into, with the rest of it."""
    deeper: list[tuple[str, list[list[str]]]] = []
    found: list[str] = []
    for entry in entries:
        walk.left -= 1
        if walk.left < 0:
            break
        rests = [rest for first, *rest in wanted if _fits(entry.name, first)]
        if [] in rests:
            found.append(prefix + entry.name)
        leads_on = [rest for rest in rests if rest]
        if leads_on and entry.is_dir(follow_symlinks=False) and not fnmatch.fnmatchcase(entry.name, LEFT_OUT):
            deeper.append((prefix + entry.name, leads_on))
    walk.paths += sorted(found)
    return sorted(deeper)


def _fits(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
