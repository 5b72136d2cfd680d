"""Find a dataset in a repository, fetch it, and gather what a program can know of it."""

from __future__ import annotations

import asyncio
import glob
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from bot.datasets.checklist.evidence import DESCRIPTIONS, OWN_FILES, Evidence
from bot.datasets.kinds import known_kinds, rules_version
from bot.errors import UserError
from bot.features.dataset_checklist.kept import Kept
from bot.features.dataset_checklist.section import DatasetChecklistSection
from bot.features.model_card.fetching import Fetches
from bot.reads import ChangedFile
from bot.rendering import code, listed
from bot.scratch import Scratch
from bot.triage.ignore_patterns import ignore_patterns

SIZE_LIMIT = 1_000_000_000
"""Bytes of a dataset that are fetched; a larger one is scanned with ``giveback checklist`` where it lies."""

_ASKED = {"folder", "checklist", "quasi", "sensitive", "confirmed_by", "next_review"}
FORM = 2
"""Goes up when the same data and rules give another checklist, so that what is kept is looked at anew."""


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
) -> Evidence:
    """Fetch the files of the dataset at a commit, Git LFS included, and look at all of them.

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
    with Scratch("data") as place:
        local = Path(place)
        await reads.fetch_folder(repository, kept.folder, commit, local, size_limit=SIZE_LIMIT, names=names)
        if names is not None:
            _refuse_missing(files, local)
        return await asyncio.to_thread(
            gather,
            local,
            quasi=kept.quasi,
            sensitive=kept.sensitive,
            confirmed_by=kept.confirmed_by,
            kinds=(*known_kinds(), *section.kinds),
            next_review=kept.next_review,
            aim=section.k,
        )


def _refuse_missing(files: Iterable[str], local: Path) -> None:
    """Refuse to judge a dataset of which a file was not brought. Raises UserError."""
    missing = [path for path in files if not (local / path).is_file()]
    if missing:
        raise UserError(
            f"I cannot fetch {listed(map(code, missing[:10]))}. Put all data into one folder, and name it: "
            "`/dataset-checklist path=FOLDER`."
        )
