"""Answer ``/help`` with the commands that the caller may use on the thread, or with all about one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.actions import Action, Reply
from bot.commands import ANYONE, Command, CommandTable, Parameter, Permission, render_command, render_help
from bot.config import Section
from bot.errors import UserError
from bot.feature import Call, Feature
from bot.rendering import code


class HelpSection(Section):
    """List the commands when somebody asks."""


class Reads(Protocol):
    """What the help reads."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""


feature = Feature[HelpSection, Reads]("help", HelpSection)


@feature.command(
    Command(
        name="help",
        usage="/help [NAME]",
        description="Lists the commands you can use here, or tells all about one.",
        who=ANYONE,
        example="/help claim",
        parameters=(Parameter("name", "The command to tell about."),),
    )
)
async def help_asked(call: Call, section: HelpSection, reads: Reads) -> Sequence[Action]:
    """Reply with what the caller may use on this thread, or with all about the command that is named."""
    if call.invocation.arguments:
        words = render_command(_named(call.invocation.arguments[0], call.table))
    else:
        held = await reads.permission(call.thread.repository, call.caller)
        usable = (
            command
            for command in call.table.values()
            if command.threads.includes(call.kind) and command.who.allows(held, is_author=call.is_author)
        )
        words = render_help(usable, call.kind, slug=call.slug)
    return [Reply(thread=call.thread, key=call.key, body=words, reason=f"{call.caller} asked for help")]


def _named(written: str, table: CommandTable) -> Command:
    """Find a command by its name, with or without the slash.

    Raises:
        UserError: no command that can be used in this repository is called so.
    """
    name = written.removeprefix("/").lower()
    if name not in table:
        near = table.nearest(name)
        guess = f"Did you mean `/{near}`?" if near else "`/help` lists what you can use here."
        raise UserError(f"There is no command {code(written, 60)} here. {guess}")
    return table[name]
