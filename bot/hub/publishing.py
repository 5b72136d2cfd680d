"""Publish a model to the Hub step by step, each step in a child process that alone holds the token."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bot.hub.errors import HubError, HubRefused, HubUnavailable
from bot.hub.jobs import (
    Access,
    Asked,
    HubAccess,
    Known,
    Origin,
    Prospect,
    Published,
    PublishedFile,
    Staged,
    Uploaded,
    Verified,
)
from bot.hub.scrubbing import without_secrets

log = logging.getLogger(__name__)

Moved = Callable[[int, int], None]
"""Told the bytes that went through and the bytes in all, a few times a second."""

BASE_TIMEOUT = 180.0
"""Seconds every operation may take, whatever its size; the client's own retries fit into it."""
SLOWEST = 250_000
"""Bytes per second below which a transfer counts as stuck."""
PER_FILE = 1.0
"""Seconds every file may take besides, for the requests it needs."""
PASSED_ON = (
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)
"""What the child gets of the service's own environment: how to reach the Hub from behind a company's proxy,
and whom to trust there. The Hub's client reads the proxies and SSL_CERT_FILE; the other two are the names
other HTTP libraries know, which operators set together with it."""
_LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of one line the child writes, at most: a dataset's checklist and the names of all its files fit."""
_STDERR_LIMIT = 16 * 1024
_KNOWN = TypeAdapter(Known)


