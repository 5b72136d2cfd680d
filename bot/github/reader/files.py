"""Read what is in a repository's branches."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import quote

from bot.errors import GoneError, UnusableFileError
from bot.github.client import InstallationClient
from bot.github.folders import FolderReader
from bot.github.glimpses import GlimpseReader, Sought
from bot.github.permissions import needs
from bot.reads import Brought


class FileReads:
    """Reads files, folders and branches."""

    client: InstallationClient
    folders: FolderReader
    glimpses: GlimpseReader

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
    async def folder_names(self, repository: str, path: str, ref: str) -> frozenset[str]:
        """List the names in a folder at a branch, tag or commit, at most 1,000; none if there is none.

        (REST "Get repository content".)
        """
        try:
            answer = await self.client.get(
                f"/repos/{repository}/contents/{quote(path)}?ref={quote(ref, safe='')}"
            )
        except GoneError:
            return frozenset()
        return frozenset(entry["name"] for entry in answer) if isinstance(answer, list) else frozenset()

    @needs(contents="read")
    async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
        """Give the bytes of every file at a commit by its path (REST "Get a tree").

        GitHub lists at most 100,000 files, or 7 MB of names; those beyond are missing.
        """
        answer = await self.client.get(f"/repos/{repository}/git/trees/{quote(commit)}?recursive=1")
        return {entry["path"]: entry["size"] for entry in answer["tree"] if entry["type"] == "blob"}

    @needs(contents="read")
    async def file_blobs(self, repository: str, commit: str) -> dict[str, str]:
        """Give the blob of every file at a commit by its path: what Git names the content by.

        Empty where there are more files than GitHub lists (REST "Get a tree").
        """
        answer = await self.client.get(f"/repos/{repository}/git/trees/{quote(commit)}?recursive=1")
        if answer.get("truncated"):
            return {}
        return {entry["path"]: entry["sha"] for entry in answer["tree"] if entry["type"] != "tree"}

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
    async def fetch_sought(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        sought: Sequence[Sought],
    ) -> Brought:
        """Bring what readers look at of a folder; see :meth:`GlimpseReader.fetch`."""
        return await self.glimpses.fetch(
            repository, path, commit, destination, size_limit=size_limit, sought=sought
        )

    @needs(contents="read")
    async def is_protected(self, repository: str, branch: str) -> bool:
        """Tell whether a branch is protected by a rule (REST "Get a branch")."""
        answer = await self.client.get(f"/repos/{repository}/branches/{quote(branch, safe='')}")
        return bool(answer["protected"])

    @needs(contents="read")
    async def commit_of_tag(self, repository: str, tag: str) -> str:
        """Give the commit a tag stands on (REST "Get a commit"); raises GoneError without such a tag."""
        answer = await self.client.get(f"/repos/{repository}/commits/{quote(f'tags/{tag}', safe='')}")
        return str(answer["sha"])

    @needs(contents="read")
    async def is_part_of(self, repository: str, commit: str, branch: str) -> bool:
        """Tell whether a branch, or the history of a commit, has a commit (REST "Compare two commits")."""
        span = f"{quote(branch, safe='')}...{commit}"
        try:
            answer = await self.client.get(f"/repos/{repository}/compare/{span}?per_page=1")
        except GoneError:
            return False  # they have nothing in common
        return answer["status"] in ("behind", "identical")

    @needs(contents="read")
    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at.

        Raises:
            GoneError: there is no such branch.
        """
        answer = await self.client.get(f"/repos/{repository}/git/ref/heads/{quote(branch)}")
        return str(answer["object"]["sha"])
