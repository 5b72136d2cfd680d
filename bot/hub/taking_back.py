"""Take something back from the Hub step by step, each in a child process as publishing does it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bot.hub.jobs import Published, PublishedFile, Verified
from bot.hub.process import Moved
from bot.hub.publishing import Publisher
from bot.hub.ways_back import HeldFile, Hidden, Leak, Standing, WayBack

_WAY = TypeAdapter(WayBack)
_LEAK = TypeAdapter(Leak)


@dataclass(frozen=True)
class TakingBack(Publisher):
    """Go back to earlier versions, and withdraw versions, on one Hub as one account.

    What is said of :class:`Publisher`'s methods is true of these too: they raise HubUnavailable and
    HubRefused, and each may be repeated.
    """

    async def standing(self, hub_id: str) -> Standing:
        """Look which versions a model has, and which of them people get."""
        return Standing(**await self._run("standing", {"hub_id": hub_id}))

    async def look_back(self, hub_id: str, version: str) -> WayBack:
        """Find the way to a version, or to the one before the current one when it is empty."""
        return _WAY.validate_python(await self._run("look_back", {"hub_id": hub_id, "version": version}))

    async def go_back(self, hub_id: str, way: WayBack, message: str) -> Published:
        """Give the main branch the files of the earlier version in one commit on the head that was found."""
        job = {"hub_id": hub_id, "way": asdict(way), "message": message}
        return Published(**await self._run("go_back", job, files=_sized(way.files)))

    async def verify_back(
        self, hub_id: str, commit: str, way: WayBack, *, room: Path, moved: Moved | None = None
    ) -> Verified:
        """Download every file of the commit afresh and compare it with the version it is to be.

        ``room`` is the folder to download to, made if it is missing; it needs space for the largest file.
        """
        job = {"hub_id": hub_id, "commit": commit, "way": asdict(way)}
        files = _sized(way.files)
        return Verified(**await self._run("verify_back", job, files=files, moved=moved, room=room))

    async def move_tag(self, hub_id: str, name: str, was: str, commit: str, message: str) -> None:
        """Put a tag that stood on ``was`` on ``commit``; one that stands elsewhere is refused."""
        job = {"hub_id": hub_id, "name": name, "was": was, "commit": commit, "message": message}
        await self._run("move_tag", job)

    async def hide(self, hub_id: str) -> Hidden:
        """Make a model private."""
        return Hidden(**await self._run("hide", {"hub_id": hub_id}))

    async def look_at_leak(self, hub_id: str, versions: tuple[str, ...]) -> Leak:
        """Find what only these versions hold, and what deleting it comes to."""
        job = {"hub_id": hub_id, "versions": list(versions)}
        return _LEAK.validate_python(await self._run("look_at_leak", job))

    async def step_back(self, hub_id: str, leak: Leak, message: str) -> Published:
        """Give the main branch a version that is not withdrawn, or no files, when it holds one that is."""
        job = {"hub_id": hub_id, "leak": asdict(leak), "message": message}
        return Published(**await self._run("step_back", job))

    async def erase(self, hub_id: str, leak: Leak, message: str) -> Published:
        """Delete for good what only the withdrawn versions hold, and give the head of the main branch."""
        job = {"hub_id": hub_id, "leak": asdict(leak), "message": message}
        return Published(**await self._run("erase", job))

    async def drop_tags(self, hub_id: str, versions: dict[str, str]) -> None:
        """Delete the tags of withdrawn versions, given with the commits they stand on."""
        await self._run("drop_tags", {"hub_id": hub_id, "versions": versions})


def _sized(files: tuple[HeldFile, ...]) -> tuple[PublishedFile, ...]:
    """Say how much there is to transfer, by which the time it may take is reckoned."""
    return tuple(PublishedFile(file.path, file.size, file.sha256) for file in files)
