"""Do the work of a release's steps: fetch the source, ask the gates, publish on the Hub."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bot.aside import aside
from bot.hub.jobs import SIGNATURE, Published, PublishedFile, Settled, Staged, Uploaded, Verified
from bot.hub.publishing import Publisher
from bot.release.asking import asked
from bot.release.attestations import COMMAND_LINE, Maker, Told, derive, listed
from bot.release.attestations.signing import (
    NO_KEY,
    Signing,
    Unsigned,
    refuse_another_signer,
    sign,
    why_unsigned,
)
from bot.release.files import (
    MANIFEST,
    Hashed,
    Inspection,
    WrittenFile,
    digest,
    inspect_folder,
    put_written,
)
from bot.release.gates import run_gates
from bot.release.gates.results import Candidate, GateResult
from bot.release.licence_files import licence_files, to_copy_from
from bot.release.manifest import Manifest, manifest_or_problems, read_manifest
from bot.release.rehearsal import Rehearsal, rehearsed
from bot.release.request import Attested, Collected, Pin, ReleaseRequest
from bot.release.sources import Source, SourceRefused
from bot.release.workflow import Moved

DOWNLOADS = ".downloads"
"""Ends the name of the folder in which a release downloads its files again."""

EARLIER = ".earlier"
"""Ends the name of the folder with the results of the version before."""

NOTHING_YET = Attested(())
"""What attests a release before it is approved."""

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class HubActions:
    """Carry out the steps with a source, a Hub account and a room for the files of running releases."""

    source: Source
    publisher: Publisher
    room: Path
    maker: Maker = COMMAND_LINE
    signing: Signing = NO_KEY
    """With what models are signed, or why they are not."""
    withdrawn: tuple[str, ...] = ()
    """Versions of the model whose withdrawal was asked for here, which its history need not tell of."""
    hashed: Hashed = field(default_factory=dict, repr=False)
    """Which files need not be read again; empty after a restart, so that then everything is."""

    async def collect(self, request: ReleaseRequest) -> Collected:
        """Fetch the manifest and, when it can be read, the files it names; hash everything.

        A LICENSE and a NOTICE that are missing are written where there is one right answer.
        """
        text = await self.source.manifest(request) or ""
        manifest, _ = manifest_or_problems(text)
        if manifest is None:
            return Collected(text, (), (), digest((), text))
        await aside(refuse_another_signer, manifest.signed_by, self.signing)
        found, pins = await self._fetch(request, manifest)
        origins = await self.publisher.origins(manifest.hub_id, manifest.base_models, manifest.datasets)
        source = to_copy_from(manifest, found, origins)
        copied = await self.publisher.licence_of(manifest.hub_id, source) if source else ""
        written = tuple(licence_files(manifest, found, origins, copied))
        if written:
            folder = self._folder(request)
            await aside(put_written, folder, written)
            found = await aside(inspect_folder, folder, self.hashed)
        return Collected(text, found.files, found.odd, digest(found.files, text), pins, written, origins)

    async def check(self, request: ReleaseRequest, collected: Collected) -> tuple[GateResult, ...]:
        """Ask every gate in a thread, since they read whole files; then give the room on the disk back.

        Nobody knows how long people take to approve, and the files are fetched again after that.
        """
        manifest, problems = manifest_or_problems(collected.manifest)
        if manifest is not None:
            await self._restore(request, collected, manifest)
        candidate = Candidate(
            folder=self._folder(request),
            manifest=manifest,
            manifest_problems=problems,
            files=collected.files,
            odd=collected.odd,
            digest=collected.digest,
            requester=request.asked_by,
            waivers=request.waivers,
        )
        if manifest is not None:
            results = _earlier(candidate.folder)
            await aside(_make_empty, results)
            files = _files(collected)
            known = await self.publisher.known(
                asked(manifest, self.withdrawn), results, candidate.folder, files
            )
            candidate = candidate.knowing(known, results)
        gates = await aside(run_gates, candidate)
        await self.tidy(request)
        return gates

    async def attest(
        self,
        request: ReleaseRequest,
        collected: Collected,
        gates: tuple[GateResult, ...],
        approvers: tuple[str, ...],
    ) -> Attested:
        """Write what attests the approved release, and sign all of it if there is a key."""
        manifest = read_manifest(collected.manifest)
        files = self._attestations(request, collected, gates, approvers)
        unsigned = await aside(why_unsigned, self.signing)
        if isinstance(self.signing, Unsigned) or unsigned:
            return Attested(files, unsigned)
        await self._restore(request, collected, manifest, Attested(files))
        content = (*collected.files, *listed(files))
        signed = await aside(sign, self._folder(request), content, self.signing, manifest.signed_by)
        return Attested((*files, WrittenFile(SIGNATURE, signed.text)), signer=signed.by)

    async def rehearse(
        self, request: ReleaseRequest, collected: Collected, gates: tuple[GateResult, ...]
    ) -> Rehearsal:
        """Look at the Hub as staging would, and list what the later steps would do there."""
        manifest, _ = manifest_or_problems(collected.manifest)
        if manifest is None:
            return Rehearsal(collected.files)
        attested = Attested(self._attestations(request, collected, gates, ()))
        await self._restore(request, collected, manifest, attested)
        prospect = await self.publisher.look(
            manifest.hub_id,
            self._folder(request),
            _files(collected, attested),
            release=request.id,
            tag=manifest.tag,
            public=manifest.visibility == "public",
            withdrawn=self.withdrawn,
        )
        unsigned = await aside(why_unsigned, self.signing)
        # Named and not made: nothing is signed that nobody approved.
        names = (*(file.path for file in attested.files), *(() if unsigned else (SIGNATURE,)))
        message = _commit_message(request, manifest)
        return rehearsed(request.id, manifest, collected.files, names, prospect, message)

    async def stage(self, request: ReleaseRequest, collected: Collected, attested: Attested) -> Staged:
        """Find a place for the files that nobody else sees."""
        manifest = read_manifest(collected.manifest)
        await self._restore(request, collected, manifest, attested)
        return await self.publisher.stage(
            manifest.hub_id,
            self._folder(request),
            _files(collected, attested),
            release=request.id,
            tag=manifest.tag,
            public=manifest.visibility == "public",
            withdrawn=self.withdrawn,
        )

    async def upload(
        self,
        request: ReleaseRequest,
        collected: Collected,
        attested: Attested,
        staged: Staged,
        moved: Moved,
    ) -> Uploaded:
        """Send the files in one commit."""
        manifest = read_manifest(collected.manifest)
        await self._restore(request, collected, manifest, attested)
        return await self.publisher.upload(
            self._folder(request),
            _files(collected, attested),
            staged=staged,
            message=_commit_message(request, manifest),
            moved=moved,
        )

    async def verify(
        self,
        request: ReleaseRequest,
        collected: Collected,
        attested: Attested,
        staged: Staged,
        uploaded: Uploaded,
        moved: Moved,
    ) -> Verified:
        """Download every file afresh and compare it with what was approved, and with what attests it."""
        room = _downloads(self._folder(request))
        await aside(_make_empty, room)
        return await self.publisher.verify(
            staged.repository, uploaded.commit, _files(collected, attested), room=room, moved=moved
        )

    async def publish(
        self,
        request: ReleaseRequest,
        collected: Collected,
        attested: Attested,
        staged: Staged,
        moved: Moved,
    ) -> Published:
        """Bring the verified files to the main branch, public unless the manifest says private."""
        manifest = read_manifest(collected.manifest)
        await self._restore(request, collected, manifest, attested)
        return await self.publisher.publish(
            manifest.hub_id,
            self._folder(request),
            _files(collected, attested),
            staged=staged,
            release=request.id,
            tag=manifest.tag,
            message=_commit_message(request, manifest),
            public=manifest.visibility == "public",
            moved=moved,
        )

    async def settle(self, request: ReleaseRequest, collected: Collected, attested: Attested) -> Settled:
        """Find out whether publishing was done that broke off."""
        manifest = read_manifest(collected.manifest)
        await self._restore(request, collected, manifest, attested)
        return await self.publisher.settle(
            manifest.hub_id,
            self._folder(request),
            _files(collected, attested),
            public=manifest.visibility == "public",
        )

    async def tag(self, collected: Collected, published: Published) -> None:
        """Tag the version on its commit of the main branch."""
        manifest = read_manifest(collected.manifest)
        message = f"Release {manifest.version}, content {collected.digest}"
        await self.publisher.tag(manifest.hub_id, manifest.tag, published.commit, message)

    async def announce(self, collected: Collected) -> None:
        """Put the model into the collections that the manifest names."""
        manifest = read_manifest(collected.manifest)
        await self.publisher.collect(manifest.hub_id, tuple(manifest.collections))

    async def clear(self, staged: Staged, abandoned: bool) -> None:
        """Delete the place on the Hub that was prepared for this release."""
        await self.publisher.clear(staged, abandoned=abandoned)

    async def tidy(self, request: ReleaseRequest) -> None:
        """Remove the files fetched for this release."""
        folder = self._folder(request)
        for one in (folder, _downloads(folder), _earlier(folder)):
            await aside(shutil.rmtree, one, ignore_errors=True)

    def _attestations(
        self,
        request: ReleaseRequest,
        collected: Collected,
        gates: tuple[GateResult, ...],
        approvers: tuple[str, ...],
    ) -> tuple[WrittenFile, ...]:
        manifest, hub = read_manifest(collected.manifest), self.publisher.hub.endpoint
        return derive(Told(request, manifest, collected, gates, approvers, self.maker, hub))

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

    async def _restore(
        self,
        request: ReleaseRequest,
        collected: Collected,
        manifest: Manifest,
        attested: Attested = NOTHING_YET,
    ) -> None:
        """Make sure the folder holds exactly what was collected; fetch it again when it does not.

        What attests it is put beside it. Raises SourceRefused when the source gives other content by now.
        """
        folder = self._folder(request)
        if not await aside(_holds, folder, collected, self.hashed):
            await self._fetch_again(request, collected, manifest)
        await aside(put_written, folder, attested.files)

    async def _fetch_again(self, request: ReleaseRequest, collected: Collected, manifest: Manifest) -> None:
        await self._fetch(request, manifest, collected.pins)
        folder = self._folder(request)
        await aside(put_written, folder, collected.written)
        if not await aside(_holds, folder, collected, self.hashed):
            raise SourceRefused(
                f"The files of {manifest.source} changed since the release was started.",
                f"Start the release again, so that {MANIFEST} and the files are checked and approved anew.",
            )


def _downloads(folder: Path) -> Path:
    """Name the folder beside a release's own that its files are downloaded to again."""
    return folder.with_name(f"{folder.name}{DOWNLOADS}")


def _earlier(folder: Path) -> Path:
    """Name the folder beside a release's own with the results of the version before."""
    return folder.with_name(f"{folder.name}{EARLIER}")


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


def _files(collected: Collected, attested: Attested = NOTHING_YET) -> tuple[PublishedFile, ...]:
    files = (*collected.files, *listed(attested.files))
    return tuple(PublishedFile(file.path, file.size, file.sha256) for file in files)
