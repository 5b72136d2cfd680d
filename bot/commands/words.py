"""Put commands into words: the help, the documentation, and what to do after a mistake."""

from __future__ import annotations

from bot.commands.grammar import COMMANDS_PER_COMMENT, DEFAULT_SLUG, Invocation
from bot.commands.table import Command, CommandTable
from bot.rendering import render


def render_help(table: CommandTable, *, slug: str = DEFAULT_SLUG) -> str:
    """Write the answer to ``/help``."""
    return render("comments/help.md.j2", commands=table.values(), slug=slug)


def render_docs(table: CommandTable, *, slug: str = DEFAULT_SLUG) -> str:
    """Write docs/commands.md."""
    return render("pages/commands.md.j2", commands=table.values(), slug=slug, limit=COMMANDS_PER_COMMENT)


def explain_misuse(table: CommandTable, invocation: Invocation) -> str | None:
    """Tell the person what is wrong with a command and how to write it, or None when it is right."""
    misuse = table.misuse(invocation)
    if misuse is None:
        return None
    command = table.get(invocation.name)
    return render("comments/command_misused.md.j2", misuse=misuse, invocation=invocation, command=command)


def explain_denial(command: Command) -> str:
    """Tell the person who may use a command that they may not."""
    return render("comments/command_denied.md.j2", command=command)
