"""Going back to an earlier version, as a plain function that can be killed anywhere and goes on.

Like the release itself it decides only by what its steps return and which decisions arrive.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from bot.hub.errors import HubError
from bot.hub.jobs import Published, Verified
from bot.hub.ways_back import WayBack
from bot.release.approvals import Approval, Person
from bot.release.consent import consent
from bot.release.course import Course, Ended, Moved, World
from bot.release.gates.results import GateResult
from bot.release.progress import Kind, Reach, ReleaseOutcome, ReleaseProgress, State, Status, Step

STEPS = ("look", "approve", "restore", "verify", "tag", "announce")
"""Every step of going back, in its order."""


@dataclass(frozen=True)
class RollbackRequest:
    """Say which model goes back, to which version: the one before the current one when that is empty.

    ``repository`` (owner/name) is where it was asked for, ``approvers`` how many people have to agree besides
    who asked. The other fields are those of a :class:`~bot.release.request.ReleaseRequest`.
    """

    id: str
    repository: str
    hub_id: str
    version: str
    requester: str
    requester_account: int = 0
    private: bool = False
    approvers: int = 1
    alone: str = ""
    """Why it is done without a second person; only the command line lets somebody say so."""

    @property
    def asked_by(self) -> Person:
        """Say who asked for it."""
        return Person(self.requester, self.requester_account)

    @property
    def progress(self) -> ReleaseProgress:
        """Show that nothing has been done yet."""
        return ReleaseProgress(
            self.id,
            self.requester,
            "",
            hub_id=self.hub_id,
            version=self.version or None,
            steps=tuple(Step(name) for name in STEPS),
            kind=Kind.ROLLBACK,
        )


class Actions(Protocol):
    """Do the work of the steps. Each may be repeated; failures are HubError."""

    async def look(self, request: RollbackRequest) -> WayBack:
        """Find the way back."""

    async def restore(self, request: RollbackRequest, way: WayBack) -> Published:
        """Give the main branch the earlier version's files in one commit."""

    async def verify(
        self, request: RollbackRequest, way: WayBack, restored: Published, moved: Moved
    ) -> Verified:
        """Download and compare them."""

    async def tag(self, request: RollbackRequest, way: WayBack, restored: Published) -> None:
        """Move the version's tag to the new commit."""

    async def tidy(self, request: RollbackRequest) -> None:
        """Remove what was downloaded."""


async def run(request: RollbackRequest, world: World, actions: Actions) -> ReleaseOutcome:
    """Take a model back and say how it ended; failures end it as they end a release."""
    going = Course(world, request.progress, _standing)
    try:
        outcome = await _go_back(request, going, actions)
    except Ended as ended:
        outcome = ended.outcome
    except HubError as error:
        next_step = error.next_step or "Ask for it again with /rollback-release."
        outcome = ReleaseOutcome(Status.FAILED, f"{error.message} {_standing(going)}", next_step)
    # What is left here the next start of the service removes; nobody else has to know.
    with suppress(HubError):
        await world.step("announce", actions.tidy, request)
    if outcome.status is Status.ROLLED_BACK:
        going.progress = going.progress.at("announce", State.DONE)
    return await going.end(outcome, _reach(going))


async def _go_back(request: RollbackRequest, going: Course, actions: Actions) -> ReleaseOutcome:
    way = await going.step("look", actions.look, request)
    going.url, going.public = way.url, way.public
    version = way.tag.removeprefix("v")
    going.progress = replace(going.progress, version=version, digest=way.digest, plan=planned(way))

    def judged(given: tuple[Approval, ...]) -> GateResult:
        return consent(given, requester=request.asked_by, digest=way.digest, needed=request.approvers)

    if request.alone:
        await going.go_alone(request.requester, request.alone)
    else:
        await going.approval(judged, f"{request.hub_id} was not touched")
    restored = await going.last_step_to_stop("restore", actions.restore, request, way)
    await going.step("verify", actions.verify, request, way, restored, going.moved)
    await going.stop_if_held()
    await going.step("tag", actions.tag, request, way, restored)
    forward = f"/rollback-release {way.current.removeprefix('v')}"
    return ReleaseOutcome(
        Status.ROLLED_BACK,
        f"{request.hub_id} is back at {version}, in one commit; nothing was taken out of its history. Every "
        f"file was downloaded again and compared with what {way.tag} held. The tag {way.tag} moved to that "
        "commit.",
        f"To go forward again, comment {forward}" if way.current else "",
        commit=restored.commit,
        tag=way.tag,
        left=(way.current,) if way.current else (),
    )


def planned(way: WayBack) -> tuple[str, ...]:
    """Say in sentences what going back comes to."""
    now = f"{way.current} at {way.head[:12]}" if way.current else f"{way.head[:12]}, which is no version"
    changed, removed = len(way.changed), len(way.removed)
    return (
        f"The main branch goes from {now} to the files of {way.tag} ({way.old[:12]}), in one new commit.",
        f"Of its {len(way.files)} files {changed} differ from those that are there now, and {removed} of "
        f"those {'goes' if removed == 1 else 'go'}.",
        f"The tag {way.tag} moves to the new commit, which has the same files. The history and every other "
        "tag stay.",
    )


def _reach(going: Course) -> Reach:
    if "restore" in going.finished:
        return Reach.PUBLISHED
    # A step that failed may have been done all the same, when only the Hub's answer got lost.
    return Reach.UNCERTAIN if going.progress.current == "restore" else Reach.NOTHING


def _standing(going: Course) -> str:
    where, version = going.progress.hub_id, going.progress.version
    if _reach(going) is Reach.NOTHING:
        return f"{where} was not touched."
    if _reach(going) is Reach.UNCERTAIN:
        return f"Going back was begun, so {where} may hold {version} by now: look at {going.url}"
    if "verify" not in going.finished:
        return (
            f"{where} has the files of {version} by the hashes the Hub declares, but not all of them were "
            "downloaded and compared. What it held before is the commit below in its history."
        )
    if "tag" not in going.finished:
        return (
            f"{where} is back at {version}, and verified; only its tag v{version} may be missing or still "
            "stand on the earlier commit."
        )
    return f"{where} is back at {version}, verified and tagged."
