"""Find the pieces of personal data in a text: one pass of all shapes at once, then checks, words and overlaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import re2
from re2 import _re2

from bot.datasets.findings import Tier
from bot.datasets.kinds import Kind, options, other_labels
from bot.datasets.kinds.checks import Check, check_named
from bot.datasets.kinds.evidence import Evidence

GROUP = 512
"""Bytes of whole lines that are passed over at once; any value gives the same findings."""
BEFORE, AFTER = 64, 24
"""Bytes around a value in which a word for it counts."""

_NOTHING = r"[^\s\S]"
_VALUE = b" \x00 "
"""What stands for the value itself where words are looked for around it."""
LABEL = 32
"""Bytes before a value in which a label of another sort of number counts."""

_UNANCHORED = _re2.RE2.Anchor.UNANCHORED
_WHOLE = _re2.RE2.Anchor.ANCHOR_BOTH
_LETTERS_AND_DIGITS = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS = frozenset(b"0123456789")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.\s]+")


class Hit(NamedTuple):
    """A finding within one text, in bytes from its beginning."""

    start: int
    end: int
    kind: str
    tier: Tier
    score: float


class _Rule(NamedTuple):
    kind: Kind
    shape: _re2.RE2
    check: Check | None
    words: _re2.RE2 | None


class Detector:
    """Look for kinds of personal data in texts. It keeps nothing of a text."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(kinds)
        self._rules = tuple(_rule(kind) for kind in kinds)
        self._shapes = _set(kind.pattern for kind in kinds)
        self._words = _set(_words(kind) or _NOTHING for kind in kinds)
        self._near = _set(_words(kind, anywhere=True) or _NOTHING for kind in kinds)

    def label(self, name: str) -> frozenset[str]:
        """Say which kinds the name of a column has a word for."""
        spaced = " ".join(_CAMEL.split(name[:200])).encode()
        return frozenset(self.kinds[index].name for index in self._words.Match(spaced) or ())

    def detect(self, text: bytes, start: int = 0, named: frozenset[str] = frozenset()) -> list[Hit]:
        """Find what begins at ``start`` or later, in order; what stands before is looked at for words alone.

        ``named`` are the kinds that the column's name has a word for. Text is UTF-8; bytes that are
        not are no part of anything.
        """
        hits: list[Hit] = []
        match, size = self._shapes.Match, len(text)
        while start < size:
            end = text.find(b"\n", start + GROUP) + 1 or size
            if shapes := match(text[start:end]):
                hits += self._within(text, start, end, shapes, named)
            start = end
        return hits

    def _within(
        self, text: bytes, start: int, end: int, shapes: list[int], named: frozenset[str]
    ) -> list[Hit]:
        found: list[tuple[Tier, int, int, Hit]] = []
        near: set[int] | None = None
        for index in shapes:
            rule = self._rules[index]
            kind = rule.kind
            if kind.alone is None and kind.name not in named:
                if near is None:
                    near = set(self._near.Match(text[max(0, start - 2 * BEFORE) : end]) or ())
                if index not in near:
                    continue
            for place in _places(rule.shape, text, start, end):
                if hit := _judge(rule, text, *place, kind.name in named):
                    found.append((hit.tier is not Tier.VERIFIED, -kind.priority, hit.start - hit.end, hit))
        return _without_overlaps(found)


def _places(shape: _re2.RE2, text: bytes, start: int, end: int) -> Iterable[tuple[int, int]]:
    while start < end:
        span = shape.Match(_UNANCHORED, text, start, end)[0]
        if span[0] < 0:
            return
        yield span
        start = span[1]


def _judge(rule: _Rule, text: bytes, start: int, end: int, named: bool) -> Hit | None:
    if _is_part_of_more(text, start, end):
        return None
    kind = rule.kind
    if kind.confusable and not named and _is_called_otherwise(text, start):
        return None
    evidence = Evidence.VALID
    if rule.check:
        start, end, evidence = _checked(rule, text, start, end)
        if evidence is Evidence.NOTHING:
            return None
    near = named or _has_word(rule, text, start, end)
    if evidence is Evidence.VALID:
        if near:
            return Hit(start, end, kind.name, kind.worded, 0.95 if kind.worded is Tier.VERIFIED else 0.5)
        if kind.alone:
            return Hit(start, end, kind.name, kind.alone, 0.8 if kind.alone is Tier.VERIFIED else 0.5)
        return None
    return Hit(start, end, kind.name, kind.broken, 0.4) if near and kind.broken else None


