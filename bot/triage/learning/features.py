"""Turn an issue's parts into numbers: hashed words and characters, its form, and its shape.

Words are hashed, so a model holds none of them: it needs no vocabulary, its memory is bounded, and a
private repository's words are not in its file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]  # scipy ships no types
from sklearn.feature_extraction import (  # type: ignore[import-untyped]  # scikit-learn ships no types
    FeatureHasher,
)

from bot.documents import parse_mapping
from bot.triage.learning.names import type_by_rule
from bot.triage.learning.text import IssueText

BLOCKS = {"words": 1.0, "title": 0.7, "form": 0.8, "opening": 0.8, "code": 1.0, "characters": 0.6}
"""The blocks of hashed features and how much each weighs; every block of an issue has the same length."""
SHAPE_WEIGHT = 0.3
BLOCK_BITS = 20
BLOCK_COLUMNS = 1 << BLOCK_BITS
MAX_COLUMNS = 40_000
"""Columns kept of one block at most: those that most issues have."""
MIN_ISSUES = 2
"""Issues that must have a feature for it to count."""

WORDS_OF = 1_500
CODE_OF = 2_000
OPENING_WORDS = 25
CHARACTERS_OF = 500
"""Characters of each part that are looked at; more gave no better answers."""

_WORD = re.compile(r"[^\W\d_]{1,40}(?:['’][a-z]{1,3})?|\?+|!+")
_CAMEL = re.compile(r"([a-z])([A-Z])")
_SPACE = re.compile(r"\s+")
_ASKING = frozenset(
    (
        "how",
        "why",
        "what",
        "is",
        "can",
        "does",
        "where",
        "which",
        "should",
        "could",
        "when",
        "do",
        "any",
        "are",
    )
)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Counts:
    """Hashed features of issues, one row each, before it is known which columns count."""

    hashed: sparse.csr_matrix
    shapes: Floats


@dataclass(frozen=True)
class Columns:
    """The hashed columns that count, ascending, and how rare each is."""

    kept: NDArray[np.int32]
    rarity: Floats

    def __len__(self) -> int:
        return len(self.kept) + shape_size()


def count(texts: Iterable[IssueText]) -> Counts:
    """Hash the features of issues, one at least; the rows are in the order of ``texts``."""
    tokens: list[tuple[list[str], ...]] = []
    shapes: list[list[float]] = []
    for text in texts:
        tokens.append(_tokens(text))
        shapes.append(_shape(text))
    hasher = FeatureHasher(BLOCK_COLUMNS, input_type="string", alternate_sign=False, dtype=np.float32)
    blocks = [hasher.transform(block) for block in zip(*tokens, strict=True)]
    hashed = sparse.hstack(blocks, format="csr", dtype=np.float32)
    return Counts(hashed, np.array(shapes, dtype=np.float32).reshape(len(shapes), shape_size()))


def choose_columns(counts: Sequence[Counts]) -> Columns:
    """Keep the columns that enough of all issues have, at most ``MAX_COLUMNS`` of a block."""
    issues = sum(part.hashed.shape[0] for part in counts)
    having = np.zeros(len(BLOCKS) << BLOCK_BITS, dtype=np.int32)
    for part in counts:
        having += np.bincount(part.hashed.indices, minlength=len(having)).astype(np.int32)
    kept = []
    for block in range(len(BLOCKS)):
        within = having[block << BLOCK_BITS : (block + 1) << BLOCK_BITS]
        common = np.flatnonzero(within >= MIN_ISSUES)
        if len(common) > MAX_COLUMNS:
            common = np.sort(common[np.argsort(-within[common], kind="stable")[:MAX_COLUMNS]])
        kept.append(common + (block << BLOCK_BITS))
    columns = np.concatenate(kept).astype(np.int32)
    rarity = np.log((1 + issues) / (1 + having[columns])) + 1
    return Columns(columns, rarity.astype(np.float32))


def weigh(counts: Counts, columns: Columns) -> sparse.csr_matrix:
    """Give the rows of issues as a model reads them: TF-IDF, each block of an issue of its own length.

    The shape of the answer is (issues, ``len(columns)``); the last columns are the issues' shapes.
    """
    hashed, rows = counts.hashed, counts.hashed.shape[0]
    if len(columns.kept):
        at = np.minimum(np.searchsorted(columns.kept, hashed.indices), len(columns.kept) - 1)
        known = columns.kept[at] == hashed.indices
    else:
        at = known = np.zeros(len(hashed.indices), dtype=bool)
    at, row = at[known], np.repeat(np.arange(rows), np.diff(hashed.indptr))[known]
    values = (1 + np.log(hashed.data[known])) * columns.rarity[at]
    group = row * len(BLOCKS) + (hashed.indices[known] >> BLOCK_BITS)
    lengths = np.sqrt(np.bincount(group, values * values, minlength=rows * len(BLOCKS)))
    weights = np.tile(np.array(list(BLOCKS.values())), rows) / np.maximum(lengths, 1e-9)
    values = (values * weights[group]).astype(np.float32)
    words = sparse.csr_matrix((values, (row, at)), shape=(rows, len(columns.kept)))
    shapes = sparse.csr_matrix(counts.shapes * np.float32(SHAPE_WEIGHT))
    return sparse.hstack([words, shapes], format="csr", dtype=np.float32)


def _tokens(text: IssueText) -> tuple[list[str], ...]:
    """Give the features of each block, in the order of ``BLOCKS``."""
    title = _words(text.title)
    prose = _words(text.prose[:WORDS_OF])
    ends = ["^" + title[0], "^" + " ".join(title[:2]), "$" + title[-1]] if title else []
    start = _SPACE.sub(" ", text.prose[:CHARACTERS_OF])
    return (
        _with_pairs([*title, *prose]),
        [*_with_pairs(title), *ends],
        _form(text),
        _with_pairs(prose[:OPENING_WORDS]),
        _words(text.code[:CODE_OF]),
        _characters(f"{text.title} {start}".lower()),
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(_CAMEL.sub(r"\1 \2", text).lower())


def _with_pairs(words: list[str]) -> list[str]:
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def _characters(text: str) -> list[str]:
    """Give the runs of three and four characters within words."""
    runs: list[str] = []
    for word in text.split():
        padded = f" {word[:40]} "
        runs += [padded[at : at + 3] for at in range(len(padded) - 2)]
        runs += [padded[at : at + 4] for at in range(len(padded) - 3)]
    return runs


def _form(text: IssueText) -> list[str]:
    """Give headings, answers, boxes and prefix; once each, for a form has them once."""
    found = dict.fromkeys(f"heading {heading}" for heading in text.headings)
    found |= dict.fromkeys(f"answer {heading}: {answer}" for heading, answer in text.answers)
    found |= dict.fromkeys(f"box {box} {ticked}" for box, ticked in text.boxes)
    found |= dict.fromkeys(f"in heading {word}" for heading in text.headings for word in _words(heading))
    if text.prefix:
        found |= dict.fromkeys(f"in prefix {word}" for word in _words(text.prefix))
        found[f"prefix {text.prefix}"] = None
    if rule := type_by_rule(text):
        found[f"says {rule}"] = None
    return list(found)


@cache
def _cues() -> tuple[re.Pattern[str], ...]:
    table, _ = parse_mapping((Path(__file__).parent / "cues.yml").read_bytes())
    return tuple(
        re.compile(r"(?<![a-z])(?:" + "|".join(map(re.escape, phrases)) + r")(?![a-z])")
        for phrases in table.values()
    )


@cache
def shape_size() -> int:
    """Count the numbers that describe an issue's shape."""
    return len(_shape(IssueText()))


