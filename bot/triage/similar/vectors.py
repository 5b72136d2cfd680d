"""Hold the terms of an issue in a few hundred bytes, and compare one issue with many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.triage.similar.words import Words

TITLE_WEIGHT = 3
"""How often a word of the title counts against one of the body."""

BUCKETS = 1 << 18
"""Counters of how many issues have a term; terms that share one by their hash look less rare."""

TERM = np.dtype([("term", "<u4"), ("title", "u1"), ("body", "u1")])
"""One term of an issue: its hash, and how often title and body have it."""

_K1, _B = 1.2, 0.75
"""BM25's usual parameters (Robertson and Zaragoza 2009, section 3.5; also SQLite's own)."""

Floats = NDArray[np.float64]


class Frequencies(NamedTuple):
    """How many issues have each term, as of some moment; weights change little as an index grows."""

    issues: int
    average_length: float
    """Terms in an issue, those of the title counted ``TITLE_WEIGHT`` times."""
    having: NDArray[np.uint32]
    """Issues that have a term, by the last bits of the term's hash."""

    def of(self, terms: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Give how many issues have each term."""
        return np.asarray(self.having[terms & (BUCKETS - 1)])

    def rarity(self, terms: NDArray[np.uint32]) -> Floats:
        """Give each term's inverse document frequency, always above zero."""
        having = np.minimum(self.of(terms), self.issues).astype(np.float64)
        return np.asarray(np.log1p((self.issues - having + 0.5) / (having + 0.5)))


NOTHING_KNOWN = Frequencies(0, 1.0, np.zeros(BUCKETS, dtype=np.uint32))


def count_terms(batches: Iterable[Sequence[bytes]]) -> Frequencies:
    """Count in how many issues each term stands, reading packed issues some at a time."""
    issues, length, having = 0, 0.0, np.zeros(BUCKETS, dtype=np.int64)
    for batch in batches:
        terms = np.frombuffer(b"".join(batch), dtype=TERM)
        having += np.bincount(terms["term"] & (BUCKETS - 1), minlength=BUCKETS)
        length += float(counts_of(terms).sum())
        issues += len(batch)
    return Frequencies(issues, max(length / max(issues, 1), 1.0), having.astype(np.uint32))


def pack(words: Words) -> bytes:
    """Write the terms of an issue as an array of ``TERM``, ordered by hash."""
    counts = {
        place: (min(words.title[term], 255), min(words.body[term], 255))
        for term, (place, _) in words.written.items()
    }
    return np.array([(place, *counts[place]) for place in sorted(counts)], dtype=TERM).tobytes()


class Likeness(NamedTuple):
    """How alike an issue and each of many candidates are, each view from 0 to 1."""

    text: Floats
    """Cosine of the tf-idf weights of title and body together."""
    bm25: Floats
    """BM25 of the candidate, as a share of what the issue's own text would reach."""
    title: Floats
    """Cosine of the tf-idf weights of the titles alone."""

    @property
    def fused(self) -> Floats:
        """The three with equal weight: none is best in every repository."""
        return (self.text + self.bm25 + self.title) / 3


def compare(issue: bytes, candidates: Sequence[bytes], frequencies: Frequencies) -> Likeness:
    """Compare an issue with candidates, all as :func:`pack` writes them."""
    own, number = np.frombuffer(issue, dtype=TERM), len(candidates)
    if not number or not len(own):
        return Likeness(*(np.zeros(number) for _ in Likeness._fields))
    theirs = np.frombuffer(b"".join(candidates), dtype=TERM)
    whose = np.repeat(np.arange(number), [len(packed) // TERM.itemsize for packed in candidates])
    place = np.minimum(np.searchsorted(own["term"], theirs["term"]), len(own) - 1)
    shared = own["term"][place] == theirs["term"]
    place, whose_shared = place[shared], whose[shared]

    def cosine(own_weight: Floats, weight: Floats) -> Floats:
        product = np.bincount(whose_shared, weight[shared] * own_weight[place], number)
        norms = np.sqrt(np.bincount(whose, weight**2, number) * (own_weight**2).sum())
        return np.clip(product / np.where(norms > 0, norms, 1.0), 0.0, 1.0)

    rarity, own_rarity = frequencies.rarity(theirs["term"]), frequencies.rarity(own["term"])
    counts, own_counts = counts_of(theirs), counts_of(own)
    lengths = np.asarray(np.bincount(whose, counts, number)[whose], dtype=np.float64)
    gain = rarity * _saturated(counts, lengths, frequencies)
    own_gain = own_rarity * _saturated(own_counts, np.full(len(own), own_counts.sum()), frequencies)
    return Likeness(
        text=cosine(_damped(own_counts) * own_rarity, _damped(counts) * rarity),
        bm25=np.clip(np.bincount(whose_shared, gain[shared], number) / own_gain.sum(), 0.0, 1.0),
        title=cosine(_damped(own["title"]) * own_rarity, _damped(theirs["title"]) * rarity),
    )


def counts_of(terms: NDArray[np.void]) -> Floats:
    """Give how often an issue has each of its terms, those of the title counted ``TITLE_WEIGHT`` times."""
    return np.asarray(terms["title"].astype(np.float64) * TITLE_WEIGHT + terms["body"])


def _damped(counts: NDArray[np.float64] | NDArray[np.uint8]) -> Floats:
    """Let the tenth mention count for less than the first: 1 + ln(count), and 0 for none."""
    return np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0)


def _saturated(counts: Floats, lengths: Floats, frequencies: Frequencies) -> Floats:
    """Give BM25's part for how often a term stands in an issue of some length."""
    return counts * (_K1 + 1) / (counts + _K1 * (1 - _B + _B * lengths / frequencies.average_length))
