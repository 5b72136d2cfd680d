"""What a release looks like while it goes on: plain values that a template can show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.release.gates.results import GateResult
from bot.release.rehearsal import Rehearsal

STEPS = ("collect", "check", "approve", "attest", "stage", "upload", "verify", "publish", "tag", "announce")
"""Every step of a release, in its order."""


class State(StrEnum):
    """Where one step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Status(StrEnum):
    """How a release ended."""

    PUBLISHED = "published"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    REHEARSED = "rehearsed"
    """A dry run that somebody asked for came to its end."""
    HELD = "held"
    """Stopped by a dry run of the operator's or the repository's."""
    ROLLED_BACK = "rolled back"
    """The model is back at an earlier version."""
    WITHDRAWN = "withdrawn"
    """The versions that were named are gone for good."""


GOOD_ENDS = frozenset({Status.PUBLISHED, Status.ROLLED_BACK, Status.WITHDRAWN})
"""The ends at which everything was done that was asked for."""


class Kind(StrEnum):
    """What is carried out."""

    RELEASE = "release"
    ROLLBACK = "rollback"
    WITHDRAWAL = "withdrawal"


class Reach(StrEnum):
    """How far the model got, whatever became of the release."""

    NOTHING = "nothing"
    """It was not published."""
    UNCERTAIN = "uncertain"
    """Publishing it was begun, and how that ended is not known."""
    PUBLISHED = "published"
    """It was published and verified."""


@dataclass(frozen=True)
class Step:
    """Hold one step and where it is."""

    name: str
    state: State = State.WAITING


@dataclass(frozen=True)
class ReleaseOutcome:
    """Say how a release ended, what that means for the model, and what a person can do next."""

    status: Status
    message: str
    next_step: str = ""
    hub_id: str | None = None
    url: str | None = None
    commit: str | None = None
    tag: str | None = None
    reach: Reach = Reach.NOTHING
    public: bool = True
    """Whether everybody may see what was published."""
    gates: tuple[GateResult, ...] = ()
    rehearsal: Rehearsal | None = None
    """What a dry run found that a release would do."""
    left: tuple[str, ...] = ()
    """Tags of the versions that people do not get any more, because they were taken back."""


@dataclass(frozen=True)
class ReleaseProgress:
    """Hold everything there is to show about one release at one moment; sizes are in bytes."""

    id: str
    requester: str
    source_commit: str
    hub_id: str | None = None
    version: str | None = None
    digest: str | None = None
    steps: tuple[Step, ...] = tuple(Step(name) for name in STEPS)
    gates: tuple[GateResult, ...] = ()
    done_bytes: int = 0
    total_bytes: int = 0
    outcome: ReleaseOutcome | None = None
    remarks: tuple[str, ...] = ()
    """Sentences about this release that people should know, whatever becomes of it."""
    kind: Kind = Kind.RELEASE
    plan: tuple[str, ...] = ()
    """What approving it lets happen, a sentence each, where the gates do not say it."""

    def at(self, name: str, state: State) -> ReleaseProgress:
        """Give the same progress with one step in another state."""
        steps = tuple(Step(name, state) if step.name == name else step for step in self.steps)
        return replace(self, steps=steps)

    def ended(self, outcome: ReleaseOutcome) -> ReleaseProgress:
        """Give the progress with its outcome; a step that was still running counts as failed."""
        failed = outcome.status not in GOOD_ENDS
        steps = tuple(
            replace(step, state=State.FAILED) if failed and step.state is State.RUNNING else step
            for step in self.steps
        )
        return replace(self, outcome=outcome, steps=steps)

    @property
    def percent(self) -> int:
        """Give how much of the running step's transfer is done; 0 when nothing is transferred."""
        return 100 * self.done_bytes // self.total_bytes if self.total_bytes else 0

    @property
    def current(self) -> str | None:
        """Name the step that is running."""
        return next((step.name for step in self.steps if step.state is State.RUNNING), None)
