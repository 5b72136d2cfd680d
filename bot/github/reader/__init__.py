"""Read from GitHub what features ask for, as plain data."""

from __future__ import annotations

from bot.github.client import InstallationClient
from bot.github.folders import FolderReader
from bot.github.reader.checks import CheckReads
from bot.github.reader.files import FileReads
from bot.github.reader.history import HistoryReads
from bot.github.reader.repositories import RepositoryReads
from bot.github.reader.reviews import ReviewReads
from bot.github.reader.threads import ThreadReads


class GitHubReader(RepositoryReads, ThreadReads, ReviewReads, CheckReads, FileReads, HistoryReads):
    """Reads one installation's repositories; every feature sees the part of it that it names.

    Every method raises ``TransientError`` when GitHub cannot answer now and ``RefusedError`` when it will
    not: ``GoneError`` where there is nothing to be read, or nothing the App may see.
    """

    def __init__(self, client: InstallationClient, web_url: str) -> None:
        self.client = client
        self.folders = FolderReader(client, web_url)
        self.labels_seen = {}
