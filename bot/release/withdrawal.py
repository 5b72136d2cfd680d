"""Withdrawing versions that must not be out there, as a plain function that can be killed anywhere.

The model is made private at once, on the word of the one who asks; what is deleted for good needs another
person's. Nothing but the versions that were named is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from bot.hub.errors import HubError
from bot.hub.jobs import Published
from bot.hub.staging import OPENING_AGAIN
from bot.hub.ways_back import Hidden, Leak
from bot.release.approvals import Approval, Person
from bot.release.consent import consent
from bot.release.course import Course, Ended, World
from bot.release.gates.results import GateResult
from bot.release.progress import Kind, Reach, ReleaseOutcome, ReleaseProgress, State, Status, Step

STEPS = ("hide", "look", "approve", "step back", "erase", "mark", "announce")
"""Every step of a withdrawal, in its order."""
SHOWN = 5
"""Files that are named of each kind, at most."""


@dataclass(frozen=True)
class WithdrawalRequest:
    """Say which versions of which model are withdrawn.

    The fields are those of a :class:`~bot.release.rollback.RollbackRequest`.
    """

    id: str
    repository: str
    hub_id: str
    versions: tuple[str, ...]
    requester: str
    requester_account: int = 0
    private: bool = False

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
            version=", ".join(self.versions),
            steps=tuple(Step(name) for name in STEPS),
            kind=Kind.WITHDRAWAL,
        )


class Actions(Protocol):
    """Do the work of the steps. Each may be repeated; failures are HubError."""

    async def hide(self, request: WithdrawalRequest) -> Hidden:
        """Make the model private."""

    async def look(self, request: WithdrawalRequest) -> Leak:
        """Find what deleting the versions for good comes to."""

    async def step_back(self, request: WithdrawalRequest, leak: Leak) -> Published:
        """Give the main branch a version that is not withdrawn, or no files."""

    async def erase(self, request: WithdrawalRequest, leak: Leak) -> Published:
        """Delete for good."""

    async def mark(self, request: WithdrawalRequest, leak: Leak, erased: Published) -> None:
        """Tag what the main branch went back to, so that it is a version again; drop the withdrawn tags."""


async def run(request: WithdrawalRequest, world: World, actions: Actions) -> ReleaseOutcome:
    """Withdraw versions and say how it ended; failures end it as they end a release."""
    going = Course(world, request.progress, _standing, public=False)
    try:
        outcome = await _withdraw(request, going, actions)
    except Ended as ended:
        outcome = ended.outcome
        if outcome.status in (Status.CANCELLED, Status.EXPIRED):
            outcome = replace(outcome, next_step=_open_again(request))
    except HubError as error:
        next_step = error.next_step or "Ask for it again with /withdraw-release."
        outcome = ReleaseOutcome(Status.FAILED, f"{error.message} {_standing(going)}", next_step)
    if outcome.status is Status.WITHDRAWN:
        going.progress = going.progress.at("announce", State.DONE)
    return await going.end(outcome, _reach(going))


async def _withdraw(request: WithdrawalRequest, going: Course, actions: Actions) -> ReleaseOutcome:
    await going.stop_if_held()
    hidden = await going.step("hide", actions.hide, request)
    going.url = hidden.url
    leak = await going.step("look", actions.look, request)
    going.progress = replace(going.progress, digest=leak.digest, plan=planned(leak))

    def judged(given: tuple[Approval, ...]) -> GateResult:
        return consent(given, requester=request.asked_by, digest=leak.digest, needed=1, maintainers=True)

    await going.approval(judged, f"nothing was deleted, and {request.hub_id} is private")
    await going.last_step_to_stop("step back", actions.step_back, request, leak)
    erased = await going.step("erase", actions.erase, request, leak)
    await going.step("mark", actions.mark, request, leak, erased)
    return ReleaseOutcome(
        Status.WITHDRAWN,
        f"Of {request.hub_id} {_gone(leak)} deleted for good, and the model is private. "
        f"{' '.join(remains(leak))}",
        _open_again(request),
        commit=erased.commit,
        tag=leak.mark or None,
        left=tuple(sorted(leak.versions)),
    )


def planned(leak: Leak) -> tuple[str, ...]:
    """Say in sentences what approving it deletes, and what stays all the same."""
    names = ", ".join(sorted(leak.versions))
    held = f", and the large files that nothing else holds: {_named(leak.doomed)}" if leak.doomed else ""
    lines = [f"Deleted for good: the {_tags(leak)} {names}{held}."]
    if leak.back_to:
        lines.append(f"The main branch holds one of them now, and gets the files of {leak.back_to}.")
    elif leak.empties:
        lines.append("The main branch holds one of them now, there is none before it, and it is left empty.")
    if leak.squashes:
        lines.append("The history of the main branch is replaced by one commit, which cannot be undone.")
    return (*lines, *remains(leak))


def remains(leak: Leak) -> tuple[str, ...]:
    """Say in sentences what deleting for good does not delete."""
    lines = []
    if leak.shared:
        lines.append(f"Large files that something else holds too stay: {_listed(leak.shared)}.")
    if leak.small and not leak.squashes:
        lines.append(
            f"Small files stay in the history that later versions, branches or pull requests stand on, for "
            f"everybody who may see the model: {_listed(leak.small)}."
        )
    elif leak.small:
        lines.append(
            "Nothing leads to their small files any more, but the Hub may give out a commit by its id until "
            f"it cleans up: {_listed(leak.small)}."
        )
    if not leak.squashes:
        lines.append("The names, sizes and SHA-256 of the deleted files stay in the history.")
    return (*lines, "Nobody can take back what was downloaded while it was public: replace leaked secrets.")


def _gone(leak: Leak) -> str:
    """Say what was deleted, with its verb."""
    names, count = ", ".join(sorted(leak.versions)), len(leak.doomed)
    if count == 0:
        return f"the {_tags(leak)} {names} {'is' if len(leak.versions) == 1 else 'are'}"
    files = "1 large file" if count == 1 else f"{count} large files"
    return f"the {_tags(leak)} {names} and {files} that nothing else holds are"


def _tags(leak: Leak) -> str:
    return "tag" if len(leak.versions) == 1 else "tags"


def _named(files: tuple[object, ...]) -> str:
    return _listed(tuple(str(getattr(file, "path", file)) for file in files)) or "none"


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more


def _open_again(request: WithdrawalRequest) -> str:
    return f"{request.hub_id} stays private, and no release makes it public again by itself. {OPENING_AGAIN}"


def _reach(going: Course) -> Reach:
    if "erase" in going.finished:
        return Reach.PUBLISHED
    begun = going.progress.current in ("step back", "erase") or "step back" in going.finished
    return Reach.UNCERTAIN if begun else Reach.NOTHING


def _standing(going: Course) -> str:
    where = going.progress.hub_id
    if "hide" not in going.finished:
        if going.progress.current == "hide":
            return f"Whether {where} is private is not certain: look at it on the Hub, and make it so there."
        return f"{where} was not touched, and is as public as it was."
    match _reach(going):
        case Reach.NOTHING:
            return f"{where} is private; nothing was deleted."
        case Reach.UNCERTAIN:
            return f"{where} is private; deleting was begun, and what is gone already is not certain."
    return f"{where} is private, and the files are deleted; tags of the versions may still be there."
