"""Do the work of a release's steps: fetch the source, ask the gates, publish on the Hub."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bot.aside import aside
from bot.hub.jobs import Published, PublishedFile, Staged, Uploaded, Verified
from bot.hub.publishing import Publisher
from bot.release.files import MANIFEST, Hashed, Inspection, digest, inspect_folder
from bot.release.gates import run_gates
from bot.release.gates.results import Candidate, GateResult
from bot.release.manifest import Manifest, manifest_or_problems, read_manifest
from bot.release.request import Collected, Pin, ReleaseRequest
from bot.release.sources import Source, SourceRefused
from bot.release.workflow import Moved

DOWNLOADS = ".downloads"
"""Ends the name of the folder in which a release downloads its files again."""

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class HubActions:
    """Carry out the steps with a source, a Hub account and a room for the files of running releases."""

    source: Source
    publisher: Publisher
    room: Path
    hashed: Hashed = field(default_factory=dict, repr=False)
    """Which files need not be read again; empty after a restart, so that then everything is."""

    async def collect(self, request: ReleaseRequest) -> Collected:
        """Fetch the manifest and, when it can be read, the files it names; hash everything."""
        text = await self.source.manifest(request) or ""
        manifest, _ = manifest_or_problems(text)
        found, pins = await self._fetch(request, manifest) if manifest else (Inspection(()), ())
        return Collected(text, found.files, found.odd, digest(found.files, text), pins)

    async def check(self, request: ReleaseRequest, collected: Collected) -> tuple[GateResult, ...]:
        """Ask every gate in a thread, since they read whole files; then give the room on the disk back.

        Nobody knows how long people take to approve, and the files are fetched again after that.
        """
        manifest, problems = manifest_or_problems(collected.manifest)
        if manifest is not None:
            await self._restore(request, collected, manifest)
        made_from = (manifest.base_models, manifest.datasets) if manifest else ((), ())
        candidate = Candidate(
            folder=self._folder(request),
            manifest=manifest,
            manifest_problems=problems,
            files=collected.files,
            odd=collected.odd,
            digest=collected.digest,
            requester=request.asked_by,
            origins=await self.publisher.origins(*made_from),
        )
        gates = await aside(run_gates, candidate)
        await self.tidy(request)
        return gates

    async def stage(self, request: ReleaseRequest, collected: Collected) -> Staged:
        """Prepare a place for the files that nobody else sees."""
        manifest = read_manifest(collected.manifest)
        await self._restore(request, collected, manifest)
        return await self.publisher.stage(
            manifest.hub_id,
            self._folder(request),
            _files(collected),
            release=request.id,
            tag=manifest.tag,
            public=manifest.visibility == "public",
        )

    async def upload(
        self, request: ReleaseRequest, collected: Collected, staged: Staged, moved: Moved
    ) -> Uploaded:
        """Send the files in one commit."""
        manifest = read_manifest(collected.manifest)
        await self._restore(request, collected, manifest)
        return await self.publisher.upload(
            self._folder(request),
            _files(collected),
            staged=staged,
            message=_commit_message(request, manifest),
            moved=moved,
        )

    async def verify(
        self,
        request: ReleaseRequest,
        collected: Collected,
        staged: Staged,
        uploaded: Uploaded,
        moved: Moved,
    ) -> Verified:
        """Download every file afresh and compare it with what was approved."""
        room = _downloads(self._folder(request))
        await aside(_make_empty, room)
        return await self.publisher.verify(
            staged.repository, uploaded.commit, _files(collected), room=room, moved=moved
        )

    async def publish(
        self, request: ReleaseRequest, collected: Collected, staged: Staged, moved: Moved
    ) -> Published:
        """Bring the verified files to the main branch, public unless the manifest says private."""
        manifest = read_manifest(collected.manifest)
        await self._restore(request, collected, manifest)
        return await self.publisher.publish(
            manifest.hub_id,
            self._folder(request),
            _files(collected),
            staged=staged,
            tag=manifest.tag,
            message=_commit_message(request, manifest),
            public=manifest.visibility == "public",
            moved=moved,
        )

    async def tag(self, collected: Collected, published: Published) -> None:
        """Tag the version on its commit of the main branch."""
        manifest = read_manifest(collected.manifest)
        message = f"Release {manifest.version}, content {collected.digest}"
        await self.publisher.tag(manifest.hub_id, manifest.tag, published.commit, message)

    async def clear(self, request: ReleaseRequest, hub_id: str) -> None:
        """Delete the place on the Hub that was prepared for this release."""
        await self.publisher.clear(hub_id, request.id)

    async def tidy(self, request: ReleaseRequest) -> None:
        """Remove the files fetched for this release."""
        folder = self._folder(request)
        for one in (folder, _downloads(folder)):
            await aside(shutil.rmtree, one, ignore_errors=True)

    def _folder(self, request: ReleaseRequest) -> Path:
        if not _SAFE_ID.fullmatch(request.id):
            raise ValueError("the id of a release has to be fit for a folder's name")
        return self.room / request.id

    async def _fetch(
        self, request: ReleaseRequest, manifest: Manifest, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Inspection, tuple[Pin, ...]]:
        folder = self._folder(request)
        await aside(_make_empty, folder)
        pins = await self.source.files(request, manifest.source, folder, pinned)
        return await aside(inspect_folder, folder, self.hashed), pins

    async def _restore(self, request: ReleaseRequest, collected: Collected, manifest: Manifest) -> None:
        """Make sure the folder holds exactly what was collected; fetch it again when it does not.

        Raises SourceRefused when the source no longer gives the same content.
        """
        if await aside(_holds, self._folder(request), collected, self.hashed):
            return
        found, _ = await self._fetch(request, manifest, collected.pins)
        if digest(found.files, collected.manifest) != collected.digest:
            raise SourceRefused(
                f"The files of {manifest.source} changed since the release was started.",
                f"Start the release again, so that {MANIFEST} and the files are checked and approved anew.",
            )


def _downloads(folder: Path) -> Path:
    """Name the folder beside a release's own that its files are downloaded to again."""
    return folder.with_name(f"{folder.name}{DOWNLOADS}")


def _commit_message(request: ReleaseRequest, manifest: Manifest) -> str:
    """Name the version, and where it comes from unless that is private."""
    if request.private:
        return f"Release {manifest.version}"
    return f"Release {manifest.version} from {request.repository}@{request.commit}"


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _holds(folder: Path, collected: Collected, hashed: Hashed) -> bool:
    if not folder.is_dir():
        return False
    return digest(inspect_folder(folder, hashed).files, collected.manifest) == collected.digest


def _files(collected: Collected) -> tuple[PublishedFile, ...]:
    return tuple(PublishedFile(file.path, file.size, file.sha256) for file in collected.files)
