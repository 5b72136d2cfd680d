from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands import (
    ADMIN,
    ANYONE,
    AUTHOR,
    TRIAGE,
    WRITE,
    Command,
    CommandTable,
    Fault,
    Parameter,
    Permission,
    ThreadKind,
    Topic,
    Who,
    explain_denial,
    explain_elsewhere,
    explain_misuse,
    parse,
    render_command,
    render_docs,
    render_help,
)

HELP = Command("help", "/help", "Lists the commands.", ANYONE, "/help")
LABEL = Command(
    "label",
    "/label <name>... [action=add|remove]",
    "Adds labels | or removes them.",
    AUTHOR | TRIAGE,
    '/label "good first issue" action=add',
    (
        Parameter("name", "A label of this repository.", required=True, repeated=True),
        Parameter("action", "What to do.", option=True, choices=("add", "remove")),
    ),
)
TABLE = CommandTable([HELP, LABEL])


def misuse(body: str) -> tuple[str, str, str] | None:
    [invocation] = parse(body, known=TABLE)
    found = TABLE.misuse(invocation)
    return (found.fault.value, found.word, found.nearest) if found else None


@pytest.mark.parametrize("part", ["usage", "description", "example"])
def test_a_command_without_a_part_of_its_help_cannot_be_made(part: str) -> None:
    with pytest.raises(ValueError, match=part):
        replace(HELP, **{part: " "})  # type: ignore[arg-type] # the part is text


@pytest.mark.parametrize(
    "change",
    [
        {"who": Who()},
        {"usage": "/other"},
        {"example": "/other"},
        {"example": "/help me"},
        {"example": "/help\n/help"},
        {"name": "Help"},
        {"name": ""},
    ],
)
def test_a_command_that_contradicts_itself_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"help|named"):
        replace(HELP, **change)  # type: ignore[arg-type] # values of several fields


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="/help"):
        CommandTable([HELP, LABEL, HELP])


def test_the_nearest_command_is_found() -> None:
    assert TABLE.nearest("lable") == "label"
    assert TABLE.nearest("zzz") == ""


def test_right_use_has_no_misuse() -> None:
    assert misuse("/label a b action=remove") is None


def test_each_misuse_is_named_with_the_nearest_right_word() -> None:
    assert misuse("/label a acton=add") == (Fault.UNKNOWN_OPTION, "acton", "action")
    assert misuse("/label a action=ad") == (Fault.UNKNOWN_VALUE, "ad", "add")
    assert misuse("/label action=add") == (Fault.MISSING, "name", "")
    assert misuse("/help me") == (Fault.TOO_MANY_ARGUMENTS, "me", "")
    assert misuse("@giveback lable") == (Fault.UNKNOWN_COMMAND, "lable", "label")
    assert misuse('/label "a') == (Fault.QUOTES, '"a', "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("/label a acton=add", "Did you mean `action`"),
        ("/label a action=ad", "Did you mean `add`"),
        ("/label", "needs `name`"),
        ("/label a action=zzz", "It takes `add` or `remove`"),
        (
            "/help me",
            "`/help` takes nothing after it, so `me` kept it from running. Write it on a line of its own.",
        ),
        ("@giveback lable", "Did you mean `/label`"),
        ("@giveback zzz", "`/help` lists what you can use here"),
        ('/label "a', "do not close"),
        ("/label a=1 a=2", "twice"),
        ("/help\n" * 21, "up to 20"),
    ],
)
def test_a_misuse_is_answered_in_one_line_with_the_next_step(body: str, words: str) -> None:
    answer = explain_misuse(TABLE, parse(body, known=TABLE)[0])
    assert answer is not None
    assert words in answer
    assert answer.count("\n") == 1


def test_what_a_person_wrote_is_repeated_only_as_code() -> None:
    answer = explain_misuse(TABLE, parse("/help @everyone`x", known=TABLE)[0])
    assert answer is not None
    assert "`` @everyone`x ``" in answer or "``@everyone`x``" in answer


def test_right_use_needs_no_explanation() -> None:
    assert explain_misuse(TABLE, parse("/help", known=TABLE)[0]) is None


@pytest.mark.parametrize(
    ("role_name", "permission", "rank"),
    [
        ("admin", "admin", Permission.ADMIN),
        ("maintain", "write", Permission.MAINTAIN),
        ("triage", "read", Permission.TRIAGE),
        ("security-champion", "write", Permission.WRITE),
        ("Admin", "read", Permission.READ),
        ("none", "none", Permission.NONE),
        ("unheard-of", "unheard-of", Permission.NONE),
    ],
)
def test_a_role_counts_as_its_rank_and_a_custom_one_as_its_permission(
    role_name: str, permission: str, rank: Permission
) -> None:
    assert Permission.held(role_name, permission) is rank


def test_who_may_is_the_author_or_enough_permission() -> None:
    assert TABLE.allows(LABEL, "none", is_author=True)
    assert TABLE.allows(LABEL, "triage", is_author=False)
    assert not TABLE.allows(LABEL, "read", is_author=False)
    assert TABLE.allows(HELP, "none", is_author=False)
    assert not ADMIN.allows(Permission.MAINTAIN, is_author=True)
    assert not AUTHOR.allows(Permission.ADMIN, is_author=False)
    assert WRITE.allows(Permission.ADMIN, is_author=False)


def test_the_help_has_a_line_for_each_command_below_what_it_is_for() -> None:
    sorting = replace(LABEL, topic=Topic.SORTING)
    words = render_help([HELP, sorting], ThreadKind.ISSUE)
    lines = [line for line in words.splitlines() if line.startswith(("- ", "**"))]
    assert lines == [
        "**What it is**",
        "- `/label <name>... [action=add|remove]` adds labels | or removes them",
        "**Besides**",
        "- `/help` lists the commands",
    ]


def test_the_help_about_one_command_tells_everything_about_it() -> None:
    words = render_command(replace(LABEL, threads=ThreadKind.ISSUE))
    for said in (LABEL.usage, LABEL.example, "the author or people with triage permission", "on issues"):
        assert said in words
    for parameter in LABEL.parameters:
        assert parameter.description in words


@pytest.mark.parametrize("threads", [ThreadKind.ISSUE, ThreadKind.PULL_REQUEST])
def test_who_uses_a_command_on_the_wrong_thread_is_told_the_right_ones(threads: ThreadKind) -> None:
    assert f"on {threads.replace('_', ' ')}s" in explain_elsewhere(replace(HELP, threads=threads))


def test_the_documentation_tells_everything_about_each_command() -> None:
    text = render_docs(TABLE)
    for command in TABLE.values():
        for said in (f"### {command.name}", command.usage, command.description, command.example):
            assert said in text
    for parameter in LABEL.parameters:
        assert parameter.description in text


def test_a_denial_says_who_may() -> None:
    assert "the author or people with triage permission" in explain_denial(LABEL)
