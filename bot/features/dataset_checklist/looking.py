"""Find a dataset in a repository, fetch it, and gather what a program can know of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from bot.datasets.checklist.evidence import OWN_FILES, Evidence
from bot.datasets.checklist.gathering import gather
from bot.datasets.kinds import known_kinds
from bot.features.dataset_checklist.kept import Kept
from bot.features.dataset_checklist.section import DatasetChecklistSection
from bot.features.model_card.writing import Fetches
from bot.reads import ChangedFile
from bot.triage.ignore_patterns import ignore_patterns

SIZE_LIMIT = 1_000_000_000
"""Bytes of a dataset that are fetched; a larger one is scanned with ``giveback checklist`` where it lies."""


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


async def look(
    repository: str, commit: str, kept: Kept, section: DatasetChecklistSection, reads: Fetches
) -> Evidence:
    """Fetch the dataset at a commit and look at all of it.

    At the top of a repository only data files and the card are the dataset; elsewhere a whole folder is.

    Raises:
        UserError: it cannot be fetched as it is.
    """
    kinds = (*known_kinds(), *section.kinds)
    names = None if kept.folder else (*section.paths, "README.md")
    with tempfile.TemporaryDirectory(prefix="giveback-data-") as place:
        local = Path(place)
        await reads.fetch_folder(repository, kept.folder, commit, local, size_limit=SIZE_LIMIT, names=names)
        return await asyncio.to_thread(
            gather,
            local,
            quasi=kept.quasi,
            sensitive=kept.sensitive,
            confirmed_by=kept.confirmed_by,
            kinds=kinds,
            next_review=kept.next_review,
            aim=section.k,
        )
