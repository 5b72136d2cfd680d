"""See one delivery through: from the inbox, past the features, to its last action."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import decisions, learning, own_events, store, timers
from bot.dispatch import Decision, Dispatcher, Earlier
from bot.durable import Durable, GaveUpError, patiently
from bot.events import Event, MalformedPayloadError, read_event
from bot.installations import Installation
from bot.plan import Plan
from bot.store import OVER, Delivery
from bot.transactions import in_transaction
from bot.unit_of_work import UnitOfWork

DELIVERY = "delivery"
"""The kind of job that handles a delivery; its argument is the GUID."""

LONG = 5_000
"""Characters of a comment, or of what it was before an edit, that are read off the event loop."""

LOOKS = 3
"""How often a place is looked for before it counts as gone: GitHub may know what it just made only a moment
later (REST "Best practices": replicas lag)."""


@dataclass(frozen=True)
class Deliveries:
    """Handles deliveries; a job that is run again after a crash does nothing twice.

    Nothing of it is a step that the engine remembers: what was decided, and what was begun and done about
    it, is kept with the delivery, and each commit holds all that belongs together.
    """

    database: Database
    dispatcher: Dispatcher
    installation: Callable[[int], Installation]

    async def handle(self, guid: str, durable: Durable) -> None:
        """Handle one delivery: the job of kind :data:`DELIVERY`."""
        delivery, decided = await in_transaction(self.database, _begin, guid, durable.job)
        if delivery.status in OVER:
            return  # an earlier run ended it, and was cut off before it could end the job
        run = _Run(durable, UnitOfWork(self.database), decided)
        await self._see_through(delivery, run)
        if run.decided:
            run.unit.add(decisions.forget, durable.job)
        await run.unit.commit()

    async def _see_through(self, delivery: Delivery, run: _Run) -> None:
        """Do what a delivery asks for, and note how it ended; that is left to be committed."""
        guid, end = delivery.guid, run.unit.add
        try:
            event = read_event(delivery.event, guid, delivery.body)
        except MalformedPayloadError as error:
            end(store.mark_dead, guid, f"not as GitHub documents it: {error}")
            return
        if event.installation is not None:
            self.installation(event.installation).notice(event)
            await learning.notice(self.database, event)
        if event.installation is not None and event.ends_suspension:
            end(timers.ring_again, event.installation)
        if event.installation is not None and event.new_repositories:
            end(own_events.announce_repositories, guid, event.installation, event.new_repositories)
            end(store.mark_handled, guid)
            return
        if takes_long(event):
            # A stranger's comment may take a second to read; the other deliveries shall not wait for it.
            await asyncio.to_thread(self.dispatcher.may_ask, event)
        if event.installation is None or not self.dispatcher.concerns(event):
            end(store.mark_ignored, guid)
            return
        if event.payload.repository is None:
            why = f"not as GitHub documents it: {event.name} payload, field repository is missing"
            end(store.mark_dead, guid, why)
            return
        try:
            outcome = await self._work(event, delivery.failed_features or None, run)
        except GaveUpError as error:
            end(store.mark_dead, guid, str(error))
            return
        if outcome.failed:
            why = "; ".join(f"{feature}: {message}" for feature, message in outcome.failed.items())
            end(store.mark_dead, guid, why, list(outcome.failed))
        elif outcome.gone:
            end(store.mark_ignored, guid, f"cannot be reached any more: {outcome.gone}")
        else:
            end(store.mark_handled, guid, "; ".join(outcome.refused) or None)

    async def _work(self, event: Event, only: Sequence[str] | None, run: _Run) -> _WorkOutcome:
        """Decide and apply until no feature waits for GitHub to come back."""
        outcome, durable = _WorkOutcome({}, "", []), run.durable
        earlier = Earlier(only=tuple(only) if only else None)
        if self.dispatcher.may_ask(event):
            await patiently(durable, "receipt", partial(self._acknowledge, event, run))
        for attempt in range(1, durable.patience.attempts + 1):
            decision = run.decided.get(attempt)
            if decision is None:
                decision = await patiently(durable, "decide", partial(self._decide, event, earlier))
                run.keep(attempt, decision)
            await self._apply(event, decision.plan, decision.dry_run, outcome, run)
            for failure in decision.failures:
                if failure.gone:
                    outcome.gone = failure.message
                elif not failure.transient:
                    outcome.failed[failure.feature] = failure.message
            waiting = {failure.feature: failure for failure in decision.failures if failure.transient}
            if not waiting:
                break
            earlier = Earlier(
                only=tuple(waiting), answered=decision.answered, well=decision.well and outcome.well
            )
            if attempt == durable.patience.attempts:
                outcome.failed |= {name: failure.message for name, failure in waiting.items()}
                plan = await patiently(durable, "give up", partial(self._give_up, event, earlier))
                await self._apply(event, plan, decision.dry_run, outcome, run)
                break
            asked = max(failure.retry_after or 0.0 for failure in waiting.values())
            await (
                run.unit.commit()
            )  # the wait may be long, and what was done is not to be looked for after it
            await durable.sleep(durable.patience.wait(attempt, asked))
        return outcome

    async def _acknowledge(self, event: Event, run: _Run) -> None:
        installation = self.installation(event.installation or 0)
        config = await installation.configs.config(event.repository)
        receipt = self.dispatcher.receipt(event, config)
        if receipt.actions:
            await installation.applier.apply(receipt, event.guid, dry_run=config.dry_run, unit=run.unit)

    async def _decide(self, event: Event, earlier: Earlier) -> Decision:
        installation = self.installation(event.installation or 0)
        config = await installation.configs.config(event.repository)
        return await self.dispatcher.decide(event, config, installation.reader, earlier)

    async def _give_up(self, event: Event, earlier: Earlier) -> Plan:
        config = await self.installation(event.installation or 0).configs.config(event.repository)
        return self.dispatcher.give_up(event, config, earlier.answered)

    async def _apply(self, event: Event, plan: Plan, dry_run: bool, outcome: _WorkOutcome, run: _Run) -> None:
        """Apply a plan, and take what came of it into the outcome."""
        if not plan.actions:
            return
        applier = self.installation(event.installation or 0).applier
        apply = partial(
            applier.apply,
            plan,
            event.guid,
            opened_with=event.opened_with,
            nodes=event.nodes,
            dry_run=dry_run,
            unit=run.unit,
        )
        for look in range(1, LOOKS + 1):
            applied = await patiently(run.durable, "apply", apply)
            if not applied.gone or look == LOOKS:
                break
            await run.durable.sleep(run.durable.patience.wait(look, None))
        outcome.gone = outcome.gone or applied.gone
        outcome.refused += applied.refused
        outcome.well = outcome.well and applied.well


def takes_long(event: Event) -> bool:
    """Tell whether the commands of an event may take a while to read, those from before an edit included."""
    payload = event.payload
    before = payload.changes.body.source if payload.changes and payload.changes.body else ""
    return payload.comment is not None and max(len(payload.comment.body), len(before)) > LONG


@dataclass(frozen=True)
class _Run:
    """One run of a delivery's job: the engine, what it writes, and what was decided so far, by attempt."""

    durable: Durable
    unit: UnitOfWork
    decided: dict[int, Decision]

    def keep(self, attempt: int, decision: Decision) -> None:
        """Keep a decision together with the first thing that is done about it, if there is any.

        One that has others wait is kept as well: without it, a job that is run again would ask them as if
        for the first time, and never come to what was decided after the wait.
        """
        if decision.plan.actions or decision.failures:
            self.unit.add(decisions.keep, self.durable.job, attempt, decision.model_dump_json())
            self.decided[attempt] = decision


@dataclass
class _WorkOutcome:
    """The features that failed for good, why the place cannot be reached, and what GitHub refused.

    ``well`` says that nothing a person asked for was refused.
    """

    failed: dict[str, str]
    gone: str
    refused: list[str]
    well: bool = True


def _begin(session: Session, guid: str, job: str) -> tuple[Delivery, dict[int, Decision]]:
    delivery = store.find_delivery(session, guid)
    if delivery is None:
        raise LookupError(f"delivery {guid} is not in the inbox")
    if delivery.status in OVER:
        return delivery, {}
    kept = decisions.kept(session, job) if delivery.attempts else {}
    store.mark_attempted(session, guid)
    return delivery, {attempt: Decision.model_validate_json(one) for attempt, one in kept.items()}
