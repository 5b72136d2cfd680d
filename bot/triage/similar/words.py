"""Split the title and body of an issue into the terms it is compared by: code-aware, lightly stemmed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from bot.triage.history import PastIssue

TITLE_CHARACTERS = 300
BODY_CHARACTERS = 20_000
"""What is read of a title and of a body; the rest of a longer one is not looked at."""

BODY_TERMS = 400
"""How many terms of a body are kept, repeats counted: enough for a report with its log's first page."""

_WORD_CHARACTERS = 60
_WORD = re.compile(r"[^\W_]+(?:[._-][^\W_]+)*")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_FIRST_UNSPACED = "\u2e80"
"""From here on stand the scripts of China, Japan and Korea, written without spaces."""

STOP_WORDS = frozenset(Path(__file__).with_name("stop_words.txt").read_text("utf-8").split())
"""Words of English that say nothing of what a text is about."""


class Words(NamedTuple):
    """The terms of an issue, counted, and how each was written first."""

    title: Counter[str]
    body: Counter[str]
    written: dict[str, tuple[int, str]]
    """Term -> its hash, and the word it came from, for showing to people."""


def words_of(issue: PastIssue) -> Words:
    """Read the terms of an issue's title and body; never fails, whatever the text."""
    written: dict[str, tuple[int, str]] = {}
    title = Counter(_terms(issue.title[:TITLE_CHARACTERS], written, limit=TITLE_CHARACTERS))
    body = Counter(_terms(_visible(issue.body[:BODY_CHARACTERS]), written, limit=BODY_TERMS))
    return Words(title, body, written)


def title_terms(title: str) -> dict[str, str]:
    """Read the terms of a title alone, each with the word it came from."""
    written: dict[str, tuple[int, str]] = {}
    terms = list(_terms(title[:TITLE_CHARACTERS], written, limit=TITLE_CHARACTERS))
    return {term: written[term][1] for term in terms}


def hash_of(term: str) -> int:
    """Give a term's 32-bit hash, the same in every process."""
    return crc32(term.encode("utf-8", "surrogatepass"))


def _terms(text: str, written: dict[str, tuple[int, str]], limit: int) -> Iterator[str]:
    """Give the terms of a text in order, at most ``limit``, and note how each was written."""
    count = 0
    for match in _WORD.finditer(text):
        for word, term in _split(match.group()):
            if count == limit:
                return
            count += 1
            if term not in written:
                written[term] = (hash_of(term), word)
            yield term


def _split(word: str) -> Iterator[tuple[str, str]]:
    """Give a word's terms: the word whole, and its parts where it is an identifier or a compound.

    Parts beside the whole let ``testReadAheadCounters`` meet both itself and "read ahead".
    """
    if len(word) > _WORD_CHARACTERS:
        return
    if not word.isascii():
        if max(word) >= _FIRST_UNSPACED and len(word) > 2:
            yield from ((pair := word[at : at + 2], pair) for at in range(len(word) - 1))
        else:
            yield word, word.lower()
        return
    lower = word.lower()
    parts = _PART.findall(word)
    if len(parts) == 1:
        if lower not in STOP_WORDS:
            yield word, stem(lower)
        return
    yield word, lower
    for part in parts:
        if len(part) > 1 and part.lower() not in STOP_WORDS:
            yield part, stem(part.lower())


def stem(word: str) -> str:
    """Take the commonest English endings off a lower-case word (plural, -ed, -ing, final e).

    Lighter than Porter's stemmer, which joins words that programs keep apart (``import``, ``importance``).
    """
    if len(word) > 4:
        if word.endswith("ies"):
            word = word[:-3] + "y"
        elif word.endswith("sses"):
            word = word[:-2]
        elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
            word = word[:-1]
    for ending in ("ing", "ed"):
        if len(word) > 5 and word.endswith(ending):
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _visible(body: str) -> str:
    """Leave out HTML comments, where templates keep their instructions."""
    # From mark to mark: a regular expression would look through the rest of the text at every opening.
    kept, at = [], 0
    while (start := body.find("<!--", at)) >= 0:
        kept.append(body[at:start])
        end = body.find("-->", start + 4)
        if end < 0:
            return " ".join(kept)
        at = end + 3
    kept.append(body[at:])
    return " ".join(kept)
