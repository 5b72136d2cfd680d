"""Look at a repository on the Hub and download it, each in a child process as publishing does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bot.hub.jobs import PublishedFile
from bot.hub.publishing import Publisher
from bot.hub.revision import Revision

_REVISION = TypeAdapter(Revision)


@dataclass(frozen=True)
class Fetcher(Publisher):
    """Fetch what a repository holds at one commit, from one Hub as one account; raises as ``Publisher``."""

    async def revision(self, hub_id: str, revision: str) -> Revision:
        """Find the commit that a branch or tag stands on, and its files."""
        job = {"hub_id": hub_id, "revision": revision}
        return _REVISION.validate_python(await self._run("find_revision", job))

    async def fetch(self, hub_id: str, revision: Revision, into: Path) -> None:
        """Download the files of a commit into a folder that is there, each checked against its hash."""
        job = {"hub_id": hub_id, "commit": revision.commit, "folder": str(into)}
        files = tuple(PublishedFile(file.path, file.size, "") for file in revision.files)
        await self._run("fetch_revision", job, files=files)
