"""Publish a model to the Hub step by step, each step in a child process that alone holds the token."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter

from bot.hub.jobs import (
    Access,
    Asked,
    HubAccess,
    Known,
    Origin,
    Prospect,
    Published,
    PublishedFile,
    Settled,
    Staged,
    Uploaded,
    Verified,
)
from bot.hub.process import HubProcess, Moved

BASE_TIMEOUT = 180.0
"""Seconds every operation may take, whatever its size; the client's own retries fit into it."""
SLOWEST = 250_000
"""Bytes per second below which a transfer counts as stuck."""
PER_FILE = 1.0
"""Seconds every file may take besides, for the requests it needs."""
_KNOWN = TypeAdapter(Known)


@dataclass(frozen=True)
class Publisher:
    """Do what a release needs on one Hub as one account.

    Every method raises HubUnavailable for what may pass and HubRefused for what may not.
    Every method may be repeated: what is done already is found and left alone. Each runs in a process of its
    own, or, inside ``async with``, in one they share.
    """

    hub: HubAccess
    base_timeout: float = BASE_TIMEOUT
    process: HubProcess = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Know the process that will hold the token; none is started yet."""
        object.__setattr__(self, "process", HubProcess(self.hub))

    async def __aenter__(self) -> Self:
        """Do what is asked from now on in one process, as :class:`HubProcess` says."""
        await self.process.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process."""
        await self.process.__aexit__()

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
        withdrawn: Sequence[str] = (),
    ) -> Staged:
        """Find a place to prepare the version ``tag`` in; ``release`` names this attempt. Nothing is written.

        It is a branch of the model's own repository where only those see it who may see the release, and
        otherwise a private repository beside it; for a trusted publisher it is always a branch.
        """
        job = {
            **_prospective(hub_id, folder, files, release, tag, public),
            "trusted": bool(self.hub.trusted),
            "withdrawn": list(withdrawn),
        }
        return Staged(**await self._run("stage", job, files=files))

    async def look(
        self,
        hub_id: str,
        folder: Path,
        files: tuple[PublishedFile, ...],
        *,
        release: str,
        tag: str,
        public: bool,
        withdrawn: Sequence[str] = (),
    ) -> Prospect:
        """Say what publishing the version ``tag`` would find and change; nothing is written."""
        job = {
            **_prospective(hub_id, folder, files, release, tag, public),
            "trusted": bool(self.hub.trusted),
            "withdrawn": list(withdrawn),
        }
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
        """Make the place, and send the files of ``folder`` there in one commit."""
        if staged.complete:
            return Uploaded(staged.base)
        job = {
            "hub_id": staged.repository,
            "staged": asdict(staged),
            "folder": str(folder),
            "files": _plain(files),
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
        release: str,
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
            "staged": asdict(staged),
            "release": release,
            "tag": tag,
            "message": message,
            "public": public,
        }
        return Published(**await self._run("publish", job, files=files, moved=moved))

    async def settle(
        self, hub_id: str, folder: Path, files: tuple[PublishedFile, ...], *, public: bool
    ) -> Settled:
        """Find out whether publishing was done that broke off, also with a token that was revoked."""
        job = {"hub_id": hub_id, "folder": str(folder), "files": _plain(files), "public": public}
        return Settled(**await self._run("settle", job, files=files))

    async def tag(self, hub_id: str, name: str, commit: str, message: str) -> None:
        """Tag the commit; a tag on another commit is refused."""
        job = {"hub_id": hub_id, "name": name, "commit": commit, "message": message}
        await self._run("tag", job)

    async def clear(self, staged: Staged, *, abandoned: bool) -> None:
        """Delete the place in which a release was prepared, if it is there.

        With ``abandoned`` publishing was never begun: a repository made for it goes too, if it is untouched.
        """
        job = {"hub_id": staged.repository, "staged": asdict(staged), "abandoned": abandoned}
        await self._run("clear", job)

    async def prove(self) -> None:
        """Exchange this job's identity for a token; refused when the Hub does not trust it to publish."""
        await self._run("prove", {"hub_id": self.hub.trusted})

    async def collect(self, hub_id: str, collections: tuple[str, ...]) -> None:
        """Put the model into collections of its owner, named by slug or title; it may be in them already."""
        if collections:
            await self._run("collect", {"hub_id": hub_id, "collections": list(collections)})

    async def licence_of(self, hub_id: str, origin: str) -> str:
        """Give the text of the LICENSE of what a model was made from; empty without one we may read.

        The account counts only for what has the model's owner; everything else is read as anybody may.
        """
        return str((await self._run("licence", {"hub_id": hub_id, "origin": origin}))["text"])

    async def origins(
        self, hub_id: str, models: Sequence[str], datasets: Sequence[str]
    ) -> tuple[Origin, ...]:
        """Look up what a model was made from, and what that was made from, as far as the Hub knows.

        The account counts only for what has the model's owner; everything else is read as anybody may.
        """
        if not models and not datasets:
            return ()
        job = {"hub_id": hub_id, "models": list(models), "datasets": list(datasets)}
        result = await self._run("origins", job)
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
        seconds = self.base_timeout + _seconds(files)
        asked = {"operation": operation, **job}
        if room is None:
            return await self.process.do(asked, seconds, moved)
        await asyncio.to_thread(room.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix="giveback-hub-", dir=room, ignore_cleanup_errors=True
        ) as place:
            return await self.process.do({**asked, "room": place}, seconds, moved)


def _origin(plain: dict[str, Any]) -> Origin:
    lists = {key: tuple(plain[key]) for key in ("base_models", "datasets")}
    return Origin(**{**plain, **lists})


def _prospective(
    hub_id: str, folder: Path, files: tuple[PublishedFile, ...], release: str, tag: str, public: bool
) -> dict[str, Any]:
    return {
        "hub_id": hub_id,
        "folder": str(folder),
        "files": _plain(files),
        "release": release,
        "tag": tag,
        "public": public,
    }


def _plain(files: tuple[PublishedFile, ...]) -> list[dict[str, Any]]:
    return [asdict(file) for file in files]


def _seconds(files: tuple[PublishedFile, ...]) -> float:
    return sum(file.size / SLOWEST + PER_FILE for file in files)
