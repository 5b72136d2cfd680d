"""Find weights that were split into several files of which some are missing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from bot.cards.artifacts import CannotRead, read_json
from bot.release.files import ReleaseFile

INDEX = ".safetensors.index.json"
"""Ends the name of the file that says which part holds which tensor (transformers' own name for it)."""
_PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.safetensors")
_NAMED = 3


def missing_parts(folder: Path, files: tuple[ReleaseFile, ...], limit: int) -> Iterator[str]:
    """Yield what is missing, by the indexes (of at most ``limit`` bytes) and by the numbers in names."""
    there = {file.path for file in files}
    for path in sorted(path for path in there if path.endswith(INDEX)):
        yield from _missing_from_index(folder, path, there, limit)
    parts: dict[tuple[str, int], set[int]] = defaultdict(set)
    for path in there:
        if named := _PART.fullmatch(path):
            parts[named[1], int(named[3])].add(int(named[2]))
    for (name, total), found in sorted(parts.items()):
        lacking = (number for number in range(1, total + 1) if number not in found)
        if first := next(lacking, None):
            example = f"{name}-{first:05}-of-{total:05}.safetensors"
            yield f"{example}: it is missing; {len(found)} of {total} parts are there"


def _missing_from_index(folder: Path, path: str, there: set[str], limit: int) -> Iterator[str]:
    try:
        index = read_json(folder / path, limit)
    except CannotRead:
        return  # which is said of the file itself
    weights = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(weights, dict) or not weights or not all(isinstance(w, str) for w in weights.values()):
        yield f"{path}: it does not say which file holds which tensor (weight_map)"
        return
    beside = PurePosixPath(path).parent
    lacking = sorted({name for name in weights.values() if (beside / name).as_posix() not in there})
    for name in islice(lacking, _NAMED):
        yield f"{path}: it names {name[:100]}, which is missing"
    if len(lacking) > _NAMED:
        yield f"{path}: {len(lacking) - _NAMED} more files it names are missing"
