from __future__ import annotations

import pytest

from bot.commands import ANYONE, AUTHOR, TRIAGE, WRITE, CommandTable, ThreadKind, Who, parse
from bot.dispatch import Dispatcher
from bot.features import FEATURES
from tests.fixtures.events import comment_event

RIGHTS = {
    "claim": ANYONE,
    "unclaim": ANYONE,  # somebody else's: triage, asked for by the feature
    "label": ANYONE,  # which labels: the repository's rules
    "unlabel": ANYONE,
    "assign": TRIAGE,
    "unassign": ANYONE,  # somebody else: triage
    "cc": AUTHOR | TRIAGE,
    "close": AUTHOR | TRIAGE,
    "reopen": AUTHOR | TRIAGE,
    "lock": WRITE,
    "unlock": WRITE,
    "milestone": TRIAGE,
    "hold": AUTHOR | TRIAGE,
    "unhold": AUTHOR | TRIAGE,
    "ready": AUTHOR | WRITE,
    "draft": AUTHOR | WRITE,
    "rerun": AUTHOR | WRITE,  # authors only where the repository lets them
}
THREADS = {
    ThreadKind.ISSUE: {"claim", "unclaim", "duplicate", "not-duplicate", "security", "transfer", "convert"},
    ThreadKind.PULL_REQUEST: {"review", "reassign", "ready", "draft", "rerun"},
}
COMMANDS = {name: command for feature in FEATURES for name, (command, _) in feature.commands.items()}
TABLE = CommandTable(COMMANDS.values())


@pytest.mark.parametrize(("name", "who"), RIGHTS.items(), ids=RIGHTS)
def test_who_may_use_a_command_changes_only_on_purpose(name: str, who: Who) -> None:
    assert COMMANDS[name].who == who


@pytest.mark.parametrize("kind", THREADS)
def test_where_a_command_can_be_used_changes_only_on_purpose(kind: ThreadKind) -> None:
    assert {name for name, command in COMMANDS.items() if command.threads is kind} == THREADS[kind]


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    "body",
    ["> {0}", ">{0}\n\nWhat?", "```\n{0}\n```", "    {0}", "- {0}", "<!-- {0} -->", "see {0}", "`{0}`"],
)
def test_no_command_runs_from_a_quote_or_code(name: str, body: str) -> None:
    said = comment_event(body.format(COMMANDS[name].example))
    assert Dispatcher(FEATURES).invocations(said, TABLE) == ()


@pytest.mark.parametrize("name", COMMANDS)
def test_an_edit_runs_no_command_a_second_time(name: str) -> None:
    example = COMMANDS[name].example
    assert parse(example, known=TABLE)
    edited = comment_event(f"Please\n\n{example}", before=example)
    assert Dispatcher(FEATURES).invocations(edited, TABLE) == ()
