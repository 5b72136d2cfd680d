"""One release from request to tag, as a plain function that can be killed anywhere and goes on.

The function decides only by what its steps return and which decisions arrive, never by clocks or local
files, so that an engine may run it again from the start with the recorded results of its finished steps.
It knows neither the engine nor GitHub: both come in as Protocols.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bot.hub.errors import HubError
from bot.hub.jobs import Published, Settled, Staged, Uploaded, Verified
from bot.release.approvals import Approval, judge
from bot.release.course import Course, Ended, World
from bot.release.gates import approval
from bot.release.gates.results import Candidate, GateResult
from bot.release.manifest import Manifest, manifest_or_problems, read_manifest
from bot.release.progress import Reach, ReleaseOutcome, ReleaseProgress, Status
from bot.release.rehearsal import Rehearsal, verdict_on
from bot.release.request import Attested, Collected, ReleaseRequest
from bot.release.sources import SourceError

Moved = Callable[[int, int], None]


class Actions(Protocol):
    """Do the work of the steps. Each may be repeated; failures are HubError or SourceError."""

    async def collect(self, request: ReleaseRequest) -> Collected:
        """Fetch the manifest and the files at the requested commit."""

    async def check(self, request: ReleaseRequest, collected: Collected) -> tuple[GateResult, ...]:
        """Ask every gate."""

    async def attest(
        self,
        request: ReleaseRequest,
        collected: Collected,
        gates: tuple[GateResult, ...],
        approvers: tuple[str, ...],
    ) -> Attested:
        """Write what goes beside the approved files and tells how they were released."""

    async def rehearse(
        self, request: ReleaseRequest, collected: Collected, gates: tuple[GateResult, ...]
    ) -> Rehearsal:
        """Say what the later steps would do, and do nothing of it."""

    async def stage(self, request: ReleaseRequest, collected: Collected, attested: Attested) -> Staged:
        """Find a place for the files that nobody else sees."""

    async def upload(
        self,
        request: ReleaseRequest,
        collected: Collected,
        attested: Attested,
        staged: Staged,
        moved: Moved,
    ) -> Uploaded:
        """Make the place, and send the files there."""

    async def verify(
        self,
        request: ReleaseRequest,
        collected: Collected,
        attested: Attested,
        staged: Staged,
        uploaded: Uploaded,
        moved: Moved,
    ) -> Verified:
        """Download and compare them."""

    async def publish(
        self,
        request: ReleaseRequest,
        collected: Collected,
        attested: Attested,
        staged: Staged,
        moved: Moved,
    ) -> Published:
        """Bring the files to the main branch and give it the visibility the manifest asks for."""

    async def settle(self, request: ReleaseRequest, collected: Collected, attested: Attested) -> Settled:
        """Find out whether publishing was done that broke off."""

    async def tag(self, collected: Collected, published: Published) -> None:
        """Tag the version."""

    async def announce(self, collected: Collected) -> None:
        """Put the model into the collections that the manifest names."""

    async def clear(self, staged: Staged, abandoned: bool) -> None:
        """Delete the place that was prepared for the files; ``abandoned`` when publishing was not begun."""

    async def tidy(self, request: ReleaseRequest) -> None:
        """Remove what was fetched."""


async def run(request: ReleaseRequest, world: World, actions: Actions) -> ReleaseOutcome:
    """Carry one release out and say how it ended.

    What the Hub refuses, or cannot do after every retry, ends the release with an outcome; any other
    exception is a mistake in the program and is raised.
    """
    going = Course(world, ReleaseProgress(request.id, request.requester, request.commit), _standing)
    try:
        outcome = await _release(request, going, actions)
    except Ended as ended:
        outcome = ended.outcome
    except (HubError, SourceError) as error:
        outcome = _failed(error, going)
    outcome = await _clean_up(request, going, actions, outcome)
    return await going.end(outcome, _reach(going))


async def _release(request: ReleaseRequest, going: Course, actions: Actions) -> ReleaseOutcome:
    collected = await going.step("collect", actions.collect, request)
    described, _ = manifest_or_problems(collected.manifest)
    if described is not None:
        going.progress = replace(going.progress, hub_id=described.hub_id, version=described.version)
    gates = await going.step("check", actions.check, request, collected)
    going.progress = replace(going.progress, gates=gates, digest=collected.digest)
    going.remark(*(f"{file.path} was written for this release: {file.why}." for file in collected.written))
    if request.dry_run:
        return await _rehearse(request, collected, going, actions)
    if not all(gate.passed for gate in gates if gate.gate != approval.NAME):
        raise Ended(
            Status.REFUSED,
            "Not every gate passed, so nothing was sent to the Hub.",
            "Fix what the gates name, then start the release again.",
        )
    manifest = read_manifest(collected.manifest)
    going.public = manifest.visibility == "public"
    approvers = await _approve(request, collected, manifest, going)
    await going.stop_if_cancelled()
    attested = await going.step("attest", actions.attest, request, collected, going.progress.gates, approvers)
    if attested.unsigned:
        going.remark(f"It is not signed: {attested.unsigned}.")
    if attested.signer:
        going.remark(f"It is signed by {attested.signer}; Sigstore's log says so.")
    await going.stop_if_held()
    staged = await going.step("stage", actions.stage, request, collected, attested)
    going.url, going.staged = staged.url, staged
    await going.stop_if_held()
    uploaded = await going.step("upload", actions.upload, request, collected, attested, staged, going.moved)
    await going.step("verify", actions.verify, request, collected, attested, staged, uploaded, going.moved)
    try:
        published = await going.last_step_to_stop(
            "publish", actions.publish, request, collected, attested, staged, going.moved
        )
    except (HubError, SourceError):
        await _settle(request, collected, attested, going, actions)
        raise
    await going.stop_if_held()
    await going.step("tag", actions.tag, collected, published)
    await _announce(collected, manifest, going, actions)
    seen = "public" if manifest.visibility == "public" else "private, as the manifest asks"
    return ReleaseOutcome(
        Status.PUBLISHED,
        f"{manifest.hub_id} {manifest.version} is {seen}; every file was downloaded again and compared "
        "with what was approved before it went there.",
        commit=published.commit,
        tag=manifest.tag,
    )


async def _settle(
    request: ReleaseRequest, collected: Collected, attested: Attested, going: Course, actions: Actions
) -> None:
    """Find out what became of publishing that failed: it may have been done, and only the answer got lost."""
    with suppress(HubError, SourceError):
        going.settled = await going.world.step("settle", actions.settle, request, collected, attested)


async def _rehearse(
    request: ReleaseRequest, collected: Collected, going: Course, actions: Actions
) -> ReleaseOutcome:
    """Show what a release would do, and end before anything is written on the Hub."""
    gates = going.progress.gates
    rehearsal = await going.world.step("rehearse", actions.rehearse, request, collected, gates)
    message, next_step = verdict_on(rehearsal, gates)
    return ReleaseOutcome(
        Status.REHEARSED,
        f"{message} Nothing was written on the Hub.",
        next_step,
        rehearsal=rehearsal,
    )


async def _approve(
    request: ReleaseRequest, collected: Collected, manifest: Manifest, going: Course
) -> tuple[str, ...]:
    """Wait for the approvals, and give the logins of the people whose word counts."""
    if request.alone:
        if manifest.waivers or request.waivers:
            raise Ended(
                Status.REFUSED,
                "A gate is waived, which only counts when the maintainer who waived it approves; nothing was "
                "sent to the Hub.",
                "Fix what the gate names, or release it on GitHub, where maintainers can approve.",
            )
        await going.go_alone(request.requester, request.alone)
        return ()

    def judged(given: tuple[Approval, ...]) -> GateResult:
        return approval.check(
            Candidate(
                folder=Path(),
                manifest=manifest,
                digest=collected.digest,
                requester=request.asked_by,
                approvals=given,
            )
        )

    given = await going.approval(judged)
    counted = judge(given, requester=request.asked_by, digest=collected.digest, needed=manifest.approvers)
    return counted.approvers


async def _announce(collected: Collected, manifest: Manifest, going: Course, actions: Actions) -> None:
    """Tell of the release where the manifest says; what goes wrong then does not undo it, and is said."""
    await going.enter("announce")
    try:
        await going.world.step("announce", actions.announce, collected)
    except HubError as error:
        going.remark(f"It was not announced everywhere: {error}")
    if manifest.replaces:
        line = f"new_version: {manifest.hub_id}"
        going.remark(f'To lead people here from {manifest.replaces}, add "{line}" to the front of its card.')
    going.leave("announce")


def _failed(error: HubError | SourceError, going: Course) -> ReleaseOutcome:
    return ReleaseOutcome(
        Status.FAILED,
        f"{error.message} {_standing(going)}",
        error.next_step or "Start the release again.",
    )


async def _clean_up(
    request: ReleaseRequest, going: Course, actions: Actions, outcome: ReleaseOutcome
) -> ReleaseOutcome:
    """Leave nothing behind, here and on the Hub, however the release ended; say what could not be removed."""
    staged, abandoned = going.staged, not going.entered("publish")
    if staged is not None and (staged.left or going.entered("upload")):
        try:
            await going.world.step("clear", actions.clear, staged, abandoned)
        except HubError:
            asked = _left_over(staged, abandoned)
            outcome = replace(outcome, next_step=f"{outcome.next_step} {asked}".strip())
    # Should the files here not go, the next start of the service removes them; nobody else has to know.
    with suppress(HubError, SourceError):
        await going.world.step("tidy", actions.tidy, request)
    return outcome


def _left_over(staged: Staged, abandoned: bool) -> str:
    """Say what to delete by hand where a release was prepared, when the Hub would not."""
    if staged.branch and not (staged.is_new and abandoned):
        return f"Delete the branch {staged.branch} of {staged.repository} on the Hub: it is left over."
    where = staged.left or staged.repository
    return f"Delete {where} on the Hub: it is private, was made for this release, and is left over."


def _reach(going: Course) -> Reach:
    if "publish" in going.finished:
        return Reach.PUBLISHED
    if going.progress.current != "publish":
        return Reach.NOTHING
    if going.settled.is_known:
        return Reach.PUBLISHED if going.settled.is_published else Reach.NOTHING
    return Reach.UNCERTAIN


def _standing(going: Course) -> str:
    """Say what is on the Hub now, by the steps that are behind."""
    where = going.progress.hub_id
    if going.url is None:
        return (
            "Nothing was sent to the Hub." if going.progress.current != "stage" else "Nothing was published."
        )
    match _reach(going):
        case Reach.PUBLISHED if "tag" in going.finished:
            return f"{where} is published, verified and tagged."
        case Reach.PUBLISHED:
            return f"{where} is published and verified; only its tag is not known to be there."
        case Reach.UNCERTAIN:
            return f"Publishing {where} was begun, so it may be published by now: look at {going.url}"
    if going.settled.is_known:
        return f"It was not published: {where} was looked at after that."
    if going.staged is not None and going.staged.is_new:
        return f"Nothing was published, and nobody but its owners sees anything of {where}."
    return f"Nothing was published, and the main branch of {where} was not touched."
