"""Read a JavaScript regular expression for branch names as a linear pattern, or say why it cannot be.

actions/labeler hands ``base-branch`` and ``head-branch`` to JavaScript's ``RegExp`` without flags. RE2 means
the same by almost all of it; what it cannot do, or would read otherwise, is refused here by name.
"""

from __future__ import annotations

import re

from bot.triage.linear import LinearPattern, PatternError

MAX_REGEX = 1_000
"""Characters of a regular expression at most."""

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_SAME_ESCAPES = "dDwWsSbBtnrvf"
_GROUPS = {
    "(?=": "look-ahead",
    "(?!": "look-ahead",
    "(?<=": "look-behind",
    "(?<!": "look-behind",
}
_KNOWN_GROUP = re.compile(r"\(\?(?::|<[A-Za-z_$])")


class RegexError(ValueError):
    """A regular expression is not supported; the message says why."""


def branch_regex(text: str) -> LinearPattern:
    """Understand a regular expression as JavaScript's ``new RegExp(text)`` does.

    Look-around and back-references cannot be run in linear time; an expression from a repository must
    not be able to keep the bot busy, so they are refused.

    Raises:
        RegexError: the message says what is not supported.
    """
    if len(text) > MAX_REGEX:
        raise RegexError(f"a regular expression has at most {MAX_REGEX} characters")
    written, at, in_class = list[str](), 0, False
    while at < len(text):
        one = text[at]
        if one == "\\":
            piece, at = _escaped(text, at)
            written.append(piece)
            continue
        if in_class:
            in_class = one != "]"
            # A class in a class is RE2's; for JavaScript the bracket is a character like others.
            written.append("\\[" if one == "[" else one)
        elif one == "[":
            in_class = True
            piece = _class_opening(text, at)
            written.append(piece)
            at += len(piece) - 1
        else:
            if one == "(":
                _check_group(text, at)
            written.append(one)
        at += 1
    try:
        return LinearPattern("".join(written))
    except PatternError as error:
        raise RegexError(f"not a regular expression that can be run in linear time: {error}") from None


def _class_opening(text: str, at: int) -> str:
    opening = "[^" if text.startswith("[^", at) else "["
    if text.startswith(opening + "]", at):
        raise RegexError(f'the class "{opening}]" is not supported')
    return opening


def _check_group(text: str, at: int) -> None:
    for opening, name in _GROUPS.items():
        if text.startswith(opening, at):
            raise RegexError(f'{name} "{opening}" is not supported: it cannot be run in linear time')
    if text.startswith("(?", at) and not _KNOWN_GROUP.match(text, at):
        raise RegexError(f'the group "{text[at : at + 3]}" is not supported')


def _escaped(text: str, at: int) -> tuple[str, int]:
    """Translate what a backslash begins; JavaScript takes a letter that means nothing for itself."""
    found = _ESCAPE.match(text, at)
    if found is None:
        raise RegexError("a backslash stands at the end")
    code, one = found[1] or found[2], found[3]
    if code:
        return f"\\x{{{code}}}", found.end()
    if (one.isdigit() and one != "0") or (one == "k" and "(?<" in text):
        raise RegexError(f'the back-reference "\\{one}" is not supported: it cannot be run in linear time')
    if one in "0cpPux":
        raise RegexError(f'the escape "\\{one}" is not supported')
    if one in _SAME_ESCAPES:
        return f"\\{one}", found.end()
    return (one if one.isalnum() or one == "_" else f"\\x{{{ord(one):x}}}"), found.end()
