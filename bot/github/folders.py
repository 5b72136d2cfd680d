"""Bring a folder of a repository, at a commit, to disk: real files, Git LFS included."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from bot.errors import UnusableFileError
from bot.github.blobs import BLOB_LIMIT, fetch_blobs
from bot.github.client import InstallationClient
from bot.github.large_files import LARGE_LIMIT, LargeFiles
from bot.github.listing import list_folder
from bot.github.permissions import needs


class FolderReader:
    """Fetches folders from one installation's repositories."""

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self._client = client
        self._large = LargeFiles(client, web_url.rstrip("/"))

    @needs(contents="read")
    async def fetch(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        """Write the folder's files below ``destination``, each checked against its hash.

        With ``names``, patterns such as ``*.json`` or ``unet/*.json``, only the files that they match.

        Raises:
            UnusableFileError: the folder is not there, too large, or holds links and the like.
            TransientError: GitHub cannot answer now.
        """
        listing = await list_folder(self._client, repository, path, commit, names)
        for problem in listing.unusual:
            raise problem
        total = sum(entry.size for entry in listing.entries)
        _refuse_excess(path, total, size_limit)
        for entry in listing.entries:
            if entry.size > BLOB_LIMIT:
                raise UnusableFileError(entry.path, "is larger than 100 MB", "Track it with Git LFS.")
        large = await fetch_blobs(self._client, repository, listing.entries, destination)
        for file in large:
            _refuse_excess(file.path, file.size, LARGE_LIMIT)
        _refuse_excess(path, total + sum(file.size for file in large), size_limit)
        places = await self._large.places(repository, large)
        for file in large:
            await self._large.download(file, places[file.path], destination / file.path)


def _refuse_excess(path: str, total: int, limit: int) -> None:
    if total > limit:
        raise UnusableFileError(
            path,
            f"is larger than {limit // 1_000_000:,} MB, which is the most that is fetched",
            "Keep only the model's own files there, large ones in Git LFS.",
        )
