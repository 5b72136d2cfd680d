"""Write one segment of a minimatch glob, the part between two slashes, as a linear pattern.

Source of the rules: the README and the behaviour of minimatch 10, whose answers the tests hold ours to.
A leading dot of a segment is written as ``HIDDEN`` in the text when wildcards must not match it, so that
no look-ahead is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.triage.labeler.classes import HIDDEN, class_end, read_class
from bot.triage.linear import escape

ANY = r"[^/\x{0}]"
"""Matches one character of a segment."""
MAX_NESTING = 8
"""Levels of ``@( )`` groups inside each other at most."""

_KINDS = {"@": "", "?": "?", "*": "*", "+": "+", "!": ""}
_LONE = re.compile(r"\[([^]!^\\\[])\]")
_EMPTY_GROUPS = {"@()", "?()", "*()", "+()"}


class GlobError(ValueError):
    """A glob asks for something that is not supported; the message says what."""


@dataclass(frozen=True)
class Segment:
    """A segment as patterns: all of it, or what stands before and after its one ``!( )``.

    ``refused`` describes what the rest of the segment, from the ``!( )`` on, must not be.
    """

    before: str
    refused: str | None = None
    after: str = ""


def translate(text: str) -> Segment:
    """Translate a segment without slashes and braces.

    Raises:
        GlobError: it has more than one ``!( )``, one inside another group, or groups nested too deeply.
    """
    if text in _EMPTY_GROUPS:
        return Segment("".join(_literal(one, first=False) for one in text))
    pieces = _pieces(text, first=True, depth=0)
    negations = [place for place, piece in enumerate(pieces) if isinstance(piece, _Negation)]
    if not negations:
        return Segment(_joined(pieces))
    if len(negations) > 1:
        raise GlobError('more than one "!( )" between two slashes is not supported')
    place = negations[0]
    negation, after = pieces[place], _joined(pieces[place + 1 :])
    return Segment(_joined(pieces[:place]), f"(?:{negation}){after}", after)


class _Negation(str):
    """The alternatives of a ``!( )``, as a pattern."""

    __slots__ = ()


def _joined(pieces: list[str]) -> str:
    return "".join(pieces)


def _pieces(text: str, *, first: bool, depth: int) -> list[str]:
    """Translate from left to right; until a wildcard comes, a written dot also stands for a hidden one."""
    pieces: list[str] = []
    at, leads = 0, first
    while at < len(text):
        group = _group(text, at) if text[at] in _KINDS and text[at + 1 : at + 2] == "(" else None
        if group is not None:
            alternatives, end = group
            pieces.append(_grouped(text[at], alternatives, first=leads, depth=depth + 1))
            at = end
        elif text[at] == "*":
            if pieces[-1:] != [ANY + "*"]:
                pieces.append(ANY + "*")
            at, leads = at + 1, False
        elif text[at] == "?":
            pieces.append(ANY)
            at, leads = at + 1, False
        elif (one := _LONE.match(text, at)) is not None:
            pieces.append(_literal(one[1], first=leads))
            at = one.end()
        elif text[at] == "[" and (found := read_class(text, at)) is not None:
            (piece, at), leads = found, False
            pieces.append(piece)
        else:
            at += text[at] == "\\" and at + 1 < len(text)
            pieces.append(_literal(text[at], first=leads))
            at += 1
    return pieces


def _literal(character: str, *, first: bool) -> str:
    if first and character == ".":
        return f"[.{escape(HIDDEN)}]"
    return escape(character)


def _grouped(kind: str, alternatives: list[str], *, first: bool, depth: int) -> str:
    if depth > MAX_NESTING:
        raise GlobError(f"groups are nested more than {MAX_NESTING} levels deep")
    written = []
    for alternative in alternatives:
        pieces = _pieces(alternative, first=first, depth=depth)
        if any(isinstance(piece, _Negation) for piece in pieces):
            raise GlobError('"!( )" inside another group is not supported')
        written.append(_joined(pieces))
    together = "|".join(written)
    return _Negation(together) if kind == "!" else f"(?:{together}){_KINDS[kind]}"


def _group(text: str, at: int) -> tuple[list[str], int] | None:
    """Split the group whose kind stands at ``at`` at its own bars; None if it is never closed."""
    alternatives: list[str] = []
    begun = place = at + 2
    depth = 1
    while place < len(text):
        one = text[place]
        if one == "\\":
            place += 1
        elif one == "[" and (end := class_end(text, place)) is not None:
            place = end - 1
        elif one in _KINDS and text[place + 1 : place + 2] == "(":
            depth += 1
            place += 1
        elif one == "|" and depth == 1:
            alternatives.append(text[begun:place])
            begun = place + 1
        elif one == ")":
            depth -= 1
            if depth == 0:
                return [*alternatives, text[begun:place]], place + 1
        place += 1
    return None
