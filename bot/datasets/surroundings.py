"""Look at what stands around a value: a word for it, another number's label, or more of a longer code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from bot.datasets.kinds import Kind, other_labels
from bot.datasets.linear import NOTHING, Pattern, compiled, is_in, pattern_set

BEFORE, AFTER = 64, 24
"""Bytes around a value in which a word for it counts."""
LABEL = 32
"""Bytes before a value in which a label of another sort of number counts."""
REACH = 2 * BEFORE
"""Bytes before a value that can matter: its own line's, and those of a label above it."""

_VALUE = b" \x00 "
"""What stands for the value itself where words are looked for around it."""
_WORD = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS = frozenset(b"0123456789")
_SPACE, _DASH = ord(" "), ord("-")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.\s]+")


class Words:
    """Know the words for each kind, by the kind's place among all."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._one = tuple(compiled(_pattern(kind)) if kind.words else None for kind in kinds)
        self._named = pattern_set(_pattern(kind) for kind in kinds)

    def in_name(self, name: str) -> list[int]:
        """Say which kinds the name of a column has a word for."""
        found: list[int] = self._named.Match(f" {spaced(name)} ".encode("utf-8", "replace"))
        return found

    def are_near(self, kind: int, text: bytes, start: int, end: int) -> bool:
        """Say whether a word for the kind stands on the value's line, or on a label's line above it."""
        words = self._one[kind]
        if words is None:
            return False
        far = start - BEFORE if start > BEFORE else 0
        line = text.rfind(b"\n", far, start) + 1
        if line and not text[line:start].strip() and text[line - 2 : line - 1] in (b":", b"\r"):
            far = line - 1 - BEFORE if line > BEFORE else 0
            line = text.rfind(b"\n", far, line - 1) + 1
        stop = text.find(b"\n", end, end + AFTER)
        before = b" " + text[line:start] if line or not far else text[far - 1 : start]
        after = text[end:stop] + b" " if stop >= 0 else text[end : end + AFTER + 1]
        return is_in(words, before + _VALUE + (after if len(after) > AFTER else after + b" "))


def spaced(name: str) -> str:
    """Write the name of a column as words: ``phoneNumber`` and ``phone_number`` as ``phone number``."""
    return " ".join(_CAMEL.split(name[:200])).replace("[]", "")


def near_pattern(kind: Kind) -> str:
    """Give a pattern that is in a text wherever a word for the kind could be near a value in it."""
    if not kind.words:
        return NOTHING
    # a letter beyond ASCII passes here as none does, which keeps the automaton small
    return rf"(?im)(?:^|[^a-z])(?:{_any_of((*kind.words, *kind.after))})s?(?:[^a-z]|$)"


def is_called_otherwise(text: bytes, start: int) -> bool:
    """Say whether the words just before a value call it another sort of number, such as an order's."""
    before = text[start - LABEL if start > LABEL else 0 : start]
    line = before.rfind(b"\n") + 1
    if line or start <= LABEL:
        before = b" " + before[line:]
    return is_in(_other_labels(), before)


def is_part_of_more(text: bytes, start: int, end: int) -> bool:
    """Tell a value from a piece of a longer code, a decimal or a version, by what touches it."""
    if start > 1 and (before := text[start - 1]) != _SPACE:
        further = text[start - 2]
        if before == _DASH and further in _WORD:
            return True
        if before in b"./" and further in _DIGITS and text[start] in _DIGITS:
            return True
        if before in _WORD and text[start] not in _WORD:
            return True
    return end + 1 < len(text) and text[end + 1] in _DIGITS and text[end] in b"-./"


def _pattern(kind: Kind) -> str:
    """Give a pattern of a word for the kind with no letter beside it, or of one right behind the value."""
    if not kind.words:
        return NOTHING
    behind = rf"|\x00 [ ,(\-]{{0,3}}(?:{_any_of(kind.after)})\PL" if kind.after else ""
    return rf"(?i)\PL(?:{_any_of(kind.words)})s?\PL{behind}"


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"[ _\-]?") for word in words)


@cache
def _other_labels() -> Pattern:
    number = r"(?:[ _\-]?(?:numbers?|num|no|nr|ids?|code)\b\.?|[ _\-]?#)?"
    tied = r"[\"']?(?:\s?[:=#]\s?|\s(?:is|was|of)\s|\s)[\"'#]?"
    return compiled(rf"(?i)(?:[^a-z](?:{_any_of(other_labels())})s?{number}{tied}|[=~<>!]= ?)$")