@dataclass(frozen=True)
class Publisher:
    """Do what a release needs on one Hub as one account.

    Every method raises HubUnavailable for what may pass and HubRefused for what may not.
    Every method may be repeated: what is done already is found and left alone.
    """

    hub: HubAccess
    base_timeout: float = BASE_TIMEOUT

    async def access(self) -> Access:
        """Ask whose token this is; a token that can only read is refused."""
        result = await self._run("access", {})
        return Access(result["name"], result["role"], tuple(result["organisations"]))

    async def stage(
        self,
        hub_id: str,
        folder: Path,
        files: tuple[PublishedFile, ...],
        *,
        release: str,
        tag: str,
        public: bool,
    ) -> Staged:
        """Make a private repository to prepare the version ``tag`` in; ``release`` names this attempt."""
        job = {
            "hub_id": hub_id,
            "folder": str(folder),
            "files": _plain(files),
            "release": release,
            "tag": tag,
            "public": public,
        }
        return Staged(**await self._run("stage", job, files=files))

    async def look(
        self, hub_id: str, folder: Path, files: tuple[PublishedFile, ...], *, tag: str, public: bool
    ) -> Prospect:
        """Say what publishing the version ``tag`` would find and change; nothing is written."""
        job = {"hub_id": hub_id, "folder": str(folder), "files": _plain(files), "tag": tag, "public": public}
        found = await self._run("look", job, files=files)
        return Prospect(**{**found, "removes": tuple(found["removes"])})

    async def upload(
        self,
        folder: Path,
        files: tuple[PublishedFile, ...],
        *,
        staged: Staged,
        message: str,
        moved: Moved | None = None,
    ) -> Uploaded:
        """Send the files of ``folder`` in one commit to where they are prepared."""
        if staged.complete:
            return Uploaded(staged.head)
        job = {
            "hub_id": staged.repository,
            "folder": str(folder),
            "files": _plain(files),
            "parent": staged.head,
            "message": message,
        }
        return Uploaded(**await self._run("upload", job, files=files, moved=moved))

    async def verify(
        self,
        hub_id: str,
        commit: str,
        files: tuple[PublishedFile, ...],
        *,
        room: Path,
        moved: Moved | None = None,
    ) -> Verified:
        """Download every file of the commit afresh and hash it against ``files``.

        ``room`` is the folder to download to, made if it is missing; it needs space for the largest file.
        """
        job = {"hub_id": hub_id, "commit": commit, "files": _plain(files)}
        return Verified(**await self._run("verify", job, files=files, moved=moved, room=room))

    async def publish(
        self,
        hub_id: str,
        folder: Path,
        files: tuple[PublishedFile, ...],
        *,
        staged: Staged,
        tag: str,
        message: str,
        public: bool,
        moved: Moved | None = None,
    ) -> Published:
        """Bring the verified files to the model's main branch, and make it public if it shall be.

        Refused when somebody else changed the main branch since it was staged, and when making the
        repository public would show more than this release.
        """
        job = {
            "hub_id": hub_id,
            "folder": str(folder),
            "files": _plain(files),
            "base": staged.base,
            "tag": tag,
            "message": message,
            "public": public,
        }
        return Published(**await self._run("publish", job, files=files, moved=moved))

    async def tag(self, hub_id: str, name: str, commit: str, message: str) -> None:
        """Tag the commit; a tag on another commit is refused."""
        job = {"hub_id": hub_id, "name": name, "commit": commit, "message": message}
        await self._run("tag", job)

    async def clear(self, hub_id: str, release: str) -> None:
        """Delete the private repository in which a release was prepared, if there is one."""
        await self._run("clear", {"hub_id": hub_id, "release": release})

    async def collect(self, hub_id: str, collections: tuple[str, ...]) -> None:
        """Put the model into collections of its owner, named by slug or title; it may be in them already."""
        if collections:
            await self._run("collect", {"hub_id": hub_id, "collections": list(collections)})

    async def origins(self, models: Sequence[str], datasets: Sequence[str]) -> tuple[Origin, ...]:
        """Look up what a model was made from, and what that was made from, as far as the Hub knows."""
        if not models and not datasets:
            return ()
        result = await self._run("origins", {"models": list(models), "datasets": list(datasets)})
        return tuple(_origin(one) for one in result["origins"])

    async def known(
        self, asked: Asked, into: Path, folder: Path, files: tuple[PublishedFile, ...] = ()
    ) -> Known:
        """Find out what the gates ask of the Hub; the results of the version before are written to ``into``.

        Without ``files`` nobody compares a version that is there already with the ``folder``.
        """
        job = {"asked": asdict(asked), "folder": str(folder), "files": _plain(files), "into": str(into)}
        return _KNOWN.validate_python(await self._run("known", job, files=files))

    async def _run(
        self,
        operation: str,
        job: dict[str, Any],
        *,
        files: tuple[PublishedFile, ...] = (),
        moved: Moved | None = None,
        room: Path | None = None,
    ) -> dict[str, Any]:
        if room is not None:
            await asyncio.to_thread(room.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix="giveback-hub-", dir=room, ignore_cleanup_errors=True
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
                async with asyncio.timeout(self.base_timeout + _seconds(files)):
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
                    log.info(
                        "hub operation %s failed: %s\n%s", job["operation"], line["raised"], line["traceback"]
                    )
                    raise _error(line)
                if moved is not None:
                    moved(line["done"], line["total"])
            code, words = await child.wait(), await said
        except (BrokenPipeError, ConnectionResetError):
            code, words = await child.wait(), await said
        finally:
            said.cancel()
        secrets = {**os.environ, "HF_TOKEN": self.hub.token}
        tail = without_secrets(words.decode("utf-8", "replace"), secrets)
        log.warning("the hub process ended with %s during %s: %s", code, job["operation"], tail)
        raise HubUnavailable("The process that talks to the Hub ended unexpectedly.")


def child_environment(hub: HubAccess, home: Path) -> dict[str, str]:
    """List everything the child's environment holds; of the service's own only PASSED_ON gets through."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    return passed_on | {
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


def _origin(plain: dict[str, Any]) -> Origin:
    lists = {key: tuple(plain[key]) for key in ("base_models", "datasets")}
    return Origin(**{**plain, **lists})


def _error(line: dict[str, Any]) -> HubError:
    kind = HubRefused if line["error"] == HubRefused.__name__ else HubUnavailable
    return kind(line["message"], line["next_step"])


def _plain(files: tuple[PublishedFile, ...]) -> list[dict[str, Any]]:
    return [asdict(file) for file in files]


def _seconds(files: tuple[PublishedFile, ...]) -> float:
    return sum(file.size / SLOWEST + PER_FILE for file in files)
