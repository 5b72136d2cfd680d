"""Write to GitHub, one call per act; only :mod:`bot.apply` uses it."""

from __future__ import annotations

from bot.github.client import InstallationClient
from bot.github.writer.checks import ANNOTATIONS_PER_REQUEST, CheckWrites
from bot.github.writer.files import BRANCH_NAMES, FileWrites
from bot.github.writer.places import PlaceWrites
from bot.github.writer.reviews import ReviewWrites
from bot.github.writer.threads import ThreadWrites
from bot.github.writer.together import TogetherWrites

__all__ = ["ANNOTATIONS_PER_REQUEST", "BRANCH_NAMES", "GitHubWriter"]


class GitHubWriter(ThreadWrites, ReviewWrites, CheckWrites, FileWrites, PlaceWrites, TogetherWrites):
    """Writes to one installation's repositories.

    Every method raises ``TransientError`` when GitHub cannot do it now and ``RefusedError`` when it
    will not: ``GoneError`` where what it is about is gone, or not for the App to see.
    """

    def __init__(self, client: InstallationClient) -> None:
        self.client = client
