"""Read the exceptions that an exception group holds, drawn below it as branches (PEP 654)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.triage.environment.lines import Line
from bot.triage.tracebacks.failure import Failure

MAX_DEPTH = 5
"""Groups within groups read at most."""
MAX_MEMBERS = 50
"""Exceptions of one group kept at most."""

_RULER = re.compile(r"^([ |]{0,40})\+(?:-\+)?-{3,}(?: (?:\d{1,6}|\.\.\.) -{3,})?-*\s*$")

_Read = Callable[[Sequence[Line], int], tuple[Failure, ...]]


def begins_members(line: Line) -> bool:
    """Tell whether the members of a group begin here."""
    return "+-+--" in line.text and bool(_RULER.match(line.text))


def read_members(
    lines: Sequence[Line], start: int, read: _Read, depth: int
) -> tuple[tuple[Failure, ...], int]:
    """Read the members below the ruler at ``lines[start]`` with ``read``; gives them and where to read on.

    A group nested in a member is read with ``depth`` one higher, up to ``MAX_DEPTH``.
    """
    indent = lines[start].text.index("+")
    branch = " " * (indent + 2) + "|"
    members: list[Failure] = []
    part: list[Line] = []
    at = start
    while at < len(lines) and lines[at].section == lines[start].section and _is_drawn(lines[at].text, indent):
        if at == start or _is_ruler_of(lines[at].text, indent):
            members += _of(part, read, depth)
            part = []
        else:
            part.append(replace(lines[at], text=lines[at].text.removeprefix(branch).removeprefix(" ")))
        at += 1
    members += _of(part, read, depth)
    return tuple(members[:MAX_MEMBERS]), max(at, start + 1)


def _of(part: list[Line], read: _Read, depth: int) -> tuple[Failure, ...]:
    return read(part, depth + 1) if part and depth < MAX_DEPTH else ()


def _is_drawn(text: str, indent: int) -> bool:
    bare = text.lstrip()
    return bare.startswith(("|", "+-")) and len(text) - len(bare) >= indent


def _is_ruler_of(text: str, indent: int) -> bool:
    """Tell whether a ruler parts the members of this group and not of one inside it."""
    return text.startswith(" " * (indent + 2) + "+--") and bool(_RULER.match(text))
