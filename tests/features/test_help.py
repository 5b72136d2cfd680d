from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.actions import Reply
from bot.commands import Permission, parse
from bot.errors import UserError
from bot.features.help import HelpSection, help_asked
from tests.fixtures.events import Json, account, call, issue

ON_PULL = issue(pull_request={}, user=account("carol"))
ON_ISSUE = issue(user=account("carol"))


@dataclass
class People:
    held: Permission = Permission.READ

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held


async def answer(body: str, about: Json = ON_ISSUE, held: Permission = Permission.READ) -> str:
    (reply,) = await help_asked(call(body, about=about), HelpSection(), People(held))
    assert isinstance(reply, Reply)
    return reply.body


def offered(words: str) -> set[str]:
    return {line[4:].split("`")[0].split()[0] for line in words.splitlines() if line.startswith("- `/")}


@pytest.mark.parametrize(
    ("about", "held", "there", "missing"),
    [
        (ON_ISSUE, Permission.READ, {"claim", "help"}, {"close", "rerun", "approve", "ready", "label"}),
        (ON_PULL, Permission.READ, {"help"}, {"claim", "rerun", "review", "label", "unlabel"}),
        (ON_PULL, Permission.TRIAGE, {"review", "close", "label"}, {"rerun", "approve", "duplicate"}),
        (ON_ISSUE, Permission.ADMIN, {"duplicate", "approve", "transfer"}, {"review", "ready"}),
        ({**ON_PULL, "user": account("bob")}, Permission.READ, {"rerun", "close", "ready"}, {"review"}),
    ],
)
async def test_help_lists_what_the_caller_may_use_on_this_thread(
    about: Json, held: Permission, there: set[str], missing: set[str]
) -> None:
    found = offered(await answer("/help", about, held))
    assert there <= found
    assert not missing & found


@pytest.mark.parametrize("about", [ON_ISSUE, ON_PULL])
async def test_help_is_short_even_for_those_who_may_use_everything(about: Json) -> None:
    words = await answer("/help", about, Permission.ADMIN)
    assert len(words) < 3500
    assert not parse(words, known=call("/help").table), "showing the commands must not run them"


@pytest.mark.parametrize("written", ["lock", "/lock", "Lock"])
async def test_help_about_one_command_tells_everything_about_it(written: str) -> None:
    words = await answer(f"/help {written}")
    command = call("/help").table["lock"]
    for said in (command.usage, command.example, "people with write permission", "issues and pull requests"):
        assert said in words
    assert "| `reason` |" in words
    assert not parse(words, known=call("/help").table)


async def test_help_about_a_command_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean `/claim`"):
        await answer("/help clam")
    with pytest.raises(UserError, match="`/help` lists"):
        await answer("/help `@everyone`")
