"""Read from GitHub what features ask for, as plain data."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from urllib.parse import quote

from bot.commands import Permission
from bot.errors import GoneError, UnusableFileError
from bot.events import PullRequest, Repository
from bot.github.client import InstallationClient
from bot.github.folders import FolderReader
from bot.github.permissions import needs
from bot.reads import ChangedFile, PostedComment

LABELS_KEPT = 600.0
"""Seconds a repository's list of labels is trusted before it is asked for again."""

FILES_LISTED = 3000
"""Changed files GitHub lists for a pull request at most (REST "List pull requests files")."""


class GitHubReader:
    """Reads one installation's repositories; every feature sees the part of it that it names."""

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self.client = client
        self._folders = FolderReader(client, web_url)
        self._labels: dict[str, tuple[float, frozenset[str]]] = {}

    @needs(metadata="read")
    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now.

        The role is used where GitHub gives one it documents; a custom role counts as the
        ``permission`` it extends (REST "Get repository permissions for a user").
        """
        try:
            answer = await self.client.get(
                f"/repos/{repository}/collaborators/{quote(login, safe='')}/permission"
            )
        except GoneError:
            return Permission.NONE
        return Permission.held(answer.get("role_name") or "", answer["permission"])

    @needs(issues="read")
    async def label_names(self, repository: str) -> frozenset[str]:
        """List the repository's labels, at most ten minutes old."""
        kept = self._labels.get(repository)
        if kept is None or time.monotonic() - kept[0] > LABELS_KEPT:
            labels = self.client.pages(f"/repos/{repository}/labels?per_page=100")
            kept = time.monotonic(), frozenset([label["name"] async for label in labels])
            self._labels[repository] = kept
        return kept[1]

    @needs(issues="read")
    async def label_setters(self, repository: str, number: int, label: str) -> list[tuple[str, str]]:
        """List who added or removed a label on a thread, in order, as ``(event, login)``."""
        events = self.client.pages(f"/repos/{repository}/issues/{number}/events?per_page=100")
        return [
            (event["event"], (event.get("actor") or {}).get("login", ""))
            async for event in events
            if event["event"] in ("labeled", "unlabeled") and event["label"]["name"] == label
        ]

    @needs(pull_requests="read")
    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes, at most :data:`FILES_LISTED` of them."""
        files = self.client.pages(f"/repos/{repository}/pulls/{number}/files?per_page=100")
        return tuple([ChangedFile(file["filename"], file["status"]) async for file in files])

    @needs(pull_requests="read")
    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as GitHub has it now."""
        return PullRequest.model_validate(await self.client.get(f"/repos/{repository}/pulls/{number}"))

    @needs(pull_requests="read")
    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        """Find the open pull request from a branch of the repository itself."""
        head = quote(f"{repository.split('/')[0]}:{branch}", safe="")
        found = await self.client.get(f"/repos/{repository}/pulls?state=open&head={head}")
        return PullRequest.model_validate(found[0]) if found else None

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
        headers_only: bool = False,
    ) -> None:
        """Bring a folder at a commit to disk; see :meth:`FolderReader.fetch`."""
        await self._folders.fetch(
            repository, path, commit, destination, size_limit=size_limit, headers_only=headers_only
        )

    @needs(metadata="read")
    async def repository(self, name: str) -> Repository:
        """Read a repository as it is now.

        Raises:
            GoneError: it was deleted, or the App may not see it any more.
        """
        return Repository.model_validate(await self.client.get(f"/repos/{name}"))

    @needs(contents="read")
    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at.

        Raises:
            GoneError: there is no such branch.
        """
        answer = await self.client.get(f"/repos/{repository}/git/ref/heads/{quote(branch)}")
        return str(answer["object"]["sha"])

    @needs(issues="read")
    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        """List a thread's comments, oldest first."""
        items = self.client.pages(f"/repos/{repository}/issues/{number}/comments?per_page=100")
        return [
            PostedComment(
                id=item["id"],
                author=(item.get("user") or {}).get("login", ""),
                body=item.get("body") or "",
            )
            async for item in items
        ]
