"""Commands in comments: their grammar, who may use them, the table of them, and their help."""

from bot.commands.grammar import (
    COMMANDS_PER_COMMENT,
    DEFAULT_SLUG,
    Fault,
    Invocation,
    Misuse,
    new_invocations,
    parse,
)
from bot.commands.permission import ADMIN, ANYONE, AUTHOR, MAINTAIN, TRIAGE, WRITE, Permission, Who
from bot.commands.purpose import ThreadKind, Topic
from bot.commands.table import Command, CommandTable, Parameter
from bot.commands.words import (
    explain_denial,
    explain_elsewhere,
    explain_misuse,
    render_command,
    render_docs,
    render_help,
)

__all__ = [
    "ADMIN",
    "ANYONE",
    "AUTHOR",
    "COMMANDS_PER_COMMENT",
    "DEFAULT_SLUG",
    "MAINTAIN",
    "TRIAGE",
    "WRITE",
    "Command",
    "CommandTable",
    "Fault",
    "Invocation",
    "Misuse",
    "Parameter",
    "Permission",
    "ThreadKind",
    "Topic",
    "Who",
    "explain_denial",
    "explain_elsewhere",
    "explain_misuse",
    "new_invocations",
    "parse",
    "render_command",
    "render_docs",
    "render_help",
]
