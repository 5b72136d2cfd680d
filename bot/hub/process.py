"""Give jobs to the child process that alone holds the Hub's token, and keep it for the next job a while."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.hub.errors import HubError, HubRefused, HubUnavailable
from bot.hub.jobs import HubAccess
from bot.hub.scrubbing import without_secrets
from bot.scratch import Scratch

log = logging.getLogger(__name__)

Moved = Callable[[int, int], None]
"""Told the bytes that went through and the bytes in all, a few times a second."""

KEPT = 20.0
"""Seconds an idle process is kept: longer than a release needs between steps, shorter than people need."""
PASSED_ON = (
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)
"""What the child gets of the service's own environment: how to reach the Hub from behind a company's proxy,
and whom to trust there. The Hub's client reads the proxies and SSL_CERT_FILE or SSL_CERT_DIR; the other two
are the names other HTTP libraries know, which operators set together with it."""
IDENTITY = (
    "GITHUB_ACTIONS",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "HF_OIDC_ID_TOKEN",
)
"""How a job proves who it is, which the child gets in place of a token. GitHub Actions sets the first three
where ``id-token: write`` is granted, and the last is an identity from elsewhere (huggingface_hub, ``_oidc``).
"""
_LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of one line the child writes, at most: a dataset's checklist and the names of all its files fit."""
_STDERR_LIMIT = 16 * 1024


class HubProcess:
    """Do jobs in a process of their own, one after the other in the same one while it is entered.

    Not entered, each job gets a new process. Entered (``async with``), a process whose job went well does
    the next one too: starting one and importing the Hub's client takes half a second. One whose job failed,
    took too long or was cancelled is killed.
    """

    def __init__(self, hub: HubAccess) -> None:
        self._hub = hub
        self._entered = 0
        self._idle: _Child | None = None
        self._expiry: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Keep the process between jobs from now on."""
        self._entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process."""
        self._entered -= 1
        if not self._entered and (child := self._take()):
            await child.end()

    async def do(self, job: dict[str, Any], seconds: float, moved: Moved | None = None) -> dict[str, Any]:
        """Do a job; ``seconds`` is what it may take.

        Raises HubUnavailable for what may pass, the process's own death included, and HubRefused for what
        may not.
        """
        child = self._take()
        if child is not None and not child.lives:
            await child.end()
            child = None
        child = child or await _start(self._hub)
        kept = False
        try:
            async with asyncio.timeout(seconds):
                result = await child.talk(job, moved)
            kept = self._keep(child)
        except TimeoutError:
            raise HubUnavailable("The Hub took too long.") from None
        finally:
            if not kept:
                await child.end()
        return result

    def _take(self) -> _Child | None:
        child, self._idle = self._idle, None
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        return child

    def _keep(self, child: _Child) -> bool:
        if not self._entered or self._idle is not None:
            return False
        self._idle = child
        self._expiry = asyncio.create_task(self._expire())
        return True

    async def _expire(self) -> None:
        await asyncio.sleep(KEPT)
        # From here on nobody cancels this: the process is taken out of everybody's reach, then ended.
        child, self._idle, self._expiry = self._idle, None, None
        if child is not None:
            await child.end()


@dataclass(frozen=True)
class _Child:
    """One process and what belongs to it."""

    hub: HubAccess
    process: asyncio.subprocess.Process
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    said: asyncio.Task[bytes]
    home: Scratch

    @property
    def lives(self) -> bool:
        """Tell whether the process can do another job."""
        return self.process.returncode is None

    async def talk(self, job: dict[str, Any], moved: Moved | None) -> dict[str, Any]:
        """Pass a job on and return its result."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.stdin.write(json.dumps(job).encode() + b"\n")
            await self.stdin.drain()
            # A child that is killed may leave half a line behind.
            while (raw := await self.stdout.readline()).endswith(b"\n"):
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
        code, words = await self.process.wait(), await self.said
        tail = without_secrets(
            words.decode("utf-8", "replace"), {**os.environ, "HF_TOKEN": self.hub.open_token()}
        )
        log.warning("the hub process ended with %s during %s: %s", code, job["operation"], tail)
        raise HubUnavailable("The process that talks to the Hub ended unexpectedly.")

    async def end(self) -> None:
        """Kill the process and remove its folder."""
        self.said.cancel()
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        self.home.cleanup()


async def _start(hub: HubAccess) -> _Child:
    home = Scratch("hub")
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "bot.hub.child",
            env=child_environment(hub, Path(home.name)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            start_new_session=True,
        )
    except BaseException:
        home.cleanup()
        raise
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise RuntimeError("the child process has no pipes")
    said = asyncio.create_task(_keep_reading(process.stderr))
    return _Child(hub, process, process.stdin, process.stdout, said, home)


def child_environment(hub: HubAccess, home: Path) -> dict[str, str]:
    """List everything the child's environment holds; of the service's own only PASSED_ON gets through."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    return passed_on | {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONUTF8": "1",
        "HF_ENDPOINT": hub.endpoint,
        **(_identity(hub.trusted) if hub.trusted else {"HF_TOKEN": hub.open_token()}),
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }


def _identity(repository: str) -> dict[str, str]:
    """Let the Hub's client exchange this job's identity for a token to one repository."""
    proof = {name: os.environ[name] for name in IDENTITY if os.environ.get(name)}
    return proof | {"HF_OIDC_RESOURCE": repository}


async def _keep_reading(stream: asyncio.StreamReader) -> bytes:
    """Drain a stream to its end, keeping the last part."""
    kept = b""
    while part := await stream.read(_STDERR_LIMIT):
        kept = (kept + part)[-_STDERR_LIMIT:]
    return kept


def _error(line: dict[str, Any]) -> HubError:
    if line["error"] == HubRefused.__name__:
        return HubRefused(line["message"], line["next_step"])
    return HubUnavailable(line["message"], line["next_step"], line["retry_after"])
