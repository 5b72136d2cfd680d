"""Have the Hub copy large files between repositories, not sent again; runs only in the child process."""

from __future__ import annotations

from collections.abc import Iterable

from huggingface_hub import CommitOperationCopy, HfApi
from huggingface_hub.errors import FileDuplicationError, HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from bot.hub.jobs import PublishedFile
from bot.hub.staging import MAIN

BATCH = 256
"""Paths that are asked about in one call."""
_COPYING = "/lfs-files/duplicate"
"""How the address ends at which the Hub copies files (huggingface_hub, ``_duplicate_lfs_files``)."""


def copies_from(
    api: HfApi, repository: str, files: tuple[PublishedFile, ...]
) -> dict[str, CommitOperationCopy]:
    """Give what the Hub can copy itself from a repository's main branch, by path.

    That are large files it knows under the approved SHA-256 and by their Xet hash. A file that came over LFS,
    as ours do, has that hash once the Hub has moved it to Xet storage in the background (Hub documentation,
    "Backward Compatibility with LFS"); what has none by then is sent again.
    """
    approved = {file.path: file.sha256 for file in files}
    paths = sorted(approved)
    try:
        there = [
            one
            for start in range(0, len(paths), BATCH)
            for one in api.get_paths_info(repository, paths[start : start + BATCH], revision=MAIN)
            if isinstance(one, RepoFile)
        ]
    except RepositoryNotFoundError:
        return {}
    return {path: _copy(repository, path) for path in copyable(there, approved)}


def copyable(there: Iterable[RepoFile], approved: dict[str, str]) -> list[str]:
    """Name the files that the Hub holds under the approved SHA-256 and can copy."""
    return [
        one.path for one in there if one.xet_hash and one.lfs and one.lfs.sha256 == approved.get(one.path)
    ]


def is_about_copying(error: Exception) -> bool:
    """Tell whether the Hub would not copy, as between storage regions, so that the files have to be sent."""
    if isinstance(error, HfHubHTTPError):
        return error.response.request.url.path.endswith(_COPYING)
    return isinstance(error, FileDuplicationError)


def _copy(repository: str, path: str) -> CommitOperationCopy:
    return CommitOperationCopy(path, path, src_revision=MAIN, src_repo_id=repository, src_repo_type="model")
