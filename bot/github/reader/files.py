"""Read what is in a repository's branches."""

from __future__ import annotations

import base64
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote

from bot.errors import GoneError, UnusableFileError
from bot.github.client import InstallationClient
from bot.github.folders import FolderReader
from bot.github.permissions import needs


class FileReads:
    """Reads files, folders and branches."""

    client: InstallationClient
    folders: FolderReader

    @needs(contents="read")
    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a text file at a branch, tag or commit; ``None`` when there is none.

        Raises:
            UnusableFileError: it is not a file, not UTF-8, or longer than the 1 MB GitHub hands out this way.
        """
        try:
            answer = await self.client.get(
                f"/repos/{repository}/contents/{quote(path)}?ref={quote(ref, safe='')}"
            )
        except GoneError:
            return None
        if not isinstance(answer, dict) or answer.get("type") != "file" or answer.get("encoding") != "base64":
            raise UnusableFileError(
                path,
                "is not a text file of at most 1 MB",
                "Put a file there, not a link or a folder.",
            )
        try:
            return base64.b64decode(answer["content"]).decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnusableFileError(path, "is not UTF-8 text", "Save it as UTF-8.") from error

    @needs(contents="read")
    async def fetch_folder(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        """Bring a folder at a commit to disk; see :meth:`FolderReader.fetch`."""
        await self.folders.fetch(repository, path, commit, destination, size_limit=size_limit, names=names)

    @needs(contents="read")
    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at.

        Raises:
            GoneError: there is no such branch.
        """
        answer = await self.client.get(f"/repos/{repository}/git/ref/heads/{quote(branch)}")
        return str(answer["object"]["sha"])
