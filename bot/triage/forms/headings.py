"""Find the headings of a Markdown text, and what stands below each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_LENGTH = 200
"""Characters of a heading at most; GitHub's labels are shorter."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_STRAY = re.compile(r"[\s*_`:]+")


@dataclass(frozen=True)
class Heading:
    """A heading and the text up to the next one; ``level`` is 0 for a line in bold."""

    title: str
    level: int
    text: str


@dataclass(frozen=True)
class Candidate:
    """A line that looks like a heading."""

    title: str
    name: str
    """The title as it compares."""
    level: int
    line: int
    """Its place in the lines of the outline."""
    in_code: bool
    before_blank: bool
    """Whether an empty line follows, as GitHub writes below the labels of a form."""


@dataclass(frozen=True)
class Outline:
    """The lines of a text and those of them that look like headings."""

    lines: tuple[str, ...]
    candidates: tuple[Candidate, ...]

    def divided_at(self, chosen: Sequence[Candidate]) -> list[Heading]:
        """Give the chosen headings, each with the text up to the next one."""
        ends = [*(one.line for one in chosen[1:]), len(self.lines)]
        return [
            Heading(one.title, one.level, "\n".join(self.lines[one.line + 1 : end]).strip())
            for one, end in zip(chosen, ends, strict=False)
        ]


def outline(body: str) -> Outline:
    """Find the lines written with ``#`` or as a line in bold, in code as well."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    in_code = _code(lines)
    candidates = []
    for place, line in enumerate(lines):
        if (heading := _heading(line)) is not None:
            title, level = heading
            blank = place + 1 == len(lines) or not lines[place + 1].strip()
            candidates.append(Candidate(title, normal(title), level, place, in_code[place], blank))
    return Outline(tuple(lines), tuple(candidates))


def headings(body: str) -> list[Heading]:
    """Find the headings outside code, with the text below each."""
    found = outline(body)
    return found.divided_at([one for one in found.candidates if not one.in_code])


def normal(title: str) -> str:
    """Write a heading so that it compares: without emphasis, colons, and case."""
    return _STRAY.sub(" ", title).strip(" #?!.…").casefold()


def _heading(line: str) -> tuple[str, int] | None:
    if len(line) > MAX_LENGTH or line[:1] not in {"#", "*", "_", " "}:
        return None
    bare = line.strip()
    level = len(bare) - len(bare.lstrip("#"))
    if 1 <= level <= 6 and bare[level : level + 1] in {" ", "\t"}:
        return bare[level:].strip().rstrip("#").rstrip(), level
    without_colon = bare.rstrip(":")
    for mark in ("**", "__"):
        inside = without_colon.removeprefix(mark).removesuffix(mark)
        if len(without_colon) == len(inside) + 4 and inside.strip() and mark not in inside:
            return inside.strip(), 0
    return None


def _code(rows: Sequence[str]) -> list[bool]:
    """Mark the lines of code blocks; a fence that is never closed opens none."""
    inside = [False] * len(rows)
    opened, mark = 0, ""
    for place, row in enumerate(rows):
        fence = _FENCE.match(row)
        if fence is None:
            continue
        if not mark:
            opened, mark = place, fence[1]
        elif fence[1].startswith(mark) and not fence[2].strip():
            inside[opened : place + 1] = [True] * (place + 1 - opened)
            mark = ""
    return inside
