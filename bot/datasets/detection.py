"""Find the pieces of personal data in a text: one pass of all shapes, then checks, words and overlaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from bot.datasets.findings import Tier
from bot.datasets.kinds import Kind
from bot.datasets.kinds.checks import Check, check_named
from bot.datasets.kinds.evidence import NOTHING, VALID, WEAK
from bot.datasets.linear import ANYWHERE, Pattern, begins_with_digit, compiled, pattern_set
from bot.datasets.narrowing import narrowed
from bot.datasets.surroundings import (
    REACH,
    Words,
    is_called_otherwise,
    is_part_of_more,
    near_pattern,
)

GROUP = 512
"""Bytes of whole lines that are passed over at once; any value gives the same findings."""
QUIET = 8192
"""Bytes that are passed over at once where nothing was found just before."""
MARGIN = 64
"""Bytes of a value before its mark at most."""
SCORES = {Tier.VERIFIED: 0.9, Tier.POSSIBLE: 0.5}
BROKEN_SCORE = 0.3
_NUMBER = -1
"""Stands for a digit, without which most shapes that need a word beside them are nowhere."""
_DIGIT = b"0"
"""Stands for any digit, where marks are looked for."""
_TAKEN = 1
"""Stands where something certain does; in texts it is a character that says nothing."""
_MARKS = bytes.maketrans(b"123456789\x01", 9 * _DIGIT + b" ")
_NUMBERS_ALONE = frozenset({_NUMBER})
_VERIFIED, _POSSIBLE = Tier.VERIFIED, Tier.POSSIBLE
_KEPT = 10_000
"""Combinations of what was found of which it is remembered what to look for; few come up in one dataset."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Hit(NamedTuple):
    """A finding within one text, in bytes from its beginning."""

    start: int
    end: int
    kind: str
    tier: Tier
    score: float


class Rule(NamedTuple):
    """What is needed of a kind to look for it."""

    place: int
    """Where the kind stands among the detector's, those of the highest priority first."""
    match: Callable[..., Any]
    """Finds the shape: the method of ``shape``."""
    mark: bytes
    """What is in every value, so that the shape is looked for around it alone; empty where nothing is."""
    margin: int
    """Bytes before its mark that a value begins at most."""
    shape: Pattern
    check: Check | None
    name: str
    alone: Tier | None
    worded: Tier
    broken: Tier | None
    confusable: bool


