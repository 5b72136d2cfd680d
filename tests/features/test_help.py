from __future__ import annotations

from bot.commands import CommandTable, parse
from bot.feature import Call
from bot.features import FEATURES
from bot.features.help import HelpSection, help_asked
from bot.plan import Reply
from tests.fixtures.events import comment_event


async def test_help_lists_every_command_with_who_may_use_it_and_an_example() -> None:
    table = CommandTable(command for feature in FEATURES for command, _ in feature.commands.values())
    (asked,) = parse("/help", known=table)
    call = Call(comment_event("/help"), asked, "bob", table, "giveback")
    (reply,) = await help_asked(call, HelpSection(), object())
    assert isinstance(reply, Reply)
    for command in table.values():
        assert f"`{command.usage.replace('|', chr(92) + '|')}`" in reply.body
        assert command.description.replace("|", "\\|") in reply.body
    assert not parse(reply.body, known=table), "showing the commands must not run them"
