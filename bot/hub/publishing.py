"""Publish a model to the Hub step by step, each step in a child process that alone holds the token."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.hub.errors import HubError, HubRefused, HubUnavailable
from bot.hub.jobs import Access, HubAccess, PublishedFile, Staged, Uploaded, Verified

log = logging.getLogger(__name__)

Moved = Callable[[int, int], None]
"""Told the bytes that went through and the bytes in all, a few times a second."""

BASE_TIMEOUT = 180.0
"""Seconds every operation may take, whatever its size; the client's own retries fit into it."""
SLOWEST = 250_000
"""Bytes per second below which a transfer counts as stuck."""
_LINE_LIMIT = 1024 * 1024
_STDERR_LIMIT = 16 * 1024


@dataclass(frozen=True)
class Publisher:
    """Do what a release needs on one Hub as one account.

    Every method raises HubUnavailable for what may pass and HubRefused for what may not.
    Every method may be repeated: what is done already is found and left alone. ``room`` is a folder with
    space for the largest file, which is downloaded again to verify it; the system's own when None.
    """

    hub: HubAccess
    base_timeout: float = BASE_TIMEOUT
    room: Path | None = None

    async def access(self) -> Access:
        """Ask whose token this is; a token that can only read is refused."""
        result = await self._run("access", {}, size=0)
        return Access(result["name"], result["role"], tuple(result["organisations"]))

    async def stage(self, hub_id: str, folder: Path, files: tuple[PublishedFile, ...]) -> Staged:
        """Make the private repository, or find the one an earlier attempt left."""
        job = {"hub_id": hub_id, "folder": str(folder), "files": _plain(files)}
        return Staged(**await self._run("stage", job, size=0))

    async def upload(
        self,
        hub_id: str,
        folder: Path,
        files: tuple[PublishedFile, ...],
        *,
        parent: str,
        message: str,
        moved: Moved | None = None,
    ) -> Uploaded:
        """Send the files of ``folder`` in one commit on ``parent``."""
        job = {
            "hub_id": hub_id,
            "folder": str(folder),
            "files": _plain(files),
            "parent": parent,
            "message": message,
        }
        return Uploaded(**await self._run("upload", job, size=_size(files), moved=moved))

    async def verify(
        self, hub_id: str, commit: str, files: tuple[PublishedFile, ...], *, moved: Moved | None = None
    ) -> Verified:
        """Download every file of the commit afresh and hash it against ``files``."""
        job = {"hub_id": hub_id, "commit": commit, "files": _plain(files)}
        return Verified(**await self._run("verify", job, size=_size(files), moved=moved))

    async def publish(self, hub_id: str, commit: str) -> None:
        """Make the repository public, provided its head is still ``commit``."""
        await self._run("publish", {"hub_id": hub_id, "commit": commit}, size=0)

    async def tag(self, hub_id: str, name: str, commit: str, message: str) -> None:
        """Tag the commit; a tag of that name on another commit is refused."""
        job = {"hub_id": hub_id, "name": name, "commit": commit, "message": message}
        await self._run("tag", job, size=0)

    async def _run(
        self, operation: str, job: dict[str, Any], *, size: int, moved: Moved | None = None
    ) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(
            prefix="giveback-hub-", dir=self.room, ignore_cleanup_errors=True
        ) as home:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "bot.hub.child",
                env=child_environment(self.hub, Path(home)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT,
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(self.base_timeout + size / SLOWEST):
                    return await self._talk(child, {"operation": operation, **job}, moved)
            except TimeoutError:
                raise HubUnavailable("The Hub took too long.") from None
            finally:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()

    async def _talk(
        self, child: asyncio.subprocess.Process, job: dict[str, Any], moved: Moved | None
    ) -> dict[str, Any]:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise RuntimeError("the child process has no pipes")
        said = asyncio.create_task(_keep_reading(child.stderr))
        try:
            child.stdin.write(json.dumps(job).encode() + b"\n")
            await child.stdin.drain()
            async for raw in child.stdout:
                line = json.loads(raw)
                if "result" in line:
                    return dict(line["result"])
                if "error" in line:
                    log.info("hub operation %s failed: %s", job["operation"], line["raised"])
                    raise _error(line)
                if moved is not None:
                    moved(line["done"], line["total"])
            code, words = await child.wait(), await said
        except (BrokenPipeError, ConnectionResetError):
            code, words = await child.wait(), await said
        finally:
            said.cancel()
        tail = words.decode("utf-8", "replace").replace(self.hub.token, "[token]")
        log.warning("the hub process ended with %s during %s: %s", code, job["operation"], tail)
        raise HubUnavailable("The process that talks to the Hub ended unexpectedly.")


def child_environment(hub: HubAccess, home: Path) -> dict[str, str]:
    """List everything the child's environment holds; nothing of the service's own gets through."""
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONUTF8": "1",
        "HF_ENDPOINT": hub.endpoint,
        "HF_TOKEN": hub.token,
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }


async def _keep_reading(stream: asyncio.StreamReader) -> bytes:
    """Drain a stream to its end, keeping the last part."""
    kept = b""
    while part := await stream.read(_STDERR_LIMIT):
        kept = (kept + part)[-_STDERR_LIMIT:]
    return kept


def _error(line: dict[str, Any]) -> HubError:
    kind = HubRefused if line["error"] == HubRefused.__name__ else HubUnavailable
    return kind(line["message"], line["next_step"])


def _plain(files: tuple[PublishedFile, ...]) -> list[dict[str, Any]]:
    return [asdict(file) for file in files]


def _size(files: tuple[PublishedFile, ...]) -> int:
    return sum(file.size for file in files)
