"""Do in one request what a push changes: a label takes another's place, and the checks of the new commit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot import check_parts, threads
from bot.actions import AddLabels, AnyAction, RemoveLabels, ReportPart
from bot.apply.access import Access
from bot.apply.checks import Checks
from bot.apply.labels import Labels
from bot.errors import RefusedError
from bot.events import Nodes
from bot.github.writer import ANNOTATIONS_PER_REQUEST

logger = logging.getLogger(__name__)

_Kind = TypeVar("_Kind", bound=AnyAction)


@dataclass
class Together:
    """Carries out several actions of one plan at once, where they go together; the rest is done one by one.

    Who set a label is read right before, as ever. What was tried and did not wholly come about is left to
    be looked for and done one by one, like what an interrupted attempt began.
    """

    access: Access
    labels: Labels
    nodes: Nodes | None
    """``None`` where it is not known what GraphQL calls the thread by."""
    tried: set[str] = field(default_factory=set)
    """The keys of the actions that were asked for at once."""
    done: dict[str, str] = field(default_factory=dict)
    """What came of those that were done, by key."""

    async def do(self, actions: Mapping[str, AnyAction]) -> None:
        """Swap labels and report the shared check in one request, when ``actions`` ask for both.

        ``actions`` are those nobody has begun, by key. Labels a person asked for are not among what is
        done here.

        Raises:
            TransientError: GitHub cannot do it now.
        """
        try:
            await self._swap_and_report(actions)
        except RefusedError as error:
            logger.warning("GitHub refused to do several things at once: %s", error)

    async def _swap_and_report(self, actions: Mapping[str, AnyAction]) -> None:
        removal = _only(RemoveLabels, actions)
        addition = _only(AddLabels, actions)
        part = next(((key, one) for key, one in actions.items() if isinstance(one, ReportPart)), None)
        if self.nodes is None or removal is None or addition is None or part is None:
            return
        thread = removal[1].thread
        if removal[1].asked or addition[1].asked or addition[1].thread != thread:
            return
        wanted = await self.labels.wanted(addition[1])
        unshown = await Checks(self.access).unshown(part[1])
        if not wanted or unshown is None or len(unshown[0].annotations) > ANNOTATIONS_PER_REQUEST:
            return
        known = await self.access.reader.label_nodes(thread.repository)
        there, gone = await self.labels.own_still(removal[1])
        if not there or not known.keys() >= {*there, *wanted}:
            return
        await self.access.unit.commit()
        self.tried |= {removal[0], addition[0], part[0]}
        report, shown = unshown
        left = await self.access.writer.swap_labels_and_report(
            thread,
            self.nodes,
            [known[label] for label in there],
            [known[label] for label in wanted],
            report,
            shown,
        )
        for label in (*there, *gone):
            self.access.put_off(threads.note_removed, thread, label)
        added = [label for label in wanted if label not in left]
        self.access.put_off(threads.note_added, thread, added)
        self.access.put_off(check_parts.note_shown, report.repository, report.commit, shown)
        self.done = {
            removal[0]: f"removed {', '.join(sorted((*there, *gone)))}",
            addition[0]: f"added {', '.join(added) or 'nothing'}",
            part[0]: "check run",
        }


def _only(kind: type[_Kind], actions: Mapping[str, AnyAction]) -> tuple[str, _Kind] | None:
    """Find the action of a kind, when there is exactly one."""
    found = [(key, action) for key, action in actions.items() if isinstance(action, kind)]
    return found[0] if len(found) == 1 else None
