"""Go through a plan action by action, so that running it twice changes nothing the second time."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine
from sqlmodel import Session

from bot import audit, check_parts, threads
from bot.actions import (
    AddLabels,
    AnyAction,
    CommitFiles,
    MinimizeComment,
    OpenDiscussion,
    OpenPullRequest,
    React,
    Remember,
    RemoveLabels,
    ReportPart,
    SetSection,
    SetTimer,
    TransferIssue,
)
from bot.apply.access import Access
from bot.apply.acts import Acts, LongWork
from bot.apply.labels import Labels
from bot.apply.status import StatusComments
from bot.apply.together import Together
from bot.audit import Outcome
from bot.errors import GoneError, RefusedError
from bot.events import Nodes
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.plan import Plan
from bot.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

Elsewhere = React | CommitFiles | OpenPullRequest | OpenDiscussion | TransferIssue | MinimizeComment
"""What may find its own place gone while the thread is still there."""

CommitsByItself = Remember | SetTimer | AddLabels | SetSection | ReportPart
"""What asks GitHub for nothing, or asks the database first, which commits what was put off."""


class Applied(BaseModel):
    """How many actions of a plan were carried out, what GitHub refused, and whether the place is gone.

    ``well`` says that nothing a person asked for was refused.
    """

    model_config = ConfigDict(frozen=True)

    done: int = 0
    refused: tuple[str, ...] = ()
    gone: str = ""
    well: bool = True


@dataclass(frozen=True)
class Applier:
    """Carries plans out in one installation.

    Every action is written down before and after, and what was begun but not finished is looked for on
    GitHub before it is done again.
    """

    database: Engine
    installation: int
    bot_login: str
    """The App's own login, for example ``giveback[bot]``."""
    reader: GitHubReader
    writer: GitHubWriter
    long_work: LongWork
    section_order: Sequence[str]
    dry_run: bool = False

    async def apply(
        self,
        plan: Plan,
        name: str,
        *,
        opened_with: Sequence[str] | None = None,
        nodes: Nodes | None = None,
        dry_run: bool = False,
        unit: UnitOfWork | None = None,
    ) -> Applied:
        """Carry a plan out under the name of what asked for it; an action it did under that name stays done.

        ``opened_with`` are the labels of a thread that was opened a moment ago: there is nothing else on it
        yet. It is ``None`` for any other.
        ``nodes`` name the thread and its repository, where that is known, for what can be done at once.
        ``dry_run`` records the actions and does nothing, as the whole applier does when it is made so and
        as single actions do that say so themselves.
        ``unit`` takes what is written last, for whoever has more to write and then commits it all.

        Raises:
            TransientError: GitHub cannot do the next action now; calling again goes on from there.
        """
        writes = UnitOfWork(self.database) if unit is None else unit
        access = Access(writes, self.installation, self.bot_login, self.reader, self.writer)
        status = StatusComments(access, self.section_order)
        labels = Labels(access)
        acts = Acts(access, status, labels, self.long_work, opened_with)
        together = Together(access, labels, nodes)
        try:
            return await _carry_out(plan, name, acts, together, writes, dry_run=dry_run or self.dry_run)
        finally:
            if unit is None:
                await writes.commit()


async def _carry_out(
    plan: Plan, name: str, acts: Acts, together: Together, writes: UnitOfWork, *, dry_run: bool
) -> Applied:
    done, well = 0, True
    refused: list[str] = []
    actions = {audit.key_of(action): action for action in plan.actions}
    begun_before = await writes.do(_begin, name, actions, dry_run=dry_run)
    for key, action in actions.items():
        if begun_before.get(key) == Outcome.done or dry_run or action.dry_run:
            continue
        if isinstance(action, RemoveLabels) and key not in begun_before and not together.tried:
            fresh = {one: act for one, act in actions.items() if one not in begun_before and not act.dry_run}
            await together.do(fresh)
        if key in together.done:
            writes.add(audit.finish, name, key, Outcome.done, together.done[key])
            done += 1
            continue
        begun = key in begun_before or key in together.tried
        if isinstance(action, React) and not well and action.otherwise:
            action = action.model_copy(update={"content": action.otherwise})
        if not isinstance(action, CommitsByItself):
            await writes.commit()
        try:
            detail = await acts.carry_out(action, f"{name}/{key}", begun)
        except RefusedError as error:
            writes.add(audit.finish, name, key, Outcome.refused, str(error))
            if isinstance(error, GoneError) and not isinstance(action, Elsewhere):
                return Applied(done=done, refused=tuple(refused), gone=str(error))
            logger.warning("%s: GitHub refused to %s: %s", name, action.kind.replace("_", " "), error)
            refused.append(f"{action.kind}: {error}")
            well = well and not action.asked
            await writes.commit()
            try:
                await acts.tell_refusal(action, f"{name}/{key}", begun, error)
            except RefusedError as mute:  # what other features want is done all the same
                logger.warning("%s: GitHub refused the words about that, too: %s", name, mute)
            continue
        writes.add(audit.finish, name, key, Outcome.done, detail)
        done += 1
    return Applied(done=done, refused=tuple(refused), well=well)


def _begin(session: Session, name: str, actions: Mapping[str, AnyAction], *, dry_run: bool) -> dict[str, str]:
    """Write down what is to be done; give the outcome so far of what was written down before.

    All words are set before the first is shown, so that many sections are one edit of the comment.
    """
    before = audit.begin(session, name, actions)
    for key, action in actions.items():
        if before.get(key) == Outcome.done:
            continue
        if dry_run or action.dry_run:
            audit.finish(session, name, key, Outcome.dry_run)
        elif isinstance(action, SetSection):
            threads.set_section(session, action.thread, action.section, action.body)
        elif isinstance(action, ReportPart):
            check_parts.keep(session, action)
    return before
