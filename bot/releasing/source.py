"""Fetch a release's files from the repository that asked for it, as far as the disk has room."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import RefusedError, TransientError, UnusableFileError
from bot.installations import Installation
from bot.release.manifest import MANIFEST
from bot.release.request import Pin, PinKind, ReleaseRequest
from bot.release.sources import SourceRefused, SourceUnavailable
from bot.release.sources.addresses import Folder, parse_source

DISK_RESERVE = 2_000_000_000
"""Bytes of the disk that releases leave to the database and to everybody else."""


@dataclass(frozen=True)
class RepositorySource:
    """Fetches a release's files from the repository that asked for it."""

    installation: Installation
    size_limit: int
    web_url: str = "https://github.com"

    async def manifest(self, request: ReleaseRequest) -> str | None:
        """Give the manifest at the requested commit, which the default branch had then."""
        with _as_source_errors():
            return await self.installation.reader.text_file(request.repository, MANIFEST, request.commit)

    async def files(
        self, request: ReleaseRequest, source: str, into: Path, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        """Write the folder's files, Git LFS included."""
        address = parse_source(source)
        if not isinstance(address, Folder):
            raise SourceRefused(f"{source} cannot be fetched here.", "Name a folder of the repository.")
        free = await asyncio.to_thread(lambda: shutil.disk_usage(into).free - DISK_RESERVE)
        if free <= 0:
            raise SourceUnavailable("There is no room left on the disk of the service.")
        with _as_source_errors():
            await self.installation.reader.fetch_folder(
                request.repository, address.path, request.commit, into, size_limit=min(self.size_limit, free)
            )
        return (
            Pin(f"{self.installation.reader.web_url}/{request.repository}", PinKind.COMMIT, request.commit),
        )


@contextmanager
def _as_source_errors() -> Iterator[None]:
    """Tell the release library of GitHub's refusals in its own words."""
    try:
        yield
    except TransientError as error:
        raise SourceUnavailable(str(error)) from error
    except UnusableFileError as error:
        raise SourceRefused(error.problem, error.next_step) from error
    except RefusedError as error:
        next_step = "Check that Giveback is still installed here and may read the repository's contents."
        raise SourceRefused(f"GitHub refused to give the files: {error}.", next_step) from error
