from __future__ import annotations

from bot.actions import Reply
from bot.commands import parse
from bot.features.help import HelpSection, help_asked
from tests.fixtures.events import call


async def test_help_lists_every_command_with_who_may_use_it_and_an_example() -> None:
    asked = call("/help")
    (reply,) = await help_asked(asked, HelpSection(), object())
    assert isinstance(reply, Reply)
    for command in asked.table.values():
        assert f"`{command.usage.replace('|', chr(92) + '|')}`" in reply.body
        assert command.description.replace("|", "\\|") in reply.body
    assert not parse(reply.body, known=asked.table), "showing the commands must not run them"
