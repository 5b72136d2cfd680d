"""Compare a repository on the Hub with the hashes it says it has, in child processes of its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from bot.hub.fetcher import Fetcher
from bot.hub.jobs import PublishedFile
from bot.hub.process import Moved


@dataclass(frozen=True)
class Comparer(Fetcher):
    """Compare what a repository holds at one commit, on one Hub as one account; raises as ``Publisher``."""

    async def attestations(self, hub_id: str, commit: str, paths: tuple[str, ...], into: Path) -> None:
        """Download those of the files that attest a model whose ``paths`` are given, into a folder."""
        job = {"hub_id": hub_id, "commit": commit, "paths": list(paths), "into": str(into)}
        await self._run("attestations", job)

    async def compare(
        self, hub_id: str, commit: str, files: tuple[PublishedFile, ...], moved: Moved | None = None
    ) -> tuple[str, ...]:
        """Download every file, one at a time, and name those that have another SHA-256 than given."""
        job = {"hub_id": hub_id, "commit": commit, "files": [asdict(file) for file in files]}
        result = await self._run("compare", job, files=files, moved=moved)
        return tuple(str(path) for path in result["differing"])