def _shape(text: IssueText) -> list[float]:
    """Describe what does not depend on single words; every number is about between 0 and 1."""
    title, prose = text.title.lower(), text.prose.lower().replace("’", "'")
    words, opening = prose.split(), prose[:300]
    first = title.split(maxsplit=1)[:1]
    shape: list[float] = [
        math.log1p(len(words)) / 6,
        math.log1p(len(text.code)) / 8,
        math.log1p(len(title.split())) / 3,
        "?" in title,
        title.endswith("?"),
        min(prose.count("?"), 4) / 4,
        bool(first) and first[0] in _ASKING,
        text.has_exception,
        bool(text.code),
        min(text.fences, 4) / 4,
        min(text.images, 3) / 3,
        min(text.links, 5) / 5,
        min(text.quotes, 5) / 5,
        min(text.comments, 4) / 4,
        min(len(text.headings), 12) / 12,
        min(text.empty_answers, 10) / 10,
        len(words) < 30,
        len(words) > 200,
        bool(text.prefix),
        sum(ticked for _, ticked in text.boxes) / max(len(text.boxes), 1),
        min(len(text.boxes), 6) / 6,
        "please" in words,
        "should" in words,
        "i" in words,
        "thank" in prose,
        "Traceback" in text.code,
        "error" in title,
    ]
    looked_at = prose[:6_000]
    for cue in _cues():
        times = len(cue.findall(looked_at))
        shape += [
            cue.search(title) is not None,
            min(times, 6) / 6,
            cue.search(opening) is not None,
            min(times * 100 / (len(words) + 20), 5) / 5,
        ]
    return shape
