"""What the workflows of a release have in common: steps that are remembered, shown, and stopped by people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import ParamSpec, Protocol, TypeVar

from bot.hub.errors import HubUnavailable
from bot.hub.jobs import Settled, Staged
from bot.release.approvals import Approval
from bot.release.gates import approval
from bot.release.gates.results import GateResult, Outcome
from bot.release.progress import GOOD_ENDS, Reach, ReleaseOutcome, ReleaseProgress, State, Status
from bot.release.request import Decision, DecisionKind
from bot.release.sources import SourceUnavailable

APPROVAL_SECONDS = 14 * 24 * 3600.0
"""How long a release waits for each decision before it expires."""

TRANSIENT = (HubUnavailable, SourceUnavailable)
"""The exceptions of a step that are worth another try; every other one is final."""

P = ParamSpec("P")
T = TypeVar("T")
Moved = Callable[[int, int], None]
"""Told the bytes that went through and the bytes in all."""


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


class Ended(Exception):
    """Leave the release early, with its outcome."""

    def __init__(self, status: Status, message: str, next_step: str = "") -> None:
        self.outcome = ReleaseOutcome(status, message, next_step)
        super().__init__(message)


@dataclass
class Course:
    """Keep the progress of a running workflow, show each change, and listen to what people decide."""

    world: World
    progress: ReleaseProgress
    standing: Callable[[Course], str]
    """Says in a sentence what is on the Hub now, by the steps that are behind."""
    public: bool = True
    url: str | None = None
    """The model's page, once there is one."""
    staged: Staged | None = None
    """Where a release is prepared, once that is known."""
    settled: Settled = field(default_factory=lambda: Settled(is_known=False))
    """What became of publishing that broke off, once that was found out."""
    finished: list[str] = field(default_factory=list)

    async def step(
        self, name: str, action: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a step, and show that it goes on and that it is done."""
        await self.enter(name)
        result = await self.world.step(name, action, *args, **kwargs)
        self.leave(name)
        return result

    async def last_step_to_stop(
        self, name: str, action: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the step after which there is no stopping.

        Once it is shown that it goes on, people who cancel are told that it is too late; whoever did before
        that is heard here, and the step is not begun.
        """
        await self.enter(name)
        self.progress = self.progress.at(name, State.WAITING)
        await self.stop_if_held()
        await self.stop_if_cancelled()
        self.progress = self.progress.at(name, State.RUNNING)
        result = await self.world.step(name, action, *args, **kwargs)
        self.leave(name)
        return result

    async def enter(self, name: str) -> None:
        """Show that a step goes on."""
        self.progress = replace(self.progress.at(name, State.RUNNING), done_bytes=0, total_bytes=0)
        await self.world.report(self.progress)

    def entered(self, name: str) -> bool:
        """Tell whether a step was begun."""
        return any(step.name == name and step.state is not State.WAITING for step in self.progress.steps)

    def leave(self, name: str) -> None:
        """Note that a step is done."""
        self.finished.append(name)
        self.progress = self.progress.at(name, State.DONE)

    def remark(self, *sentences: str) -> None:
        """Note what people should know, from now on and at the end."""
        self.progress = replace(self.progress, remarks=(*self.progress.remarks, *sentences))

    def moved(self, done: int, total: int) -> None:
        """Show how many bytes of a transfer are done."""
        self.progress = replace(self.progress, done_bytes=done, total_bytes=total)
        self.world.glimpse(self.progress)

    async def approval(
        self,
        judged: Callable[[tuple[Approval, ...]], GateResult],
        nothing: str = "nothing was sent to the Hub",
    ) -> tuple[Approval, ...]:
        """Wait until ``judged`` lets the approvals given so far pass, and give them.

        Raises Ended when somebody cancels, and when nobody decides in time; ``nothing`` ends the sentence.
        """
        given: tuple[Approval, ...] = ()
        self.progress = self.progress.at("approve", State.RUNNING)
        while True:
            result = judged(given)
            others = tuple(gate for gate in self.progress.gates if gate.gate != result.gate)
            self.progress = replace(self.progress, gates=(*others, result))
            if result.passed:
                self.leave("approve")
                return given
            await self.world.report(self.progress)
            decision = await self.world.next_decision(APPROVAL_SECONDS)
            if decision is None:
                raise Ended(
                    Status.EXPIRED,
                    f"Nobody decided in time, so {nothing}.",
                    "Start it again when somebody can approve it.",
                )
            if decision.kind is DecisionKind.CANCEL:
                raise Ended(Status.CANCELLED, f"{decision.login} cancelled it; {nothing}.")
            given += (Approval(decision.login, decision.permission, decision.digest, decision.account),)

    async def go_alone(self, requester: str, reason: str) -> None:
        """Note that the one who asked does without a second person, which is a waiver and said as one."""
        said = f"{requester} does it without a second person: {reason}"
        result = GateResult(approval.NAME, Outcome.WAIVED, (said,))
        others = tuple(gate for gate in self.progress.gates if gate.gate != approval.NAME)
        self.progress = replace(self.progress, gates=(*others, result))
        self.leave("approve")
        await self.world.report(self.progress)

    async def end(self, outcome: ReleaseOutcome, reach: Reach) -> ReleaseOutcome:
        """Show how it ended, with what is known of the model by then; give the outcome with all of that.

        Whoever cancelled when it was too late is answered then.
        """
        if outcome.status in GOOD_ENDS:
            late = [one.login async for one in self._decided() if one.kind is DecisionKind.CANCEL]
            way_back = "; to take it back, comment /rollback-release" * (outcome.status is Status.PUBLISHED)
            self.remark(*(f"{login} cancelled it when that was too late{way_back}." for login in late))
        known = replace(
            outcome,
            hub_id=self.progress.hub_id,
            url=self.url,
            gates=self.progress.gates,
            reach=reach,
            public=self.public,
        )
        await self.world.report(self.progress.ended(known))
        return known

    async def stop_if_cancelled(self) -> None:
        """Honour a cancellation that came while a step was busy."""
        async for decision in self._decided():
            if decision.kind is DecisionKind.CANCEL:
                raise Ended(Status.CANCELLED, f"{decision.login} cancelled it. {self.standing(self)}")

    async def _decided(self) -> AsyncIterator[Decision]:
        """Give the decisions that nobody has looked at yet."""
        while (decision := await self.world.next_decision(0)) is not None:
            yield decision

    async def stop_if_held(self) -> None:
        """Send nothing more once something forbids it, also when it came after the start."""
        if reason := await self.world.held():
            raise Ended(
                Status.HELD, f"{reason} {self.standing(self)}", "Start it again when that has changed."
            )
