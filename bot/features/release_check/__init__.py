"""Ask the gates of a release on pull requests that change the manifest, or the model it is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, Protocol

from pydantic import Field

from bot.actions import Action, ReportCheck, ReportPart
from bot.config import Section
from bot.errors import UserError
from bot.events import Event
from bot.feature import Feature
from bot.features.checks.verdict import Level, Verdict, reported
from bot.features.release_check.looking import Fetches, looked_at, unreadable
from bot.features.release_check.showing import part_of, verdict_of
from bot.reads import ChangedFile
from bot.release.files import MANIFEST
from bot.release.gates.results import GateResult
from bot.release.manifest import Manifest, manifest_or_problems
from bot.rendering import render

NAME = "release-check"


class ReleaseCheckSection(Section):
    """Ask the gates of a release on pull requests that change `model-release.yml` or the model's folder."""

    level: Level = Field(
        default="warn", description="`off`, `warn`, or `required`: the check run then fails with a gate."
    )
    runs: Literal["shared", "each"] = Field(
        default="shared",
        description="`shared` shows the gates as parts of the check run `giveback`; `each` gives every gate "
        "a check run of its own, which a branch rule can require, for seven requests a push.",
    )


class Reads(Fetches, Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def kept_file(self, repository: str, path: str) -> str | None:
        """Read a text file of the default branch, at most five minutes old."""


feature = Feature[ReleaseCheckSection, Reads](NAME, ReleaseCheckSection)


@feature.on("pull_request", "opened", "reopened", "synchronize", also_own=True)
async def pull_request_changed(event: Event, section: ReleaseCheckSection, reads: Reads) -> Sequence[Action]:
    """Ask the gates about the model as it would be, with the manifest as it would be.

    The manifest of the default branch says which folder a model is in, so that a pull request that touches
    none costs nothing; it is kept for a few minutes.
    """
    pull = event.payload.pull_request
    if pull is None or section.level == "off":
        return []
    repository, commit = event.repository.full_name, pull.head.sha
    changed = await reads.changed_files(repository, pull.number)
    try:
        text = await _manifest(repository, commit, changed, reads)
    except UserError as error:
        verdict = Verdict(False, render("checks/parts/gates_unread.md.j2", problem=str(error)))
        return [reported(repository, commit, part_of("manifest"), section.level, verdict)]
    if text is None:
        return []
    manifest, _ = manifest_or_problems(text)
    if not touches(changed, manifest):
        return []
    try:
        results = await looked_at(repository, commit, text, reads)
    except UserError as error:
        results = (unreadable(str(error)),)
    return [_report(repository, commit, result, text, section) for result in results]


async def _manifest(
    repository: str, commit: str, changed: Collection[ChangedFile], reads: Reads
) -> str | None:
    """Read the manifest as it would be after the change."""
    its_own = next((file for file in changed if MANIFEST in (file.path, file.previous_path)), None)
    if its_own is None:
        return await reads.kept_file(repository, MANIFEST)
    if its_own.path != MANIFEST or its_own.status == "removed":
        return None
    return await reads.text_file(repository, MANIFEST, commit)


def touches(changed: Collection[ChangedFile], manifest: Manifest | None) -> bool:
    """Tell whether a change is about the manifest or a file of the model."""
    paths = {path for file in changed for path in (file.path, file.previous_path) if path}
    if MANIFEST in paths:
        return True
    folder = manifest.folder if manifest is not None else None
    if folder is None:
        return False
    return folder in (".", "") or any(path.startswith(f"{folder}/") for path in paths)


def _report(
    repository: str, commit: str, result: GateResult, manifest: str, section: ReleaseCheckSection
) -> ReportPart | ReportCheck:
    """Report a gate in the shared check run, or in one of its own."""
    verdict = verdict_of(result, manifest)
    part = reported(repository, commit, part_of(result.gate), section.level, verdict)
    if section.runs == "shared":
        return part
    failed: Literal["failure", "neutral"] = "failure" if section.level == "required" else "neutral"
    return ReportCheck(
        repository=repository,
        commit=commit,
        name=f"giveback / {result.gate}",
        conclusion="success" if result.passed else failed,
        title=part.reason,
        summary=part.summary,
        annotations=part.annotations,
        reason=part.reason,
    )
