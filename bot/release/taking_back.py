"""Do the work of the steps that take something back from the Hub."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.aside import aside
from bot.hub.jobs import Published, Verified
from bot.hub.taking_back import TakingBack
from bot.hub.ways_back import Hidden, Leak, WayBack, withdrawal_title
from bot.release.course import Moved
from bot.release.rollback import RollbackRequest
from bot.release.withdrawal import WithdrawalRequest

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class HubRollback:
    """Carry out the steps of going back with a Hub account, and a room for files that are compared."""

    hub: TakingBack
    room: Path

    async def look(self, request: RollbackRequest) -> WayBack:
        """Find the way back; nothing is changed."""
        if not self.hub.hub.trusted:  # whose token is for one repository, and tells nothing of an account
            await self.hub.access()
        return await self.hub.look_back(request.hub_id, request.version)

    async def restore(self, request: RollbackRequest, way: WayBack) -> Published:
        """Give the main branch the earlier version's files in one commit."""
        return await self.hub.go_back(request.hub_id, way, f"Go back to {way.tag.removeprefix('v')}")

    async def verify(
        self, request: RollbackRequest, way: WayBack, restored: Published, moved: Moved
    ) -> Verified:
        """Download every file afresh and compare it with the earlier version's."""
        return await self.hub.verify_back(
            request.hub_id, restored.commit, way, room=self._folder(request), moved=moved
        )

    async def tag(self, request: RollbackRequest, way: WayBack, restored: Published) -> None:
        """Move the version's tag to the commit that has its files."""
        said = f"{way.tag.removeprefix('v')} again, with the files it had at {way.old}"
        await self.hub.move_tag(request.hub_id, way.tag, way.old, restored.commit, said)

    async def tidy(self, request: RollbackRequest) -> None:
        """Remove what was downloaded."""
        await aside(shutil.rmtree, self._folder(request), ignore_errors=True)

    def _folder(self, request: RollbackRequest) -> Path:
        if not _SAFE_ID.fullmatch(request.id):
            raise ValueError("the id of a rollback has to be fit for a folder's name")
        return self.room / request.id


@dataclass(frozen=True)
class HubWithdrawal:
    """Carry out the steps of a withdrawal with a Hub account."""

    hub: TakingBack

    async def hide(self, request: WithdrawalRequest) -> Hidden:
        """Make the model private, whatever its versions hold."""
        return await self.hub.hide(request.hub_id)

    async def look(self, request: WithdrawalRequest) -> Leak:
        """Find what deleting the versions for good comes to."""
        return await self.hub.look_at_leak(request.hub_id, request.versions)

    async def step_back(self, request: WithdrawalRequest, leak: Leak) -> Published:
        """Give the main branch a version that is not withdrawn, or no files."""
        return await self.hub.step_back(request.hub_id, leak, withdrawal_title(request.versions))

    async def erase(self, request: WithdrawalRequest, leak: Leak) -> Published:
        """Delete the versions for good."""
        return await self.hub.erase(request.hub_id, leak, withdrawal_title(request.versions))

    async def mark(self, request: WithdrawalRequest, leak: Leak, erased: Published) -> None:
        """Tag what the main branch went back to, so that a release may build on it; drop the other tags."""
        if leak.mark:
            said = f"The files of {leak.back_to.removeprefix('v')}"
            await self.hub.tag(request.hub_id, leak.mark, erased.commit, said)
        await self.hub.drop_tags(request.hub_id, leak.versions)
