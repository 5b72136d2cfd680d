"""Where the content of a release comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from bot.release.request import ReleaseRequest


class SourceError(Exception):
    """Stand for a source that did not give its content, with words a person can act on."""

    def __init__(self, message: str, next_step: str = "") -> None:
        self.message = message
        self.next_step = next_step
        super().__init__(message, next_step)  # both, so that the error survives being pickled


class SourceUnavailable(SourceError):
    """Say that the source could not answer now; trying again may work."""


class SourceRefused(SourceError):
    """Say that the source will not give it; ``next_step`` says what would help."""


class Source(Protocol):
    """Fetch a release's content from where it is kept.

    Both raise SourceUnavailable for what may pass and SourceRefused for what may not.
    """

    async def manifest(self, request: ReleaseRequest) -> str | None:
        """Give the manifest's text, or None when there is none."""

    async def files(self, request: ReleaseRequest, folder: str, into: Path) -> None:
        """Write the files below ``folder`` of the requested commit to ``into``, large ones in full."""
