"""See one delivery through: from the inbox, past the features, to its last action."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine as Database
from sqlmodel import Session

from bot import learning, own_events, store
from bot.apply import Applied
from bot.dispatch import Decision, Dispatcher, Earlier
from bot.durable import Durable, GaveUpError
from bot.events import Event, MalformedPayloadError, read_event
from bot.installations import Installation
from bot.plan import Plan
from bot.store import Delivery, in_transaction

DELIVERY = "delivery"
"""The kind of job that handles a delivery; its argument is the GUID."""

LONG = 5_000
"""Characters of a comment that is read off the event loop."""

LOOKS = 3
"""How often a place is looked for before it counts as gone: GitHub may know what it just made only a moment
later (REST "Best practices": replicas lag)."""


@dataclass(frozen=True)
class Deliveries:
    """Handles deliveries; every step may be repeated after a crash without doing anything twice."""

    database: Database
    dispatcher: Dispatcher
    installation: Callable[[int], Installation]

    async def handle(self, guid: str, durable: Durable) -> None:
        """Handle one delivery: the job of kind :data:`DELIVERY`."""
        delivery = await in_transaction(self.database, _load, guid)
        try:
            event = read_event(delivery.event, guid, delivery.body)
        except MalformedPayloadError as error:
            await in_transaction(self.database, store.mark_dead, guid, f"not as GitHub documents it: {error}")
            return
        if event.installation is not None:
            self.installation(event.installation).notice(event)
            await learning.notice(self.database, event)
        if event.installation is not None and event.new_repositories:
            added = event.new_repositories
            await in_transaction(
                self.database, own_events.announce_repositories, guid, event.installation, added
            )
            await in_transaction(self.database, store.mark_handled, guid)
            return
        if event.payload.comment is not None and len(event.payload.comment.body) > LONG:
            # A stranger's comment may take a second to read; the other deliveries shall not wait for it.
            await asyncio.to_thread(self.dispatcher.may_ask, event)
        if event.installation is None or not self.dispatcher.concerns(event):
            await in_transaction(self.database, store.mark_ignored, guid)
            return
        if event.payload.repository is None:
            why = f"not as GitHub documents it: {event.name} payload, field repository is missing"
            await in_transaction(self.database, store.mark_dead, guid, why)
            return
        try:
            outcome = await self._work(event, delivery.failed_features or None, durable)
        except GaveUpError as error:
            await in_transaction(self.database, store.mark_dead, guid, str(error))
            return
        if outcome.failed:
            why = "; ".join(f"{feature}: {message}" for feature, message in outcome.failed.items())
            await in_transaction(self.database, store.mark_dead, guid, why, list(outcome.failed))
        elif outcome.gone:
            await in_transaction(
                self.database, store.mark_ignored, guid, f"cannot be reached any more: {outcome.gone}"
            )
        else:
            await in_transaction(self.database, store.mark_handled, guid, "; ".join(outcome.refused) or None)

    async def _work(self, event: Event, only: Sequence[str] | None, durable: Durable) -> _WorkOutcome:
        """Decide and apply until no feature waits for GitHub to come back."""
        outcome = _WorkOutcome({}, "", [])
        earlier = Earlier(only=tuple(only) if only else None)
        if event.name == "issue_comment":  # whichever commands there are: a job's steps must stay the same
            await durable.step("receipt", partial(self._acknowledge, event))
        for attempt in range(1, durable.patience.attempts + 1):
            decided = await durable.step("decide", partial(self._decide, event, earlier))
            decision = Decision.model_validate_json(decided)
            await self._apply(event, decision.plan, decision.dry_run, outcome, durable)
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
                given_up = await durable.step("give up", partial(self._give_up, event, earlier))
                plan = Plan.model_validate_json(given_up)
                await self._apply(event, plan, decision.dry_run, outcome, durable)
                break
            asked = max(failure.retry_after or 0.0 for failure in waiting.values())
            await durable.sleep(durable.patience.wait(attempt, asked))
        return outcome

    async def _acknowledge(self, event: Event) -> str:
        if not self.dispatcher.may_ask(event):
            return Applied().model_dump_json()
        installation = self.installation(event.installation or 0)
        config = await installation.configs.config(event.repository)
        receipt = self.dispatcher.receipt(event, config)
        applied = await installation.applier.apply(receipt, event.guid, dry_run=config.dry_run)
        return applied.model_dump_json()

    async def _decide(self, event: Event, earlier: Earlier) -> str:
        installation = self.installation(event.installation or 0)
        config = await installation.configs.config(event.repository)
        decision = await self.dispatcher.decide(event, config, installation.reader, earlier)
        return decision.model_dump_json()

    async def _give_up(self, event: Event, earlier: Earlier) -> str:
        config = await self.installation(event.installation or 0).configs.config(event.repository)
        return self.dispatcher.give_up(event, config, earlier.answered).model_dump_json()

    async def _apply(
        self, event: Event, plan: Plan, dry_run: bool, outcome: _WorkOutcome, durable: Durable
    ) -> None:
        """Apply a plan as a step, and take what came of it into the outcome."""
        if not plan.actions:
            return

        async def apply() -> str:
            applier = self.installation(event.installation or 0).applier
            labels = event.opened_with
            applied = await applier.apply(plan, event.guid, opened_with=labels, dry_run=dry_run)
            return applied.model_dump_json()

        for look in range(1, LOOKS + 1):
            applied = Applied.model_validate_json(await durable.step("apply", apply))
            if not applied.gone or look == LOOKS:
                break
            await durable.sleep(durable.patience.wait(look, None))
        outcome.gone = outcome.gone or applied.gone
        outcome.refused += applied.refused
        outcome.well = outcome.well and applied.well


@dataclass
class _WorkOutcome:
    """The features that failed for good, why the place cannot be reached, and what GitHub refused.

    ``well`` says that nothing a person asked for was refused.
    """

    failed: dict[str, str]
    gone: str
    refused: list[str]
    well: bool = True


def _load(session: Session, guid: str) -> Delivery:
    delivery = store.find_delivery(session, guid)
    if delivery is None:
        raise LookupError(f"delivery {guid} is not in the inbox")
    store.mark_attempted(session, guid)
    return delivery
