"""Read the commands a comment holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from bot.commands.markdown import visible_lines

DEFAULT_SLUG = "giveback"
"""The name people address the App by, unless the operator registered it under another one."""

COMMANDS_PER_COMMENT = 20
"""More commands than this in one comment is a mistake or an attack: none of them runs."""

NAME = r"[A-Za-z][A-Za-z0-9-]*"
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)=")
_QUOTED = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|[“”„]((?:[^“”"\\]|\\.)*)[“”"])(?=\s|$)')
_BARE = re.compile(r"(?![\"“”„])\S*")
_NEXT_WORD = re.compile(r"\S")
_ESCAPED = re.compile(r'\\(["“”„\\])')
_NEEDS_NO_QUOTES = re.compile(r"[\w./:@#+,-]+")


class Fault(StrEnum):
    """What can be wrong with how a command was written."""

    QUOTES = "quotes"
    REPEATED_OPTION = "repeated-option"
    TOO_MANY_COMMANDS = "too-many-commands"
    UNKNOWN_COMMAND = "unknown-command"
    UNKNOWN_OPTION = "unknown-option"
    UNKNOWN_VALUE = "unknown-value"
    TOO_MANY_ARGUMENTS = "too-many-arguments"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Misuse:
    """One thing wrong with a command: the fault, the word it concerns and the nearest right word."""

    fault: Fault
    word: str = ""
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command as a person wrote it; ``line`` counts from 1, ``addressed`` means ``@giveback name``."""

    name: str
    arguments: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    line: int = 1
    addressed: bool = False
    misuse: Misuse | None = None

    def text(self) -> str:
        """Write the command the way ``parse`` reads it.

        Raises ValueError for a value with a line break, which no command can hold.
        """
        options = (f"{key}={_quoted(value)}" for key, value in self.options.items())
        return " ".join([f"/{self.name}", *map(_quoted, self.arguments), *options])


def _quoted(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError("a command's value cannot hold a line break")
    if _NEEDS_NO_QUOTES.fullmatch(value):
        return value
    return '"' + re.sub(r'(["“”„\\])', r"\\\1", value) + '"'


def parse(
    body: str, *, slug: str = DEFAULT_SLUG, known: Collection[str], limit: int = COMMANDS_PER_COMMENT
) -> tuple[Invocation, ...]:
    """Read the commands a comment holds, in order.

    A command stands at the start of a line of a top-level paragraph, as ``/name`` or ``@slug name``. Lists,
    headings, tables, quotes, code, HTML (also what stands folded between ``<details>`` or ``<blockquote>``
    tags) hold none, so that showing a command never runs it. An unknown ``/name`` is left alone; an unknown
    name after ``@slug`` is returned, for it was meant for the App. More than ``limit`` commands come back as
    one invocation with the fault ``TOO_MANY_COMMANDS``.
    """
    names = {name.lower() for name in known}
    line_start = _line_start(slug.lower())
    found: list[Invocation] = []
    for number, line in visible_lines(body, line_start):
        match = line_start.match(line)
        if match is None:
            continue
        name, addressed = match["name"].lower(), match["mention"] is not None
        if name not in names and not addressed:
            continue
        if len(found) == limit:
            refusal = Misuse(Fault.TOO_MANY_COMMANDS, str(limit))
            return (Invocation(found[0].name, line=number, addressed=True, misuse=refusal),)
        arguments, options, misuse = _words(line[match.end() :])
        found.append(Invocation(name, arguments, options, number, addressed, misuse))
    return tuple(found)


def new_invocations(
    before: str | None,
    after: str,
    *,
    slug: str = DEFAULT_SLUG,
    known: Collection[str],
    limit: int = COMMANDS_PER_COMMENT,
) -> tuple[Invocation, ...]:
    """Read the commands an edit added; ``before`` is None for a new comment.

    Commands are compared by what they ask for, so moving or re-spacing one does not run it again.
    """
    old = Counter(map(_request, parse(before or "", slug=slug, known=known, limit=limit)))
    added = []
    for invocation in parse(after, slug=slug, known=known, limit=limit):
        if old[_request(invocation)] > 0:
            old[_request(invocation)] -= 1
        else:
            added.append(invocation)
    return tuple(added)


def _request(invocation: Invocation) -> tuple[object, ...]:
    options = tuple(sorted(invocation.options.items()))
    return invocation.name, invocation.arguments, options, invocation.misuse


@cache
def _line_start(slug: str) -> re.Pattern[str]:
    mention = rf"(?P<mention>@(?i:{re.escape(slug)})(?:\[bot\])?[,:]?[ \t]+/?)"
    return re.compile(rf"^ {{0,3}}(?:/|{mention})(?P<name>{NAME})(?=\s|$)", re.MULTILINE)


def _words(text: str) -> tuple[tuple[str, ...], dict[str, str], Misuse | None]:
    """Split what follows a command's name; what stands behind a fault is not read."""
    arguments: list[str] = []
    options: dict[str, str] = {}
    position = 0
    while word := _NEXT_WORD.search(text, position):
        key_match = _KEY.match(text, word.start())
        key = key_match[1].lower() if key_match else ""
        start = key_match.end() if key_match else word.start()
        if bare := _BARE.match(text, start):
            value, position = bare[0], bare.end()
        elif quoted := _QUOTED.match(text, start):
            value, position = _ESCAPED.sub(r"\1", quoted[1] or quoted[2] or ""), quoted.end()
        else:
            return tuple(arguments), options, Misuse(Fault.QUOTES, text[start:].strip())
        if not key:
            arguments.append(value)
        elif key in options:
            return tuple(arguments), options, Misuse(Fault.REPEATED_OPTION, key)
        else:
            options[key] = value
    return tuple(arguments), options, None
