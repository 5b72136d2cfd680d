"""Write one segment of a minimatch glob, the part between two slashes, as a linear pattern.

Source of the rules: the README and the behaviour of minimatch 10, whose answers the tests hold ours to.
A leading dot of a segment is written as ``HIDDEN`` in the text when wildcards must not match it, so that
no look-ahead is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.triage.linear import escape

HIDDEN = "\x00"
"""Stands for the leading dot of a segment; no path of Git holds this character."""
ANY = r"[^/\x{0}]"
"""Matches one character of a segment."""
MAX_NESTING = 8
"""Levels of ``@( )`` groups inside each other at most."""
NEVER = r"[^\x{0}-\x{10FFFF}]"
"""Matches nothing."""

_KINDS = {"@": "", "?": "?", "*": "*", "+": "+", "!": ""}
_LONE = re.compile(r"\[([^]!^\\\[])\]")
_EMPTY_GROUPS = {"@()", "?()", "*()", "+()"}
# Without the slash, which is punctuation too; of other scripts' marks those of the category Po are left out.
_POSIX = {
    "alnum": r"\p{L}\p{Nl}\p{Nd}",
    "alpha": r"\p{L}\p{Nl}",
    "ascii": r"\x{0}-\x{2e}\x{30}-\x{7f}",
    "blank": r"\p{Zs}\t",
    "cntrl": r"\p{Cc}",
    "digit": r"\p{Nd}",
    "lower": r"\p{Ll}",
    "print": r"\p{C}",
    "punct": r"!\"#%&'*,.:;?@\\\p{Pc}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}",
    "space": r"\p{Z}\t\r\n\v\f",
    "upper": r"\p{Lu}",
    "word": r"\p{L}\p{Nl}\p{Nd}\p{Pc}",
    "xdigit": "A-Fa-f0-9",
}
_POSIX_BUT = {"graph": r"\p{Z}\p{C}"}


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
    pieces: list[str] = []
    at = 0
    while at < len(text):
        leads = first and not pieces
        group = _group(text, at) if text[at] in _KINDS and text[at + 1 : at + 2] == "(" else None
        if group is not None:
            alternatives, end = group
            pieces.append(_grouped(text[at], alternatives, first=leads, depth=depth + 1))
            at = end
        elif text[at] == "*":
            if pieces[-1:] != [ANY + "*"]:
                pieces.append(ANY + "*")
            at += 1
        elif text[at] == "?":
            pieces.append(ANY)
            at += 1
        elif (one := _LONE.match(text, at)) is not None:
            pieces.append(_literal(one[1], first=leads))
            at = one.end()
        elif text[at] == "[" and (found := _class(text, at)) is not None:
            piece, at = found
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
        elif one == "[" and (end := _class_end(text, place)) is not None:
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


def _class_end(text: str, at: int) -> int | None:
    """Find where the class that opens at ``at`` ends; None if it never does, and so is no class."""
    if text.find("]", at) < 0:
        return None
    place = at + 1 + (text[at + 1 : at + 2] in {"!", "^"})
    begun = place
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif posix := _posix_at(text, place):
            place += len(posix) + 4
        elif text[place] == "]" and place > begun:
            return place + 1
        else:
            place += 1
    return None


def _posix_at(text: str, place: int) -> str | None:
    name = text[place + 2 : text.find(":]", place, place + 11)] if text.startswith("[:", place) else ""
    return name if name in _POSIX or name in _POSIX_BUT else None


def _class(text: str, at: int) -> tuple[str, int] | None:
    """Translate a class such as ``[a-z]`` and give where it ends."""
    end = _class_end(text, at)
    if end is None:
        return None
    negated = text[at + 1] in "!^"
    place = at + 1 + negated
    inside, but, since = "", "", ""
    while place < end - 1:
        if posix := _posix_at(text, place):
            if since:
                return NEVER, len(text)
            inside += _POSIX.get(posix, "")
            but += _POSIX_BUT.get(posix, "")
            place += len(posix) + 4
            continue
        place += text[place] == "\\"
        one = text[place]
        place += 1
        if since:
            inside += _range(since, one)
            since = ""
        elif text[place : place + 1] == "-" and place + 1 < end - 1:
            since = one
            place += 1
        else:
            inside += _range(one, one)
    if not inside and not but:
        return NEVER, len(text)
    return _written_class(negated, inside, but), end


def _range(low: str, high: str) -> str:
    """Write a range without the slash that may lie in it; nothing for one that runs backwards."""
    parts = [(ord(low), min(ord(high), ord("/") - 1)), (max(ord(low), ord("/") + 1), ord(high))]
    return "".join(dict.fromkeys(f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in parts if a <= b))


def _written_class(negated: bool, inside: str, but: str) -> str:
    hidden = "/" + escape(HIDDEN)
    if negated:
        excluded = f"[^{hidden}{inside}]" if inside else ""
        return "|".join(filter(None, (excluded, f"[{but}]" if but else ""))).join(("(?:", ")"))
    included = f"[{inside}]" if inside else ""
    return "|".join(filter(None, (included, f"[^{hidden}{but}]" if but else ""))).join(("(?:", ")"))
