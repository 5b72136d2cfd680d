"""Answer ``/help`` with the commands that can be used here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions import Action, Reply
from bot.commands import ANYONE, Command, render_help
from bot.config import Section
from bot.feature import Call, Feature


class HelpSection(Section):
    """List the commands when somebody asks."""


feature = Feature[HelpSection, object]("help", HelpSection)


@feature.command(
    Command(
        name="help",
        usage="/help",
        description="Lists the commands you can use here.",
        who=ANYONE,
        example="/help",
    )
)
async def help_asked(call: Call, section: HelpSection, reads: object) -> Sequence[Action]:
    """Reply with the table of commands."""
    return [
        Reply(
            thread=call.thread,
            key=call.key,
            body=render_help(call.table, slug=call.slug),
            reason=f"{call.caller} asked for help",
        )
    ]
