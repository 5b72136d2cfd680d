"""A world for the release workflow: remembers steps as JSON, can be killed before or after any of them."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_type_hints

from pydantic import TypeAdapter

from bot.release.approvals import Approval
from bot.release.course import TRANSIENT
from bot.release.progress import ReleaseProgress
from bot.release.request import Decision, DecisionKind, Pin, PinKind, ReleaseRequest
from bot.release.sources import SourceRefused

MANIFEST = """\
hub_id: acme/digits-moved
version: 1.0.0
source: models/digits
license: apache-2.0
base_models: [acme/digits-base]
datasets: [acme/digits]
"""

REQUEST = ReleaseRequest("r1", "acme/digits", "0123456789abcdef0123456789abcdef01234567", "alice", 1)
APPROVE = "approve"


class Killed(BaseException):
    """The process died."""


@dataclass
class FolderSource:
    """A repository whose model lies in a folder of this machine."""

    folder: Path
    text: str | None = MANIFEST
    fetched: int = 0

    async def manifest(self, request: ReleaseRequest) -> str | None:
        return self.text

    async def files(
        self, request: ReleaseRequest, source: str, into: Path, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        if source != "models/digits":
            raise SourceRefused(f"There is no folder {source}.", "Mend source in the manifest.")
        self.fetched += 1
        shutil.copytree(self.folder, into, symlinks=True, dirs_exist_ok=True)
        return (Pin(f"https://github.com/{request.repository}", PinKind.COMMIT, request.commit),)


@dataclass
class Journal:
    """What outlives a process: step results as JSON, decisions, and what was shown."""

    results: list[tuple[str, bytes]] = field(default_factory=list)
    given: list[Decision | None] = field(default_factory=list)
    shown: list[ReleaseProgress] = field(default_factory=list)


@dataclass
class World:
    """One process running the workflow; ``decisions`` are handed out in turn, APPROVE meaning bob's word."""

    journal: Journal = field(default_factory=Journal)
    decisions: list[Decision | str | None] = field(default_factory=lambda: [APPROVE])
    kill_before: str | None = None
    kill_after: str | None = None
    retries: int = 2
    wait: float = 0.0
    """Seconds between two tries."""
    holds: list[str | None] = field(default_factory=list)
    """What stops the release, for each time it asks."""
    role: str = "write"
    """What bob may do."""
    glimpses: list[ReleaseProgress] = field(default_factory=list)
    _step: int = 0
    _decision: int = 0

    async def step(self, name: str, action: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        adapter = TypeAdapter(get_type_hints(action)["return"])
        self._step += 1
        if self._step <= len(self.journal.results):
            recorded, result = self.journal.results[self._step - 1]
            assert recorded == name, "the workflow has to take the same steps when it runs again"
            return adapter.validate_json(result)
        if name == self.kill_before:
            raise Killed
        result = await self._try(action, args, kwargs)
        if name == self.kill_after:
            raise Killed
        self.journal.results.append((name, adapter.dump_json(result)))
        return adapter.validate_json(adapter.dump_json(result))

    async def _try(self, action: Callable[..., Awaitable[Any]], args: Any, kwargs: Any) -> Any:
        for _ in range(self.retries):
            try:
                return await action(*args, **kwargs)
            except TRANSIENT:
                await asyncio.sleep(self.wait)
        return await action(*args, **kwargs)

    async def report(self, progress: ReleaseProgress) -> None:
        self.journal.shown.append(progress)

    def glimpse(self, progress: ReleaseProgress) -> None:
        self.glimpses.append(progress)

    async def held(self) -> str | None:
        async def ask() -> str | None:
            return self.holds.pop(0) if self.holds else None

        return cast(str | None, await self.step("held", ask))

    async def next_decision(self, timeout_seconds: float) -> Decision | None:
        self._decision += 1
        if self._decision <= len(self.journal.given):
            return self.journal.given[self._decision - 1]
        taken = self._take(timeout_seconds)
        self.journal.given.append(taken)
        return taken

    def _take(self, timeout_seconds: float) -> Decision | None:
        if not self.decisions:
            return None
        taken = self.decisions.pop(0)
        if taken == APPROVE:
            digest = self.journal.shown[-1].digest or ""
            return Decision(DecisionKind.APPROVE, "bob", self.role, digest, 2)
        assert not isinstance(taken, str)
        return taken


def approval(login: str = "bob", permission: str = "write", digest: str = "d", account: int = 2) -> Approval:
    return Approval(login, permission, digest, account)
