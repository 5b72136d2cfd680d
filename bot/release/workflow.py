"""One release from request to tag, as a plain function that can be killed anywhere and goes on.

The function decides only by what its steps return and which decisions arrive, never by clocks or local
files, so that an engine may run it again from the start with the recorded results of its finished steps.
It knows neither the engine nor GitHub: both come in as Protocols.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from bot.hub import staging
from bot.hub.errors import HubError, HubUnavailable
from bot.hub.jobs import Published, Staged, Uploaded, Verified
from bot.release.approvals import Approval
from bot.release.gates import approval
from bot.release.gates.results import Candidate, GateResult
from bot.release.manifest import Manifest, read_manifest
from bot.release.progress import Reach, ReleaseOutcome, ReleaseProgress, State, Status
from bot.release.request import Collected, Decision, DecisionKind, ReleaseRequest
from bot.release.sources import SourceError, SourceUnavailable

APPROVAL_SECONDS = 14 * 24 * 3600.0
"""How long a release waits for each decision before it expires."""

TRANSIENT = (HubUnavailable, SourceUnavailable)
"""The exceptions of a step that are worth another try; every other one is final."""

P = ParamSpec("P")
T = TypeVar("T")
Moved = Callable[[int, int], None]


class Actions(Protocol):
    """Do the work of the steps. Each may be repeated; failures are HubError or SourceError."""

    async def collect(self, request: ReleaseRequest) -> Collected:
        """Fetch the manifest and the files at the requested commit."""

    async def check(self, request: ReleaseRequest, collected: Collected) -> tuple[GateResult, ...]:
        """Ask every gate."""

    async def stage(self, request: ReleaseRequest, collected: Collected) -> Staged:
        """Prepare a place for the files that nobody else sees."""

    async def upload(
        self, request: ReleaseRequest, collected: Collected, staged: Staged, moved: Moved
    ) -> Uploaded:
        """Send the files."""

    async def verify(
        self,
        request: ReleaseRequest,
        collected: Collected,
        staged: Staged,
        uploaded: Uploaded,
        moved: Moved,
    ) -> Verified:
        """Download and compare them."""

    async def publish(
        self, request: ReleaseRequest, collected: Collected, staged: Staged, moved: Moved
    ) -> Published:
        """Bring the files to the main branch and give it the visibility the manifest asks for."""

    async def tag(self, collected: Collected, published: Published) -> None:
        """Tag the version."""

    async def clear(self, request: ReleaseRequest, hub_id: str) -> None:
        """Delete the place that was prepared for the files, if it is there."""

    async def tidy(self, request: ReleaseRequest) -> None:
        """Remove what was fetched."""


class World(Protocol):
    """Run the workflow's steps, remember their results, and carry messages."""

    async def step(
        self, name: str, action: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a step, again after TRANSIENT exceptions, and give its recorded result ever after."""

    async def report(self, progress: ReleaseProgress) -> None:
        """Show a new state of the release, for certain."""

    def glimpse(self, progress: ReleaseProgress) -> None:
        """Show how far a transfer is, if it is convenient; called from inside a step, many times."""

    async def next_decision(self, timeout_seconds: float) -> Decision | None:
        """Wait for the next decision; None after the timeout."""

    async def held(self) -> str | None:
        """Say in a sentence which dry run forbids to send anything now; None when nothing does.

        The answer is remembered like a step's result.
        """


async def run(request: ReleaseRequest, world: World, actions: Actions) -> ReleaseOutcome:
    """Carry one release out and say how it ended.

    What the Hub refuses, or cannot do after every retry, ends the release with an outcome; any other
    exception is a mistake in the program and is raised.
    """
    going = _Going(world, ReleaseProgress(request.id, request.requester, request.commit))
    try:
        outcome = await _release(request, going, actions)
    except _Ended as ended:
        outcome = replace(ended.outcome, hub_id=going.progress.hub_id, url=going.url)
    except (HubError, SourceError) as error:
        outcome = _failed(error, going)
    outcome = await _clean_up(request, going, actions, outcome)
    final = replace(outcome, gates=going.progress.gates, reach=_reach(going), public=going.public)
    if final.status is Status.PUBLISHED:
        going.progress = going.progress.at("announce", State.DONE)
    await world.report(going.progress.ended(final))
    return final


class _Ended(Exception):
    """Leave the release early, with its outcome."""

    def __init__(self, status: Status, message: str, next_step: str = "") -> None:
        self.outcome = ReleaseOutcome(status, message, next_step)
        super().__init__(message)


@dataclass
class _Going:
    """Keep the progress of a running release and show each change."""

    world: World
    progress: ReleaseProgress
    public: bool = True
    staged: Staged | None = None
    finished: list[str] = field(default_factory=list)

    @property
    def url(self) -> str | None:
        """Give the model's page, once there is one."""
        return self.staged.url if self.staged else None

    async def step(
        self, name: str, action: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        await self.enter(name)
        result = await self.world.step(name, action, *args, **kwargs)
        self.leave(name)
        return result

    async def enter(self, name: str) -> None:
        self.progress = replace(self.progress.at(name, State.RUNNING), done_bytes=0, total_bytes=0)
        await self.world.report(self.progress)

    def entered(self, name: str) -> bool:
        """Tell whether a step was begun."""
        return any(step.name == name and step.state is not State.WAITING for step in self.progress.steps)

    def leave(self, name: str) -> None:
        self.finished.append(name)
        self.progress = self.progress.at(name, State.DONE)

    def moved(self, done: int, total: int) -> None:
        self.progress = replace(self.progress, done_bytes=done, total_bytes=total)
        self.world.glimpse(self.progress)


async def _release(request: ReleaseRequest, going: _Going, actions: Actions) -> ReleaseOutcome:
    collected = await going.step("collect", actions.collect, request)
    gates = await going.step("check", actions.check, request, collected)
    going.progress = replace(going.progress, gates=gates, digest=collected.digest)
    if not all(gate.passed for gate in gates if gate.gate != approval.NAME):
        raise _Ended(
            Status.REFUSED,
            "Not every gate passed, so nothing was sent to the Hub.",
            "Fix what the gates name, then start the release again.",
        )
    manifest = read_manifest(collected.manifest)
    going.progress = replace(going.progress, hub_id=manifest.hub_id, version=manifest.version)
    going.public = manifest.visibility == "public"
    await _approve(request, collected, manifest, going)
    await _stop_if_cancelled(going)
    await _stop_if_held(going)
    going.staged = await going.step("stage", actions.stage, request, collected)
    await _stop_if_held(going)
    uploaded = await going.step("upload", actions.upload, request, collected, going.staged, going.moved)
    await going.step("verify", actions.verify, request, collected, going.staged, uploaded, going.moved)
    await _stop_if_cancelled(going)
    await _stop_if_held(going)
    published = await going.step("publish", actions.publish, request, collected, going.staged, going.moved)
    await _stop_if_held(going)
    await going.step("tag", actions.tag, collected, published)
    seen = "public" if manifest.visibility == "public" else "private, as the manifest asks"
    return ReleaseOutcome(
        Status.PUBLISHED,
        f"{manifest.hub_id} {manifest.version} is {seen}; every file was downloaded again and compared "
        "with what was approved before it went there.",
        hub_id=manifest.hub_id,
        url=going.staged.url,
        commit=published.commit,
        tag=manifest.tag,
    )


async def _approve(request: ReleaseRequest, collected: Collected, manifest: Manifest, going: _Going) -> None:
    given: tuple[Approval, ...] = ()
    going.progress = going.progress.at("approve", State.RUNNING)
    while True:
        result = approval.check(
            Candidate(
                folder=Path(),
                manifest=manifest,
                digest=collected.digest,
                requester=request.asked_by,
                approvals=given,
            )
        )
        others = tuple(gate for gate in going.progress.gates if gate.gate != approval.NAME)
        going.progress = replace(going.progress, gates=(*others, result))
        if result.passed:
            going.leave("approve")
            return
        await going.world.report(going.progress)
        decision = await going.world.next_decision(APPROVAL_SECONDS)
        if decision is None:
            raise _Ended(
                Status.EXPIRED,
                "Nobody decided in time, so nothing was sent to the Hub.",
                "Start the release again when somebody can approve it.",
            )
        if decision.kind is DecisionKind.CANCEL:
            raise _Ended(Status.CANCELLED, f"{decision.login} cancelled it; nothing was sent to the Hub.")
        given += (Approval(decision.login, decision.permission, decision.digest, decision.account),)


async def _stop_if_cancelled(going: _Going) -> None:
    """Honour a cancellation that came while the release was busy."""
    while (decision := await going.world.next_decision(0)) is not None:
        if decision.kind is DecisionKind.CANCEL:
            raise _Ended(Status.CANCELLED, f"{decision.login} cancelled it. {_standing(going)}")


async def _stop_if_held(going: _Going) -> None:
    """Send nothing more once something forbids it, also when it came after the start."""
    if reason := await going.world.held():
        raise _Ended(
            Status.HELD,
            f"{reason} {_standing(going)}",
            "Start the release again when that has changed.",
        )


def _failed(error: HubError | SourceError, going: _Going) -> ReleaseOutcome:
    return ReleaseOutcome(
        Status.FAILED,
        f"{error.message} {_standing(going)}",
        error.next_step or "Start the release again.",
        hub_id=going.progress.hub_id,
        url=going.url,
    )


async def _clean_up(
    request: ReleaseRequest, going: _Going, actions: Actions, outcome: ReleaseOutcome
) -> ReleaseOutcome:
    """Leave nothing behind, here and on the Hub, however the release ended; say what could not be removed."""
    hub_id = going.progress.hub_id
    if hub_id is not None and going.entered("stage"):
        try:
            await going.world.step("clear", actions.clear, request, hub_id)
        except HubError:
            left = staging.staging_repository(hub_id, request.id)
            asked = f"Delete {left} on the Hub: it is private, was made for this release, and is left over."
            outcome = replace(outcome, next_step=f"{outcome.next_step} {asked}".strip())
    # Should the files here not go, the next start of the service removes them; nobody else has to know.
    with suppress(HubError, SourceError):
        await going.world.step("announce", actions.tidy, request)
    return outcome


def _reach(going: _Going) -> Reach:
    if "publish" in going.finished:
        return Reach.PUBLISHED
    # A step that failed may have been done all the same, when only the Hub's answer got lost.
    return Reach.UNCERTAIN if going.progress.current == "publish" else Reach.NOTHING


def _standing(going: _Going) -> str:
    """Say what is on the Hub now, by the steps that are behind."""
    where, staged = going.progress.hub_id, going.staged
    if staged is None:
        return (
            "Nothing was sent to the Hub." if going.progress.current != "stage" else "Nothing was published."
        )
    match _reach(going):
        case Reach.PUBLISHED if "tag" in going.finished:
            return f"{where} is published, verified and tagged."
        case Reach.PUBLISHED:
            return f"{where} is published and verified; only its tag is not known to be there."
        case Reach.UNCERTAIN:
            return f"Publishing {where} was begun, so it may be published by now: look at {staged.url}"
    return f"Nothing was published, and {where} was not touched."