class Detector:
    """Look for kinds of personal data in texts. It keeps nothing of a text."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(sorted(kinds, key=lambda kind: -kind.priority))
        self._words = Words(self.kinds)
        self.rules = tuple(_rule(place, kind) for place, kind in enumerate(self.kinds))
        alone = [rule.place for rule in self.rules if rule.alone]
        numbered = [rule.place for rule in self.rules if not rule.alone and rule.mark == _DIGIT]
        spelled = [rule.place for rule in self.rules if not rule.alone and rule.mark != _DIGIT]
        hints = (self.kinds[place].hint or self.kinds[place].pattern for place in (*alone, *spelled))
        self._first = pattern_set((*hints, r"\d"))
        self._first_means = (*alone, *spelled, _NUMBER)
        self._second = pattern_set(near_pattern(self.kinds[place]) for place in (*numbered, *spelled))
        self._second_means = tuple((place, _NUMBER) for place in numbered) + tuple(
            zip(spelled, spelled, strict=True)
        )
        self._asking = frozenset((*spelled, _NUMBER))
        self._asked: dict[tuple[int, ...], frozenset[int]] = {}
        self._sought: dict[tuple[tuple[int, ...], tuple[int, ...], frozenset[int]], tuple[Rule, ...]] = {}

    def named(self, column: str) -> frozenset[int]:
        """Say which kinds, by their place in ``kinds``, the name of a column has a word for."""
        return frozenset(self._words.in_name(column))

    def detect(self, text: bytes, start: int = 0, named: frozenset[int] = frozenset()) -> list[Hit]:
        """Find what begins at ``start`` or later, in order; what stands before is looked at for words alone.

        ``named`` are the kinds that the column's name has a word for. Text is UTF-8; bytes that are
        not are no part of anything.
        """
        hits: list[Hit] = []
        match, find, size = self._first.Match, text.find, len(text)
        found: list[int] = []
        looked = start  # something is before this place
        while start < size:
            if not found and not named and start >= looked:  # many lines more may have nothing
                looked = find(b"\n", start + QUIET) + 1 or size
                if not match(text[start:looked]):
                    start = looked
                    continue
            end = find(b"\n", start + GROUP) + 1 or size
            lines = text[start:end]
            found = match(lines)
            if found or named:
                marks = lines.translate(_MARKS)
                sought = self._sought_in(text, start, end, marks, tuple(found), named)
                hits += self._within(text, start, end, marks, sought, named)
            start = end
        return hits

    def _sought_in(
        self,
        text: bytes,
        start: int,
        end: int,
        marks: bytes,
        found: tuple[int, ...],
        named: frozenset[int],
    ) -> tuple[Rule, ...]:
        """Say what to look for in a few lines, what has the highest priority first.

        A shape that says nothing alone is looked for where a word for it is in these lines or just above, if
        what it takes is here: a digit, or what its hint says.
        """
        asking = self._asked.get(found)
        if asking is None:
            asking = self._asking & {self._first_means[place] for place in found}
            self._asked = _with(self._asked, found, asking)
        near: tuple[int, ...] = ()
        if asking:
            far = start - REACH
            if asking == _NUMBERS_ALONE:
                far += max(0, marks.find(_DIGIT) - MARGIN)
            near = tuple(self._second.Match(text[far if far > 0 else 0 : end]))
        sought = self._sought.get((found, near, named))
        if sought is None:
            shapes = named | {self._first_means[place] for place in found} - asking
            shapes |= {place for place, asks in map(self._second_means.__getitem__, near) if asks in asking}
            sought = tuple(self.rules[place] for place in sorted(shapes))
            self._sought = _with(self._sought, (found, near, named), sought)
        return sought

    def _within(  # noqa: C901 - every finding passes here: what is a function of its own costs a tenth
        self,
        text: bytes,
        start: int,
        end: int,
        marks: bytes,
        sought: tuple[Rule, ...],
        named: frozenset[int],
    ) -> list[Hit]:
        """Look for shapes in a few lines, whose marks are given, in the order of the rules."""
        certain: list[Hit] = []
        possible: list[Hit] = []
        free: bytearray | None = None  # the marks that nothing certain takes
        for rule in sought:
            place, match, mark, margin = rule[:4]
            if free is not None and mark and free.find(mark) < 0:
                continue
            right = start
            while right < end:
                left = right
                if mark:
                    marked = marks.find(mark, right - start)
                    if marked < 0:
                        break
                    if marked > right - start + margin:
                        left = start + marked - margin
                left, right = match(ANYWHERE, text, left, end)[0]
                if left < 0:
                    break
                if free is not None and free.find(_TAKEN, left - start, right - start) >= 0:
                    continue
                hit = self._judge(rule, text, left, right, place in named)
                if hit is None:
                    continue
                if hit.tier is _VERIFIED:
                    certain.append(hit)
                    free = bytearray(marks) if free is None else free
                    _take(free, hit, start)
                else:
                    possible.append(hit)
        if possible:
            return _with_possible(certain, possible, bytearray(marks) if free is None else free, start)
        if len(certain) > 1:
            certain.sort(key=itemgetter(0))
        return certain

    def _judge(self, rule: Rule, text: bytes, start: int, end: int, is_named: bool) -> Hit | None:
        if is_part_of_more(text, start, end):
            return None
        place, _, _, _, shape, check, name, alone, worded, broken, confusable = rule
        evidence = VALID
        if check:
            value = text[start:end]
            evidence = check(value)
            if evidence < WEAK and (b" " in value or b"@" in value):
                start, end, evidence = narrowed(shape, check, text, start, end, evidence)
            if evidence is NOTHING:
                return None
        if confusable and not is_named and is_called_otherwise(text, start):
            return None
        if evidence is VALID and alone is _VERIFIED:
            return Hit(start, end, name, _VERIFIED, SCORES[_VERIFIED])
        if evidence is WEAK:
            return Hit(start, end, name, _POSSIBLE, SCORES[_POSSIBLE])
        has_word = is_named or self._words.are_near(place, text, start, end)
        if evidence is VALID:
            tier = worded if has_word else alone
            return Hit(start, end, name, tier, SCORES[tier]) if tier else None
        return Hit(start, end, name, broken, BROKEN_SCORE) if broken and has_word else None


@lru_cache(maxsize=8)
def detector_of(kinds: tuple[Kind, ...]) -> Detector:
    """Give the detector of some kinds; making one takes half a second, so it is made once and kept."""
    return Detector(kinds)


def _with_possible(certain: list[Hit], possible: list[Hit], taken: bytearray, start: int) -> list[Hit]:
    """Add of what is possible what nothing certain takes, nor anything possible of a higher priority."""
    for hit in possible:
        if taken.find(_TAKEN, hit.start - start, hit.end - start) < 0:
            certain.append(hit)
            _take(taken, hit, start)
    certain.sort(key=itemgetter(0))
    return certain


def _take(taken: bytearray, hit: Hit, start: int) -> None:
    taken[hit.start - start : hit.end - start] = bytes((_TAKEN,)) * (hit.end - hit.start)


def _rule(place: int, kind: Kind) -> Rule:
    check = check_named(kind.check) if kind.check else None
    shape = compiled(kind.pattern)
    mark, margin = kind.mark.encode(), MARGIN
    if not mark and begins_with_digit(shape):
        mark, margin = _DIGIT, 0
    return Rule(
        place,
        shape.Match,
        mark,
        margin,
        shape,
        check,
        kind.name,
        kind.alone,
        kind.worded,
        kind.broken,
        kind.confusable,
    )


def _with(known: dict[Key, Value], key: Key, value: Value) -> dict[Key, Value]:
    """Remember one thing more, and forget all the others when there are too many."""
    if len(known) >= _KEPT:
        return {key: value}
    known[key] = value
    return known
