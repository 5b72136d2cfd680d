"""Find a dataset in a repository, fetch it, and gather what a program can know of it."""

from __future__ import annotations

import asyncio
import glob
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.datasets.checklist.evidence import DESCRIPTIONS, OWN_FILES, Evidence
from bot.datasets.kinds import known_kinds, rules_version
from bot.errors import UnusableFileError, UserError
from bot.features.dataset_checklist.kept import Kept
from bot.features.dataset_checklist.section import DatasetChecklistSection
from bot.features.model_card.fetching import Fetches
from bot.reads import ChangedFile
from bot.rendering import code, listed
from bot.scratch import Scratch
from bot.triage.ignore_patterns import ignore_patterns

SIZE_LIMIT = 1_000_000_000
"""Bytes of a dataset that are fetched; a larger one is scanned with ``giveback checklist`` where it lies."""

EARLIER_LIMIT = 200_000_000
"""Bytes of what the default branch has that are fetched to hold new data against."""
EARLIER_FILES = 5

_ASKED = {"folder", "checklist", "quasi", "sensitive", "confirmed_by", "next_review"}
FORM = 3
"""Goes up when the same data and rules give another checklist, so that what is kept is looked at anew."""


@dataclass(frozen=True)
class Earlier:
    """Files that were there before, at a commit."""

    commit: str
    files: tuple[str, ...]


def data_files(files: Iterable[ChangedFile], section: DatasetChecklistSection) -> tuple[str, ...]:
    """List the data files that a pull request adds or changes."""
    wanted = ignore_patterns(section.paths)
    return tuple(
        sorted(
            file.path
            for file in files
            if file.status != "removed"
            and wanted.match(file.path)
            and PurePosixPath(file.path).name not in OWN_FILES
        )
    )


def folder_of(paths: Iterable[str]) -> str:
    """Give the folder that all the paths stand in, empty for the top of the repository."""
    parts = [PurePosixPath(path).parent.parts for path in paths]
    common: list[str] = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        common.append(level[0])
    return "/".join(common)


def dataset_files(blobs: Mapping[str, str], folder: str, section: DatasetChecklistSection) -> dict[str, str]:
    """Choose the files of the dataset, with their blobs, from all of the repository.

    A folder with all below it is the dataset. At the top of a repository, where code may stand beside them,
    only data files are, wherever they stand, and the descriptions at the top.
    """
    inside, wanted = f"{folder}/" if folder else "", ignore_patterns(section.paths)
    return {
        path: blob
        for path, blob in blobs.items()
        if path.removeprefix(inside) not in OWN_FILES
        and path.startswith(inside)
        and (inside or path in DESCRIPTIONS or wanted.match(path))
    }


def earlier_files(
    before: Mapping[str, str], now: Mapping[str, str], section: DatasetChecklistSection
) -> tuple[str, ...]:
    """Choose of the files at an earlier commit what the new and changed data files are held against.

    These are their earlier versions; with none, what else was data there, those of the same name first. What
    is part of the dataset as it was is none of it: it is held against the rest anyway.
    """
    wanted = ignore_patterns(section.paths)
    fresh = [path for path, blob in now.items() if before.get(path) != blob and wanted.match(path)]
    if changed := sorted(path for path in fresh if path in before):
        return tuple(changed[:EARLIER_FILES])
    names, here = {PurePosixPath(path).name for path in fresh}, frozenset(now.values())
    others = [
        path
        for path, blob in before.items()
        if wanted.match(path) and blob not in here and PurePosixPath(path).name not in OWN_FILES
    ]
    others.sort(key=lambda path: (PurePosixPath(path).name not in names, path))
    return tuple(others[:EARLIER_FILES]) if fresh else ()


def state_of(files: Mapping[str, str], kept: Kept, section: DatasetChecklistSection) -> str:
    """Name all that a look depends on: the files by their blobs, the rules and what was asked.

    Empty where the files are not known.
    """
    if not files:
        return ""
    rules = rules_version((*known_kinds(), *section.kinds))
    asked = kept.model_dump(include=_ASKED)
    known = json.dumps([FORM, sorted(files.items()), rules, asked, section.k])
    return hashlib.sha256(known.encode()).hexdigest()


async def look(
    repository: str,
    commit: str,
    files: Collection[str],
    kept: Kept,
    section: DatasetChecklistSection,
    reads: Fetches,
    earlier: Earlier | None = None,
) -> Evidence:
    """Fetch the files of the dataset at a commit, Git LFS included, and look at all of them.

    They are held against what is ``earlier``, as far as that can be fetched.

    Raises:
        UserError: they cannot be fetched as they are.
    """
    from bot.datasets.checklist.gathering import gather  # DuckDB and polars, which take a while to load

    if not kept.folder and not files:
        raise UserError(
            "I cannot see which files of the repository are data. Put them into a folder, and name it: "
            "`/dataset-checklist path=FOLDER`."
        )
    names = None if kept.folder else [glob.escape(path) for path in files]
    with Scratch("data") as place, Scratch("earlier") as before:
        local = Path(place)
        await reads.fetch_folder(repository, kept.folder, commit, local, size_limit=SIZE_LIMIT, names=names)
        if names is not None:
            _refuse_missing(files, local)
        release, not_compared = await _fetch_earlier(repository, earlier, kept.folder, Path(before), reads)
        return await asyncio.to_thread(
            gather,
            local,
            quasi=kept.quasi,
            sensitive=kept.sensitive,
            confirmed_by=kept.confirmed_by,
            kinds=(*known_kinds(), *section.kinds),
            next_review=kept.next_review,
            aim=section.k,
            earlier=release,
            not_compared=not_compared,
        )


async def _fetch_earlier(
    repository: str, earlier: Earlier | None, folder: str, into: Path, reads: Fetches
) -> tuple[dict[str, Path], str]:
    """Fetch earlier files, called as the dataset's are where they were in its folder; or say why not."""
    if earlier is None or not earlier.files:
        return {}, ""
    names = [glob.escape(path) for path in earlier.files]
    try:
        await reads.fetch_folder(repository, "", earlier.commit, into, size_limit=EARLIER_LIMIT, names=names)
    except UnusableFileError as error:
        return {}, error.problem.rstrip(".")
    inside = f"{folder}/" if folder else ""
    return {path.removeprefix(inside): into / path for path in earlier.files}, ""


def _refuse_missing(files: Iterable[str], local: Path) -> None:
    """Refuse to judge a dataset of which a file was not brought. Raises UserError."""
    missing = [path for path in files if not (local / path).is_file()]
    if missing:
        raise UserError(
            f"I cannot fetch {listed(map(code, missing[:10]))}. Put all data into one folder, and name it: "
            "`/dataset-checklist path=FOLDER`."
        )
