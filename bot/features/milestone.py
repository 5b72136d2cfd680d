"""Put threads on a milestone when somebody asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.actions import Action, SetMilestone
from bot.commands import TRIAGE, Command, Parameter, Topic
from bot.commands.table import nearest
from bot.config import Section
from bot.errors import UserError
from bot.feature import Call, Feature
from bot.rendering import code, listed

NONE = "none"
NAMED = 5
"""Milestones named at most to whoever named another."""


class MilestoneSection(Section):
    """Let people put threads on a milestone with a command."""


class Reads(Protocol):
    """What this feature reads."""

    async def milestones(self, repository: str) -> dict[str, int]:
        """List the open milestones: number by title."""


feature = Feature[MilestoneSection, Reads]("milestone", MilestoneSection)


@feature.command(
    Command(
        name="milestone",
        usage='/milestone "TITLE"',
        description="Puts this on an open milestone, or with `none` takes it off.",
        who=TRIAGE,
        example='/milestone "v1.2"',
        parameters=(Parameter("title", "Title of the milestone.", required=True, repeated=True),),
        topic=Topic.SORTING,
    )
)
async def milestone_asked(call: Call, section: MilestoneSection, reads: Reads) -> Sequence[Action]:
    """Put the thread on the milestone that was named, or on none."""
    named = " ".join(call.invocation.arguments)  # a title is understood without its quotes, too
    title = find(named, await reads.milestones(call.thread.repository))
    return [SetMilestone(thread=call.thread, title=title, reason=f"{call.caller} asked for it")]


def find(named: str, titles: Collection[str]) -> str | None:
    """Find the milestone that is meant, however it is spelled; ``None`` stands for none.

    Raises:
        UserError: there is no such open milestone; it names the one most like it, or some.
    """
    if named in titles:
        return named
    spelled = {title.casefold(): title for title in titles}
    if named.casefold() in spelled:
        return spelled[named.casefold()]
    if named.casefold() == NONE:
        return None
    if not titles:
        raise UserError(
            "This repository has no open milestone. Once somebody makes one, under Issues and Milestones, "
            "comment this again."
        )
    near = spelled.get(nearest(named.casefold(), spelled))
    some, rest = [code(title, 80) for title in list(titles)[:NAMED]], len(titles) - NAMED
    there = listed([*some, f"{rest} more"] if rest > 0 else some)
    hint = f"Did you mean {code(near)}?" if near else f"Open: {there}."
    raise UserError(f"There is no open milestone {code(named, 80)}. {hint}")
