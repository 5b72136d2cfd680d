"""Find the data files of a folder, and which split and configuration each belongs to.

Source: hub-docs, datasets-file-names-and-splits.md and datasets-data-files-configuration.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_FILES = 1_000
"""Data files of one dataset that are looked at."""
MAX_ENTRIES = 10_000
MAX_DEPTH = 4
FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}
"""Formats whose rows are counted, by the ending of a file's name."""
OTHERS = frozenset(
    {".arrow", ".json", ".zip", ".tar", ".gz", ".zst", ".xz", ".sqlite", ".db", ".wav", ".mp3", ".flac"}
)
"""Endings of files that hold data which is not counted here."""

_SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_ALL_WORDS = "|".join(word for words in _SPLITS.values() for word in words)
_SPLIT_WORD = re.compile(rf"(?:^|[-._ 0-9/])({_ALL_WORDS})(?=[-._ 0-9/]|$)", re.IGNORECASE)
_SHARD = re.compile(r"[-._ ]*(\d+[-._ ]*of[-._ ]*)?\d*$")


@dataclass(frozen=True)
class DataFile:
    """A data file: its path below the folder, its format, its split, and its size in bytes."""

    path: str
    format: str
    split: str
    size: int

    @property
    def base(self) -> str:
        """Give the path without ending, split and number of the shard: what files of one table share."""
        stem = str(PurePosixPath(self.path).with_suffix(""))
        return _SHARD.sub("", _SPLIT_WORD.sub("", stem)).strip("-._ /")


@dataclass(frozen=True)
class Found:
    """Hold the data files that are read, and those that hold data and are not."""

    files: tuple[DataFile, ...] = ()
    not_read: tuple[str, ...] = ()
    is_whole: bool = True


def find_data(folder: Path) -> Found:
    """Find the data files below a folder, by their names' order; links and hidden folders are passed over."""
    files: list[DataFile] = []
    others: list[str] = []
    paths = list(_walk(folder))
    for path in sorted(paths)[:MAX_ENTRIES]:
        ending = PurePosixPath(path).suffix.lower()
        if ending in FORMATS:
            files.append(DataFile(path, FORMATS[ending], split_of(path), (folder / path).lstat().st_size))
        elif ending in OTHERS and PurePosixPath(path).name not in ("croissant.json", "dataset_infos.json"):
            others.append(path)
    is_whole = len(paths) < MAX_ENTRIES and len(files) <= MAX_FILES
    return Found(tuple(files[:MAX_FILES]), tuple(others), is_whole)


def split_of(path: str) -> str:
    """Name the split a path stands for; one that names none is for training."""
    found = _SPLIT_WORD.search(str(PurePosixPath(path).with_suffix("")))
    word = found[1].lower() if found else "train"
    return next(split for split, words in _SPLITS.items() if word in words)


def _walk(folder: Path) -> Iterator[str]:
    """Yield the paths of ordinary files, level by level, so that a crowded subfolder hides nothing."""
    looked_at = 0
    level = [""]
    for _ in range(MAX_DEPTH + 1):
        below: list[str] = []
        for inner in level:
            try:
                entries = sorted(os.scandir(folder / inner), key=lambda entry: entry.name)
            except OSError:
                continue  # it cannot be listed, so there is nothing to say of it
            for entry in entries:
                looked_at += 1
                if looked_at > MAX_ENTRIES:
                    return
                path = f"{inner}/{entry.name}" if inner else entry.name
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append(path)
                elif entry.is_file(follow_symlinks=False):
                    yield path
        level = below
