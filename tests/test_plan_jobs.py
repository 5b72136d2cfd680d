from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import pytest

from bot.actions import AddLabels
from bot.durable import GaveUpError, Patience
from bot.events import Thread
from bot.installations import Installations
from bot.plan import Plan
from bot.plan_jobs import ROUNDS, PlanJob, PlanJobs

WORDS = AddLabels(
    thread=Thread("octo/models", 7), labels=("model",), reason="it is public", feature="release"
)
ARGUMENT = PlanJob(installation=1, name="release-1/done", plan=Plan(actions=(WORDS,))).model_dump_json()


@dataclass
class Run:
    """A run of a job whose steps fail, one error for each."""

    failures: list[GaveUpError]
    job: str = "job"
    patience: Patience = field(default_factory=Patience)
    steps: int = 0
    slept: int = 0

    async def step(self, name: str, action: Callable[[], Awaitable[str]]) -> str:
        self.steps += 1
        if self.failures:
            raise self.failures.pop(0)
        return ""

    async def sleep(self, seconds: float) -> None:
        self.slept += 1

    async def receive(self, topic: str, seconds: float) -> str | None:
        raise NotImplementedError


async def handle(run: Run) -> None:
    await PlanJobs(cast(Installations, None)).handle(ARGUMENT, run)


async def test_the_words_of_a_release_outlast_an_outage_that_patience_does_not() -> None:
    run = Run([GaveUpError("GitHub is away", transient=True) for _ in range(5)])
    await handle(run)
    assert (run.steps, run.slept) == (6, 5)


async def test_words_that_are_refused_are_not_tried_again() -> None:
    run = Run([GaveUpError("no", transient=False)])
    with pytest.raises(GaveUpError):
        await handle(run)
    assert (run.steps, run.slept) == (1, 0)


async def test_words_that_never_get_through_are_given_up_in_the_end() -> None:
    run = Run([GaveUpError("GitHub is away", transient=True) for _ in range(ROUNDS + 1)])
    with pytest.raises(GaveUpError):
        await handle(run)
    assert run.steps == ROUNDS
