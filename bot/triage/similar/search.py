"""Answer one question: gather candidates, score them, and let people have the last word."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from bot.triage.similar import storage, taught
from bot.triage.similar.guards import difference, same_title
from bot.triage.similar.meaning import Meanings, Vectors
from bot.triage.similar.score import SAME_ERROR, SHOWN, Match, recency, shared_words
from bot.triage.similar.storage import Row
from bot.triage.similar.telling import telling_terms
from bot.triage.similar.vectors import Frequencies, compare
from bot.triage.similar.words import Words

CANDIDATES = 50
"""Issues found by their words that are looked at closely."""

NEAR_IN_MEANING = 50
"""Issues found by an embedding, when there is one."""

COMMON_ERROR = 20
"""A failure that more issues than this have is a generic one, and says nothing about two of them."""

_FAMILIES = 5
"""Of how many issues beyond those asked for the family is looked up."""

_CLOSE = 0.7
"""Cosine from which two issues are said to be close in meaning."""


class Question(NamedTuple):
    """An issue whose like is looked for."""

    row: Row
    words: Words
    vector: Vectors | None
    before: int
    """Only issues below this number may match."""


class _Found(NamedTuple):
    """A candidate and how it did."""

    row: Row
    score: float
    by_words: float
    """The score without the embedding."""
    same_error: bool = False
    close: bool = False
    """By the embedding."""
    said: str = ""
    """What people said that makes it a match."""


class Search:
    """One question to one index."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        frequencies: Frequencies,
        meanings: Meanings | None,
        question: Question,
    ) -> None:
        self._connection = connection
        self._frequencies = frequencies
        self._meanings = meanings
        self._asked = question
        number = question.row.number
        self._never = {number} | taught.said_to_differ(connection, number)

    def matches(self, limit: int) -> tuple[Match, ...]:
        """Give the best matches, best first; of equally good ones the oldest first."""
        found = {one.row.number: one for one in self._score(self._rows(self._candidates()))}
        best = _in_order(found.values())[: limit + _FAMILIES]
        self._prefer_originals(found, best)
        self._follow_people(found)
        return tuple(self._match(one) for one in _in_order(found.values())[:limit])

    def _candidates(self) -> set[int]:
        row, before = self._asked.row, self._asked.before
        terms = telling_terms(row.terms, self._frequencies)
        numbers = set(storage.nearest(self._connection, terms, before, CANDIDATES))
        if row.fingerprint:
            numbers.update(storage.with_fingerprint(self._connection, row.fingerprint, before, COMMON_ERROR))
        if self._meanings and self._asked.vector is not None:
            numbers.update(self._meanings.nearest(self._asked.vector, before, NEAR_IN_MEANING))
        return numbers

    def _rows(self, numbers: Collection[int]) -> list[Row]:
        """Read those of the issues that are in the index and may match."""
        allowed = [one for one in numbers if one < self._asked.before and one not in self._never]
        return storage.rows(self._connection, allowed)

    def _score(self, rows: list[Row]) -> Iterable[_Found]:
        row, vector = self._asked.row, self._asked.vector
        alike = compare(row.terms, [one.terms for one in rows], self._frequencies).fused
        factors = recency(row.opened, [one.opened for one in rows])
        near: list[float | None] = [None] * len(rows)
        if self._meanings and vector is not None:
            near = self._meanings.alike(vector, [one.number for one in rows])
        telling = row.fingerprint is not None and not storage.is_common(
            self._connection, row.fingerprint, COMMON_ERROR
        )
        for one, words, factor, meaning in zip(rows, alike.tolist(), factors.tolist(), near, strict=True):
            same_error = telling and one.fingerprint == row.fingerprint
            by_words, score = (
                likeness + (1 - likeness) * SAME_ERROR * same_error
                for likeness in (
                    words * factor,
                    (words if meaning is None else (words + meaning) / 2) * factor,
                )
            )
            if score > 0:
                yield _Found(one, score, by_words, same_error, meaning is not None and meaning >= _CLOSE)

    def _prefer_originals(self, found: dict[int, _Found], best: Iterable[_Found]) -> None:
        """Let the oldest of each family of duplicates be as good a match as the best of them."""
        for one in best:
            numbers = taught.family(
                self._connection, one.row.number, before=self._asked.before, unmarked=self._asked.row.number
            )
            family = self._rows(numbers)
            if not family:
                continue
            oldest = min(family, key=lambda row: row.number)
            if oldest.number > one.row.number:
                continue
            known = found.get(oldest.number, _Found(oldest, 0.0, 0.0))
            found[oldest.number] = known._replace(
                score=max(known.score, one.score),
                by_words=max(known.by_words, one.by_words),
                said=f"#{one.row.number} was called the same as it",
            )

    def _follow_people(self, found: dict[int, _Found]) -> None:
        """Put first what a person said is the same as the issue asked about."""
        number = self._asked.row.number
        numbers = taught.family(self._connection, number, before=self._asked.before, unmarked=number)
        for row in self._rows(numbers):
            known = found.get(row.number, _Found(row, 0.0, 0.0))
            found[row.number] = known._replace(score=1.0, said=_SAID)

    def _match(self, one: _Found) -> Match:
        asked, row = self._asked.row, one.row
        why = [one.said] if one.said else []
        if one.same_error:
            why.append("the same error")
        titles, elsewhere = shared_words(self._asked.words, row.terms, self._frequencies)
        if same_title(asked.title, row.title):
            why.append("the same title")
        elif titles:
            why.append(f"both titles have: {', '.join(titles)}")
        if elsewhere and not one.same_error:  # the error says more than its words
            why.append(f"both mention: {', '.join(elsewhere)}")
        if one.close:
            why.append("close in meaning")
        shown = one.said == _SAID
        if not shown and one.score >= SHOWN:
            held_back = difference(
                asked.title,
                row.title,
                author=asked.author,
                other_author=row.author,
                same_error=one.same_error,
            ) or (_MEANING_ALONE if one.by_words < SHOWN else None)
            shown = held_back is None
            why += [f"not shown: {held_back}"] if held_back else []
        fixed_by, released_in = storage.fix_of(self._connection, row.number)
        return Match(row.number, round(one.score, 4), shown, tuple(why), fixed_by, released_in)


_SAID = "a person said so"
_MEANING_ALONE = "close in meaning alone"
"""Of what words do not bear out too little was right when it was read (docs/accuracy.md)."""


def _in_order(found: Iterable[_Found]) -> list[_Found]:
    return sorted(found, key=lambda one: (-one.score, one.row.number))
