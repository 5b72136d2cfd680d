"""Write a text as shapes are written: plain digits, dashes and spaces, and no characters that nobody sees."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

_UNSEEN = (0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065))
_ALSO_UNSEEN = (*range(0x2066, 0x206A), *range(0xFE00, 0xFE10), 0xFEFF)
_ALL_UNSEEN = frozenset(map(chr, (*_UNSEEN, *_ALSO_UNSEEN)))
"""Soft hyphens, zero-width characters and marks of direction: they change no value, and hide it well."""
_SPACES = (0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_DASHES = (*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63)
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_FROM_FULL_WIDTH = 0xFEE0
_FEW = 16
"""Different characters that are faster replaced one by one than all at once."""


class Folded(NamedTuple):
    """A text in bytes of UTF-8, and the way back to the characters it was made of."""

    data: bytes
    text: str
    """What ``data`` encodes, character for character."""
    left_out: list[int]
    """For each character left out, the place in ``text`` that it stood at."""

    def characters(self, places: Iterable[int]) -> dict[int, int]:
        """Say for places in ``data`` how many characters of the text as it was given stand before them."""
        known: dict[int, int] = {}
        if len(self.data) == len(self.text):
            known = {place: place for place in places}
        else:
            read = characters = 0
            for place in sorted(set(places)):
                characters += len(self.data[read:place].decode("utf-8", "ignore"))
                known[place] = characters
                read = place
        if not self.left_out:
            return known
        return {place: at + bisect_right(self.left_out, at) for place, at in known.items()}


def fold(text: str) -> Folded:
    """Write ``text`` with the characters that shapes know; most texts stay as they are."""
    left_out: list[int] = []
    if not text.isascii():
        table = _table()
        if present := set(text) & table.keys():
            if present & _ALL_UNSEEN:
                left_out = [match.start() - before for before, match in enumerate(_unseen().finditer(text))]
            text = text.translate(_characters()) if len(present) > _FEW else _replaced(text, present)
    return Folded(text.encode("utf-8", "replace"), text, left_out)


def _replaced(text: str, present: set[str]) -> str:
    for character in present:
        text = text.replace(character, _table()[character])
    return text


@cache
def _table() -> dict[str, str]:
    """Say for each character that is written otherwise what it stands for."""
    table = dict.fromkeys(_ALL_UNSEEN, "") | dict.fromkeys(map(chr, _SPACES), " ")
    table |= dict.fromkeys(map(chr, _DASHES), "-")
    table |= {chr(code): chr(code - _FROM_FULL_WIDTH) for code in _FULL_WIDTH}
    digits = (chr(code) for code in range(0x80, sys.maxunicode + 1) if chr(code).isdecimal())
    return table | {digit: str(unicodedata.digit(digit)) for digit in digits}


@cache
def _characters() -> dict[int, str]:
    return str.maketrans(_table())


@cache
def _unseen() -> re.Pattern[str]:
    return re.compile(f"[{''.join(sorted(_ALL_UNSEEN))}]")
