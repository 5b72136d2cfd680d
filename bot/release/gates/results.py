"""What a gate looks at and what it answers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from bot.documents import Problem
from bot.hub.jobs import Earlier, KeptData, Known, Origin
from bot.release.approvals import Approval, GivenWaiver, Person
from bot.release.files import OddFile, ReleaseFile
from bot.release.manifest import Manifest


class Outcome(StrEnum):
    """How a gate ended. Pass, warn and waived let a release go on; could-not-run counts as not passed."""

    PASS = "pass"  # noqa: S105  # the outcome's name, no password
    WARN = "warn"
    WAIVED = "waived"
    FAIL = "fail"
    WAITING = "waiting"
    COULD_NOT_RUN = "could_not_run"


@dataclass(frozen=True)
class GateResult:
    """Hold one gate's answer: what it saw, and for a failure what to do next.

    ``waivable`` says whether a maintainer may let the release go on although the gate did not pass.
    """

    gate: str
    outcome: Outcome
    evidence: tuple[str, ...]
    remedy: str | None = None
    waivable: bool = False
    seal: str = ""
    """What a waiver is given for, where one may be: see :meth:`sealed`."""

    def sealed(self, digest: str) -> GateResult:
        """Give it with the SHA-256 over its gate, the content's digest and every line of its evidence.

        A finding that appears later, in the same gate about the same content, has another seal.
        """
        if self.passed or not self.waivable:
            return self
        seen = json.dumps([digest, self.gate, self.outcome, sorted(self.evidence)])
        return replace(self, seal=hashlib.sha256(seen.encode()).hexdigest())

    @property
    def passed(self) -> bool:
        """Tell whether the release may go on."""
        return self.outcome in (Outcome.PASS, Outcome.WARN, Outcome.WAIVED)


@dataclass(frozen=True)
class Candidate:
    """Hold everything the gates look at: one collected model, its manifest and who is involved."""

    folder: Path
    manifest: Manifest | None
    manifest_problems: tuple[Problem, ...] = ()
    files: tuple[ReleaseFile, ...] = ()
    odd: tuple[OddFile, ...] = ()
    digest: str = ""
    requester: Person | None = None
    approvals: tuple[Approval, ...] = ()
    origins: tuple[Origin, ...] | None = None
    """What the Hub says about everything the model was made from; None when it was not asked."""
    earlier: Earlier | None = None
    """The versions the Hub has; None when it was not asked."""
    results: Path | None = None
    """Folder with the results of the version before."""
    data: tuple[KeptData, ...] | None = None
    """The owner's own datasets on the Hub; None when it was not asked."""
    waivers: tuple[GivenWaiver, ...] = ()
    """What maintainers waived with a command."""
    is_preview: bool = False
    """Whether large weights were left where they are, and only their headers are in the folder."""

    def knowing(self, known: Known, results: Path) -> Candidate:
        """Give it with what the Hub said; ``results`` has those of the version before."""
        return replace(self, origins=known.origins, earlier=known.earlier, data=known.data, results=results)


class CannotJudge(Exception):
    """Say in plain words why a gate could not run."""


def need_manifest(candidate: Candidate) -> Manifest:
    """Give the manifest. Raises CannotJudge when it could not be read."""
    if candidate.manifest is None:
        raise CannotJudge("the manifest could not be read")
    return candidate.manifest
