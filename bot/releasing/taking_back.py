"""Run rollbacks and withdrawals on the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Engine as Database

from bot import releases
from bot.durable import Durable, Engine, Job, Queue
from bot.events import Thread
from bot.hub.errors import HubRefused
from bot.hub.taking_back import TakingBack
from bot.hub_tokens import HubTokens
from bot.installations import Installations
from bot.release import rollback, withdrawal
from bot.release.progress import Kind, Reach, ReleaseOutcome, ReleaseProgress, State, Status
from bot.release.rollback import RollbackRequest
from bot.release.taking_back import HubRollback, HubWithdrawal
from bot.release.withdrawal import WithdrawalRequest
from bot.releases import ReleaseRecord
from bot.releasing.world import About, EngineWorld
from bot.transactions import in_transaction

TAKE_BACK = "take_back"
"""The kind of job that takes something back; its argument is a :class:`TakeBackJob`."""

CHANGING = ("restore", "verify", "tag", "hide", "step back", "erase", "mark", "announce")
"""Steps at which something on the Hub may have been changed."""


@dataclass(frozen=True)
class TakeBackJob:
    """What a job that takes something back is about."""

    request: RollbackRequest | WithdrawalRequest
    thread: Thread
    installation: int

    @property
    def about(self) -> About:
        """Say which one it is, and where its words go.

        A repository that is hidden meanwhile, as people hide one that leaked something, stops a release and
        no withdrawal, whose every step makes less public.
        """
        private = self.request.private or isinstance(self.request, WithdrawalRequest)
        return About(self.request.id, private, self.thread, self.installation)


_JOB = TypeAdapter(TakeBackJob)


@dataclass(frozen=True)
class TakeBacks:
    """Carries rollbacks and withdrawals out."""

    database: Database
    engine: Engine
    installations: Installations
    hub: HubTokens
    room: Path
    """Folder for the files that are compared."""

    async def handle(self, argument: str, durable: Durable) -> None:
        """Take something back: the job of kind :data:`TAKE_BACK`."""
        job = _JOB.validate_json(argument)
        request = job.request
        if await in_transaction(self.database, releases.has_ended, request.id):
            return  # it was taken out of the line, or a run that was cut off had said how it ended
        world = EngineWorld(self.database, self.engine, self.installations, job.about, durable)
        try:
            access = await self.hub.access(request.repository, request.hub_id)
        except HubRefused as error:
            await world.report(_without_hub(request, error))
            return
        async with TakingBack(access) as hub:
            match request:
                case RollbackRequest():
                    await rollback.run(request, world, HubRollback(hub, self.room))
                case WithdrawalRequest():
                    await withdrawal.run(request, world, HubWithdrawal(hub))


def job_for(record: ReleaseRecord) -> Job:
    """Name the job that takes something back; the same for the same record."""
    request = _request(record)
    # A withdrawal hides the model at once, whatever else waits in the model's line.
    line = record.hub_id.lower()
    return Job(
        kind=TAKE_BACK,
        id=record.id,
        partition=line if record.kind == Kind.ROLLBACK else f"{line} withdrawal",
        argument=_JOB.dump_json(TakeBackJob(request, record.thread, record.installation)).decode(),
        queue=Queue.RELEASES,
    )


def lost(record: ReleaseRecord) -> ReleaseProgress:
    """Give the end of what was being taken back when its job broke, saying no more than is known."""
    progress = _request(record).progress
    known = any(step.name == record.step for step in progress.steps)
    changing = known and record.step in CHANGING
    said = f"An internal error stopped it at the step “{record.step}”."
    if changing:
        said += f" What became of {record.hub_id} is not certain: look at it on the Hub."
    outcome = ReleaseOutcome(
        Status.FAILED,
        said,
        f"Tell who runs this bot its id, {record.id}; then ask for it again.",
        hub_id=record.hub_id,
        reach=Reach.UNCERTAIN if changing else Reach.NOTHING,
    )
    return (progress.at(record.step, State.RUNNING) if known else progress).ended(outcome)


def _request(record: ReleaseRecord) -> RollbackRequest | WithdrawalRequest:
    if record.kind == Kind.ROLLBACK:
        return RollbackRequest(
            record.id,
            record.repository,
            record.hub_id,
            record.version,
            record.requester,
            record.requester_account,
            record.private,
            record.approvers,
        )
    return WithdrawalRequest(
        record.id,
        record.repository,
        record.hub_id,
        tuple(record.version.split(",")),
        record.requester,
        record.requester_account,
        record.private,
    )


def _without_hub(request: RollbackRequest | WithdrawalRequest, why: HubRefused) -> ReleaseProgress:
    """Say that this service cannot change the model on the Hub."""
    outcome = ReleaseOutcome(Status.FAILED, f"{why.message} Nothing was changed.", why.next_step)
    return request.progress.ended(outcome)
