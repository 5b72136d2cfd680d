"""Say what a release would do on the Hub, to the last file, commit and setting, without doing it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.hub.jobs import Prospect
from bot.hub.staging import staging_repository
from bot.release.files import ReleaseFile
from bot.release.gates import approval
from bot.release.gates.results import GateResult
from bot.release.manifest import Manifest


@dataclass(frozen=True)
class PlannedCommit:
    """Name a commit that would be made on the main branch of a repository, or on ``repository@branch``.

    ``parent`` is the commit it would build on, empty for the first of a repository. It holds all files of
    the release; ``removes`` are those it would take away.
    """

    repository: str
    message: str
    parent: str = ""
    removes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedSetting:
    """Name something about a repository that would be set: what, and to which value."""

    repository: str
    what: str
    value: str


@dataclass(frozen=True)
class Rehearsal:
    """Hold what a release would do.

    ``files`` are those of the model with size in bytes and SHA-256. ``attestations`` name those that are
    written only once people have approved, since they name them. ``hindrance`` says what on the Hub would
    end the release, and ``next_step`` what helps.
    """

    files: tuple[ReleaseFile, ...] = ()
    attestations: tuple[str, ...] = ()
    commits: tuple[PlannedCommit, ...] = ()
    settings: tuple[PlannedSetting, ...] = ()
    hindrance: str = ""
    next_step: str = ""

    @property
    def size(self) -> int:
        """Give the bytes of all files of the model."""
        return sum(file.size for file in self.files)


def rehearsed(
    release: str,
    manifest: Manifest,
    files: tuple[ReleaseFile, ...],
    attestations: tuple[str, ...],
    prospect: Prospect,
    message: str,
) -> Rehearsal:
    """List what the steps from staging to the tag would do, in their order."""
    if prospect.hindrance:
        return Rehearsal(files, attestations, hindrance=prospect.hindrance, next_step=prospect.next_step)
    model = manifest.hub_id
    commits: list[PlannedCommit] = []
    settings: list[PlannedSetting] = []
    place = f"{model}@{prospect.branch}" if prospect.branch else staging_repository(model, release)
    if not prospect.complete:
        if not prospect.is_there:
            settings.append(PlannedSetting(model, "made", "private"))
        settings.append(PlannedSetting(place, "made", _who_sees(prospect)))
        commits.append(PlannedCommit(place, message, prospect.head if prospect.branch else ""))
        commits.append(PlannedCommit(model, message, prospect.head, prospect.removes))
    is_private = prospect.private or not prospect.is_there
    if is_private and manifest.visibility == "public":
        settings.append(PlannedSetting(model, "visibility", "public"))
    settings.append(PlannedSetting(model, "tag", manifest.tag))
    settings += [PlannedSetting(model, "collection", name) for name in manifest.collections]
    if not prospect.complete:
        settings.append(PlannedSetting(place, "deleted", "when the release has ended"))
    return Rehearsal(files, attestations, tuple(commits), tuple(settings))


def _who_sees(prospect: Prospect) -> str:
    """Say who may see the place in which a release is prepared."""
    if not prospect.branch:
        return "private, for this release alone"
    is_public = prospect.is_there and not prospect.private
    return "a branch that everybody sees" if is_public else "a branch, private as the repository is"


def verdict_on(rehearsal: Rehearsal, gates: tuple[GateResult, ...]) -> tuple[str, str]:
    """Say how a release would go on from here, and what to do next; people's approval is not asked for."""
    failed = [gate.gate.replace("_", " ") for gate in gates if not gate.passed and gate.gate != approval.NAME]
    if failed:
        return f"A release would end here: {', '.join(failed)} did not pass.", "Fix what the gates name."
    if rehearsal.hindrance:
        return f"A release would end here: {rehearsal.hindrance}", rehearsal.next_step
    return (
        "A release would ask for approval now, and then do on the Hub what is listed here.",
        "To do it, start the release without the dry run.",
    )