def _checked(rule: _Rule, text: bytes, start: int, end: int) -> tuple[int, int, Evidence]:
    """Check the value, and if it fails, without the groups that may belong to what stands beside it."""
    check = rule.check
    assert check is not None  # noqa: S101 - told by the only caller
    first = check(text[start:end])
    if first >= Evidence.VALID:
        return start, end, first
    for left, right in _shorter(text, start, end):
        if rule.shape.Match(_WHOLE, text, left, right)[0][0] >= 0:
            evidence = check(text[left:right])
            if evidence >= Evidence.VALID:
                return left, right, evidence
    return start, end, first


def _shorter(text: bytes, start: int, end: int) -> Iterable[tuple[int, int]]:
    right = text.rfind(b" ", start, end)
    for _ in range(3):
        if right < 0:
            break
        yield start, right
        right = text.rfind(b" ", start, right)
    left = text.find(b" ", start, end)
    for _ in range(2):
        if left < 0:
            break
        yield left + 1, end
        left = text.find(b" ", left + 1, end)


def _is_part_of_more(text: bytes, start: int, end: int) -> bool:
    """Tell a value from a piece of a longer code, a decimal or a version, by what touches it."""
    if start > 1:
        before, further = text[start - 1], text[start - 2]
        if before in b"-" and further in _LETTERS_AND_DIGITS:
            return True
        if before in b".,/" and further in _DIGITS:
            return True
        if text[start] not in _LETTERS_AND_DIGITS and before in _LETTERS_AND_DIGITS:
            return True
    if end + 1 < len(text):
        after, further = text[end], text[end + 1]
        if after in b"-./" and further in _DIGITS:
            return True
    return False


def _is_called_otherwise(text: bytes, start: int) -> bool:
    """Say whether the words just before a value call it another sort of number, such as an order's."""
    before = text[max(0, start - LABEL) : start]
    before = before[before.rfind(b"\n") + 1 :]
    return _other_labels().Match(_UNANCHORED, before, 0, len(before))[0][0] >= 0


@cache
def _other_labels() -> _re2.RE2:
    number = r"(?:[ _\-]?(?:numbers?|num|no|nr|ids?|code)\b\.?|[ _\-]?#)?"
    pattern = rf"(?i)(?:^|[^a-z])(?:{_any_of(other_labels())})s?{number}[\"']?(?:\s?[:=#]\s?|\s(?:is|was|of)\s|\s)[\"'#]?$"
    return _re2.RE2(pattern.encode(), options())


def _has_word(rule: _Rule, text: bytes, start: int, end: int) -> bool:
    """Say whether a word for the kind stands on the same line, or on a line above that ends as a label does."""
    if rule.words is None:
        return False
    line = text.rfind(b"\n", max(0, start - BEFORE), start) + 1 or max(0, start - BEFORE)
    if (
        line
        and text[line - 1] == 10
        and not text[line:start].strip()
        and text[max(0, line - 2) : line - 1] in (b":", b"\r")
    ):
        line = text.rfind(b"\n", max(0, line - 1 - BEFORE), line - 1) + 1 or max(0, line - 1 - BEFORE)
    stop = text.find(b"\n", end, end + AFTER)
    around = text[line:start] + _VALUE + text[end : stop if stop >= 0 else end + AFTER]
    return rule.words.Match(_UNANCHORED, around, 0, len(around))[0][0] >= 0


def _without_overlaps(found: list[tuple[Tier, int, int, Hit]]) -> list[Hit]:
    """Keep of those that share characters the verified one, then that of the higher priority, then the longer."""
    if len(found) > 1:
        found.sort()
    kept: list[Hit] = []
    for *_, hit in found:
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    kept.sort()
    return kept


def _rule(kind: Kind) -> _Rule:
    words = _words(kind)
    return _Rule(
        kind,
        _re2.RE2(kind.pattern.encode(), options()),
        check_named(kind.check) if kind.check else None,
        _re2.RE2(words.encode(), options()) if words else None,
    )


def _words(kind: Kind, anywhere: bool = False) -> str | None:
    if not kind.words:
        return None
    words = kind.words + kind.after if anywhere else kind.words
    around = rf"(?:^|\PL)(?:{_any_of(words)})s?(?:\PL|$)"
    behind = rf"|\x00 [ ,(\-]{{0,3}}(?:{_any_of(kind.after)})(?:\PL|$)" if kind.after else ""
    return f"(?im){around}{behind}"


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re2.escape(word).replace(r"\ ", r"[ _\-]?") for word in words)


def _set(patterns: Iterable[str]) -> re2.Set:
    made = re2.Set.SearchSet(options())
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made
