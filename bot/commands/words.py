"""Put commands into words: the help, the documentation, and what to do after a mistake."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands.grammar import COMMANDS_PER_COMMENT, DEFAULT_SLUG, Invocation
from bot.commands.purpose import ThreadKind, Topic
from bot.commands.table import Command, CommandTable
from bot.rendering import render


def render_help(commands: Iterable[Command], kind: ThreadKind, *, slug: str = DEFAULT_SLUG) -> str:
    """Write the answer to ``/help`` on a thread of this kind: a line for each of the commands."""
    return render("comments/help.md.j2", topics=_by_topic(commands), kind=kind, slug=slug)


def render_command(command: Command) -> str:
    """Write the answer to ``/help NAME``: everything about one command."""
    return render("comments/help_command.md.j2", command=command)


def render_docs(table: CommandTable, *, slug: str = DEFAULT_SLUG) -> str:
    """Write docs/commands.md."""
    topics = _by_topic(table.values())
    return render("pages/commands.md.j2", topics=topics, slug=slug, limit=COMMANDS_PER_COMMENT)


def _by_topic(commands: Iterable[Command]) -> dict[Topic, list[Command]]:
    """Sort commands by what they are for; within that they stay as they are."""
    sorted_out: dict[Topic, list[Command]] = {topic: [] for topic in Topic}
    for command in commands:
        sorted_out[command.topic].append(command)
    return {topic: those for topic, those in sorted_out.items() if those}


def explain_misuse(table: CommandTable, invocation: Invocation) -> str | None:
    """Tell the person what is wrong with a command and how to write it, or None when it is right."""
    misuse = table.misuse(invocation)
    if misuse is None:
        return None
    command = table.get(invocation.name)
    return render("comments/command_misused.md.j2", misuse=misuse, invocation=invocation, command=command)


def explain_denial(command: Command) -> str:
    """Tell a person who may not use a command who may."""
    return render("comments/command_denied.md.j2", command=command)


def explain_elsewhere(command: Command) -> str:
    """Tell a person on which threads a command can be used, which this one is not."""
    return render("comments/command_elsewhere.md.j2", command=command)
