"""Apply a plan in its thread's own line, so that it cannot race the thread's events."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from bot.durable import Durable, GaveUpError
from bot.installations import Installations
from bot.plan import Plan

logger = logging.getLogger(__name__)

PLAN = "plan"
"""The kind of job that applies a plan; its argument is a :class:`PlanJob`."""

ROUNDS = 72
"""How often patience may run out before what may pass is given up; about three days, for nobody but this
job knows the words it carries, such as those about a release that is public."""

PAUSE = 300.0
"""Seconds between two rounds."""


class PlanJob(BaseModel):
    """A plan, the name it goes by in the audit, and the installation it is for."""

    model_config = ConfigDict(frozen=True)

    installation: int
    name: str
    plan: Plan


@dataclass(frozen=True)
class PlanJobs:
    """Applies plans that did not come from a delivery."""

    installation: Installations

    async def handle(self, argument: str, durable: Durable) -> None:
        """Apply one plan: the job of kind :data:`PLAN`."""
        job = PlanJob.model_validate_json(argument)

        async def apply() -> str:
            dry = await self.installation.why_dry(job.installation, job.plan.actions[0].repository)
            applier = self.installation(job.installation).applier
            return (await applier.apply(job.plan, job.name, dry_run=dry is not None)).model_dump_json()

        for number in range(1, ROUNDS + 1):
            try:
                await durable.step("apply", apply)
                return
            except GaveUpError as error:
                where = job.plan.actions[0].place
                if not error.transient or number == ROUNDS:
                    logger.error("%s: the words for %s could not be posted", job.name, where)
                    raise
                logger.warning("%s: the words for %s have to wait: %s", job.name, where, error)
            await durable.sleep(PAUSE)
