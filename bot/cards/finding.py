"""Find the files in a model folder that a reader knows, in a bounded walk that follows no link."""

from __future__ import annotations

import fnmatch
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAX_ENTRIES = 10_000
"""Entries looked at in a folder and those below it, at most (the Hub's own limit for one folder)."""
LEFT_OUT = "checkpoint-*"
"""Folders with what a Trainer saved on the way; the model's own files repeat what counts of it."""


_Rest = tuple[list[str], str]
"""What is left of a pattern below a folder, part by part, and the pattern itself."""


@dataclass(frozen=True)
class Found:
    """Hold the matching paths, those nearest to the folder itself first, each with the patterns it fits.

    Paths have ``/`` between their parts. ``closed`` names the folders that could not be listed; ``is_whole``
    tells whether all entries were looked at.
    """

    paths: Mapping[str, frozenset[str]] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass
class _Walk:
    """Keep what a walk has found and how many entries it may still look at."""

    left: int
    paths: dict[str, frozenset[str]] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)


class _Wanted:
    """Tell quickly which patterns a name goes on with, and how the rest of them reads.

    Most patterns begin with a plain name, and a folder of hundreds of files is asked for each of them.
    """

    def __init__(self, rests: Iterable[_Rest]) -> None:
        self._plain = defaultdict[str, list[_Rest]](list)
        self._others: list[tuple[re.Pattern[str], bool, _Rest]] = []
        for (first, *later), pattern in rests:
            rest = (later, pattern)
            if any(map(first.__contains__, "*?[")):
                self._others.append((re.compile(fnmatch.translate(first)), first.startswith("."), rest))
            else:
                self._plain[first].append(rest)

    def fitting(self, name: str) -> list[_Rest]:
        """Give the rests of the patterns that begin with what the name fits."""
        hidden = name.startswith(".")
        fitting = [rest for one, dotted, rest in self._others if one.match(name) and (dotted or not hidden)]
        return self._plain.get(name, []) + fitting


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
        level = _look(entries, "", [(pattern.split("/"), pattern) for pattern in patterns], walk)
    # Level by level, so that a crowded subfolder cannot use up what the model's own files need.
    while level:
        below: list[tuple[str, list[_Rest]]] = []
        for path, wanted in level:
            try:
                with os.scandir(folder / path) as entries:
                    below += _look(entries, f"{path}/", wanted, walk)
            except OSError:
                walk.closed.append(path)
        level = below
    return Found(walk.paths, tuple(walk.closed), walk.left >= 0)


def _look(
    entries: Iterator[os.DirEntry[str]], prefix: str, rests: Iterable[_Rest], walk: _Walk
) -> list[tuple[str, list[_Rest]]]:
    """Note the entries that end a pattern, and give the folders that one leads into, with the rest of it."""
    deeper: list[tuple[str, list[_Rest]]] = []
    found: list[tuple[str, frozenset[str]]] = []
    wanted = _Wanted(rests)
    for entry in entries:
        walk.left -= 1
        if walk.left < 0:
            break
        fitting = wanted.fitting(entry.name)
        if ends := frozenset(pattern for rest, pattern in fitting if not rest):
            found.append((prefix + entry.name, ends))
        leads_on = [(rest, pattern) for rest, pattern in fitting if rest]
        if leads_on and entry.is_dir(follow_symlinks=False) and not fnmatch.fnmatchcase(entry.name, LEFT_OUT):
            deeper.append((prefix + entry.name, leads_on))
    walk.paths.update(sorted(found))
    return sorted(deeper)


def _fits(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
