"""Find the pieces of personal data in a text: one pass of all shapes, then checks, words and overlaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from bot.datasets.findings import Tier
from bot.datasets.kinds import Kind
from bot.datasets.kinds.checks import Check, check_named
from bot.datasets.kinds.evidence import Evidence
from bot.datasets.linear import ANYWHERE, WHOLE, Pattern, compiled, pattern_set
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
SCORES = {Tier.VERIFIED: 0.9, Tier.POSSIBLE: 0.5}
BROKEN_SCORE = 0.3
_NUMBER = -1
"""Stands for two digits, without which most shapes that need a word beside them are nowhere."""


class Hit(NamedTuple):
    """A finding within one text, in bytes from its beginning."""

    start: int
    end: int
    kind: str
    tier: Tier
    score: float


class Rule(NamedTuple):
    """What is needed of a kind to look for it."""

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
        self.rules = tuple(_rule(kind) for kind in self.kinds)
        alone = [place for place, kind in enumerate(self.kinds) if kind.alone]
        worded = [place for place, kind in enumerate(self.kinds) if not kind.alone]
        numbered = [place for place in worded if _takes_digits(self.kinds[place])]
        spelled = [place for place in worded if place not in numbered]
        hints = (self.kinds[place].hint or self.kinds[place].pattern for place in (*alone, *spelled))
        self._first = pattern_set((*hints, r"\d\d"))
        self._first_means = (*alone, *spelled, _NUMBER)
        self._asking = frozenset((*spelled, _NUMBER))
        self._second = pattern_set(near_pattern(self.kinds[place]) for place in (*numbered, *spelled))
        self._second_means = tuple((place, _NUMBER) for place in numbered) + tuple(
            zip(spelled, spelled, strict=True)
        )

    def named(self, column: str) -> frozenset[int]:
        """Say which kinds, by their place in ``kinds``, the name of a column has a word for."""
        return frozenset(self._words.in_name(column))

    def detect(self, text: bytes, start: int = 0, named: frozenset[int] = frozenset()) -> list[Hit]:
        """Find what begins at ``start`` or later, in order; what stands before is looked at for words alone.

        ``named`` are the kinds that the column's name has a word for. Text is UTF-8; bytes that are
        not are no part of anything.
        """
        hits: list[Hit] = []
        match, means, find, size = self._first.Match, self._first_means.__getitem__, text.find, len(text)
        found: set[int] = set()
        while start < size:
            if not found and not named:  # where the last lines had nothing, many more may have nothing
                end = find(b"\n", start + QUIET) + 1 or size
                if not match(text[start:end]):
                    start = end
                    continue
            end = find(b"\n", start + GROUP) + 1 or size
            found = set(map(means, match(text[start:end])))
            if found or named:
                hits += self._within(text, start, end, found, named)
            start = end
        return hits

    def _within(self, text: bytes, start: int, end: int, found: set[int], named: frozenset[int]) -> list[Hit]:
        """Look for shapes in a few lines, those of the highest priority first.

        A shape that says nothing alone is looked for where a word for it is in these lines or just above, if
        what it takes is here: two digits, or what its hint says.
        """
        shapes = found | named
        if asking := found & self._asking:
            shapes -= asking - named
            near = self._second.Match(text[start - REACH if start > REACH else 0 : end])
            shapes.update(
                place for place, asks in map(self._second_means.__getitem__, near) if asks in asking
            )
        certain: list[Hit] = []
        possible: list[Hit] = []
        taken = bytearray(end - start)  # marks what is certain, so that a finding among many costs no more
        for place in sorted(shapes):
            rule = self.rules[place]
            match, right = rule.shape.Match, start
            while right < end:
                left, right = match(ANYWHERE, text, right, end)[0]
                if left < 0:
                    break
                if taken.find(1, left - start, right - start) >= 0 or is_part_of_more(text, left, right):
                    continue
                hit = self._judge(place, rule, text, left, right, place in named)
                if hit is None:
                    continue
                if hit.tier is Tier.VERIFIED:
                    certain.append(hit)
                    _mark(taken, hit, start)
                else:
                    possible.append(hit)
        return _with_possible(certain, possible, taken, start)

    def _judge(
        self,
        place: int,
        rule: Rule,
        text: bytes,
        start: int,
        end: int,
        is_named: bool,
    ) -> Hit | None:
        shape, check, name, alone, worded, broken, confusable = rule
        evidence = Evidence.VALID
        if check:
            value = text[start:end]
            evidence = check(value)
            if evidence < Evidence.WEAK and (b" " in value or b"@" in value):
                start, end, evidence = _narrowed(shape, check, text, start, end, evidence)
            if evidence is Evidence.NOTHING:
                return None
        if confusable and not is_named and is_called_otherwise(text, start):
            return None
        if evidence is Evidence.VALID and alone is Tier.VERIFIED:
            return Hit(start, end, name, alone, SCORES[alone])
        if evidence is Evidence.WEAK:
            return Hit(start, end, name, Tier.POSSIBLE, SCORES[Tier.POSSIBLE])
        has_word = is_named or self._words.are_near(place, text, start, end)
        if evidence is Evidence.VALID:
            tier = worded if has_word else alone
            return Hit(start, end, name, tier, SCORES[tier]) if tier else None
        return Hit(start, end, name, broken, BROKEN_SCORE) if broken and has_word else None


@lru_cache(maxsize=8)
def detector_of(kinds: tuple[Kind, ...]) -> Detector:
    """Give the detector of some kinds; making one takes half a second, so it is made once and kept."""
    return Detector(kinds)


def _takes_digits(kind: Kind) -> bool:
    """Tell whether a value of a kind has two digits or more, as far as its pattern shows."""
    return r"\d{" in kind.pattern or kind.pattern.count(r"\d") > 1


def _narrowed(
    shape: Pattern, check: Check, text: bytes, start: int, end: int, evidence: Evidence
) -> tuple[int, int, Evidence]:
    """Try the value without the groups at its ends that may belong to what stands beside it.

    Behind an address these are the ending of a file's name, or the next sentence where a space is missing.
    """
    for left, right in _shorter(text, start, end):
        if shape.Match(WHOLE, text, left, right)[0][0] >= 0:
            found = check(text[left:right])
            if found is Evidence.VALID:
                return left, right, found
    return start, end, evidence


def _shorter(text: bytes, start: int, end: int) -> Iterable[tuple[int, int]]:
    between = b"." if text.find(b"@", start, end) >= 0 else b" "
    right = text.rfind(between, start, end)
    for _ in range(3):
        if right < 0:
            break
        yield start, right
        right = text.rfind(between, start, right)
    left = text.find(b" ", start, end)
    for _ in range(2):
        if left < 0:
            break
        yield left + 1, end
        left = text.find(b" ", left + 1, end)


def _with_possible(certain: list[Hit], possible: list[Hit], taken: bytearray, start: int) -> list[Hit]:
    """Add of what is possible what nothing certain takes, nor anything possible of a higher priority."""
    if not possible and len(certain) < 2:
        return certain
    for hit in possible:
        if taken.find(1, hit.start - start, hit.end - start) < 0:
            certain.append(hit)
            _mark(taken, hit, start)
    certain.sort(key=itemgetter(0))
    return certain


def _mark(taken: bytearray, hit: Hit, start: int) -> None:
    taken[hit.start - start : hit.end - start] = b"\x01" * (hit.end - hit.start)


def _rule(kind: Kind) -> Rule:
    check = check_named(kind.check) if kind.check else None
    shape = compiled(kind.pattern)
    return Rule(shape, check, kind.name, kind.alone, kind.worded, kind.broken, kind.confusable)
