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

from bot.hub import staging
from bot.hub.errors import HubError
from bot.hub.jobs import Published, Staged, Uploaded, Verified
from bot.release.approvals import Approval
from bot.release.course import Course, Ended, World
from bot.release.gates import approval
from bot.release.gates.results import Candidate, GateResult
from bot.release.manifest import Manifest, read_manifest
from bot.release.progress import Reach, ReleaseOutcome, ReleaseProgress, State, Status
from bot.release.request import Collected, ReleaseRequest
from bot.release.sources import SourceError

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


async def run(request: ReleaseRequest, world: World, actions: Actions) -> ReleaseOutcome:
    """Carry one release out and say how it ended.

    What the Hub refuses, or cannot do after every retry, ends the release with an outcome; any other
    exception is a mistake in the program and is raised.
    """
    going = Course(world, ReleaseProgress(request.id, request.requester, request.commit), _standing)
    try:
        outcome = await _release(request, going, actions)
    except Ended as ended:
        outcome = replace(ended.outcome, hub_id=going.progress.hub_id, url=going.url)
    except (HubError, SourceError) as error:
        outcome = _failed(error, going)
    outcome = await _clean_up(request, going, actions, outcome)
    final = replace(outcome, gates=going.progress.gates, reach=_reach(going), public=going.public)
    if final.status is Status.PUBLISHED:
        going.progress = going.progress.at("announce", State.DONE)
    await world.report(going.progress.ended(final))
    return final


async def _release(request: ReleaseRequest, going: Course, actions: Actions) -> ReleaseOutcome:
    collected = await going.step("collect", actions.collect, request)
    gates = await going.step("check", actions.check, request, collected)
    going.progress = replace(going.progress, gates=gates, digest=collected.digest)
    if not all(gate.passed for gate in gates if gate.gate != approval.NAME):
        raise Ended(
            Status.REFUSED,
            "Not every gate passed, so nothing was sent to the Hub.",
            "Fix what the gates name, then start the release again.",
        )
    manifest = read_manifest(collected.manifest)
    going.progress = replace(going.progress, hub_id=manifest.hub_id, version=manifest.version)
    going.public = manifest.visibility == "public"
    await _approve(request, collected, manifest, going)
    await going.stop_if_cancelled()
    await going.stop_if_held()
    staged = await going.step("stage", actions.stage, request, collected)
    going.url = staged.url
    await going.stop_if_held()
    uploaded = await going.step("upload", actions.upload, request, collected, staged, going.moved)
    await going.step("verify", actions.verify, request, collected, staged, uploaded, going.moved)
    await going.stop_if_cancelled()
    await going.stop_if_held()
    published = await going.step("publish", actions.publish, request, collected, staged, going.moved)
    await going.stop_if_held()
    await going.step("tag", actions.tag, collected, published)
    seen = "public" if manifest.visibility == "public" else "private, as the manifest asks"
    return ReleaseOutcome(
        Status.PUBLISHED,
        f"{manifest.hub_id} {manifest.version} is {seen}; every file was downloaded again and compared "
        "with what was approved before it went there.",
        hub_id=manifest.hub_id,
        url=staged.url,
        commit=published.commit,
        tag=manifest.tag,
    )


async def _approve(request: ReleaseRequest, collected: Collected, manifest: Manifest, going: Course) -> None:
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

    await going.approval(judged)


def _failed(error: HubError | SourceError, going: Course) -> ReleaseOutcome:
    return ReleaseOutcome(
        Status.FAILED,
        f"{error.message} {_standing(going)}",
        error.next_step or "Start the release again.",
        hub_id=going.progress.hub_id,
        url=going.url,
    )


async def _clean_up(
    request: ReleaseRequest, going: Course, actions: Actions, outcome: ReleaseOutcome
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


def _reach(going: Course) -> Reach:
    if "publish" in going.finished:
        return Reach.PUBLISHED
    # A step that failed may have been done all the same, when only the Hub's answer got lost.
    return Reach.UNCERTAIN if going.progress.current == "publish" else Reach.NOTHING


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
    return f"Nothing was published, and {where} was not touched."
