"""Read from GitHub what features ask for, as plain data."""

from __future__ import annotations

from bot.events import Event
from bot.github.client import InstallationClient
from bot.github.folders import FolderReader
from bot.github.glimpses import GlimpseReader
from bot.github.reader.checks import CheckReads
from bot.github.reader.files import FileReads
from bot.github.reader.history import HistoryReads
from bot.github.reader.issue_forms import FormReads, KeptForms
from bot.github.reader.kept_files import KeptFiles
from bot.github.reader.repositories import RepositoryReads
from bot.github.reader.reviews import ReviewReads
from bot.github.reader.standing import StandingReads
from bot.github.reader.threads import ThreadReads
from bot.triage.forms import Forms


class GitHubReader(
    RepositoryReads, ThreadReads, ReviewReads, CheckReads, StandingReads, FileReads, FormReads, HistoryReads
):
    """Reads one installation's repositories; every feature sees the part of it that it names.

    Every method raises ``TransientError`` when GitHub cannot answer now and ``RefusedError`` when it will
    not: ``GoneError`` where there is nothing to be read, or nothing the App may see.
    """

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self.client = client
        self.folders = FolderReader(client, web_url)
        self.glimpses = GlimpseReader(client, web_url)
        self.labels_seen = {}
        self._kept = KeptFiles(self)
        self._forms = KeptForms(self)

    def notice(self, event: Event) -> None:
        """Forget what a push to a default branch changed, and what an earlier repository of the name left."""
        self._kept.notice(event)
        self._forms.notice(event)
        named = event.payload.repository
        if named is not None and named.id:
            self.client.notice(named.full_name, named.id)

    async def kept_file(self, repository: str, path: str) -> str | None:
        """Read a text file of the default branch, at most five minutes old; raises as :meth:`text_file`."""
        return await self._kept.file(repository, path)

    async def kept_names(self, repository: str, folder: str) -> frozenset[str]:
        """List the names in a folder of the default branch, at most five minutes old."""
        return await self._kept.names(repository, folder)

    async def issue_forms(self, repository: str) -> Forms:
        """Give what the repository asks of those who open issues, at most ten minutes old."""
        return await self._forms.forms(repository)
