"""Tell whether two issues that look alike are about different things, by their titles and authors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from bot.triage.similar.words import TITLE_CHARACTERS, stem, title_terms

TELLING = 2
"""Terms a title must have, beside empty words and generic errors, before its likeness means anything."""

_BOTS = ("[bot]", "-bot", "-robot", "mergebot")
"""How the accounts of programs end, on GitHub and by custom."""

_WORD = re.compile(r"[^\W_]+(?:[.-][^\W_]+)*")
_COMPOUND = re.compile(r"[^\W_]+[.-]\S+")
"""The name of a module, a branch, a model, a version."""

_VERSION = re.compile(r"v\d")

_TAG = re.compile(r"\[([^\[\]]+)\]")
"""A component or a kind of issue, in brackets."""

_SQUASHED_LETTERS = 4
"""A term of this length may be met inside the other title written without spaces (``no-op``, ``NoOp``)."""


class Lists(NamedTuple):
    """The word lists of guards.yml, in the form titles are compared in."""

    rivals: tuple[frozenset[str], ...]
    interchangeable: dict[str, str]
    """Term -> the first term of its group."""
    empty: frozenset[str]
    kinds_of_work: frozenset[str]
    series: tuple[str, ...]
    generic_errors: tuple[str, ...]


@cache
def lists() -> Lists:
    """Read the word lists."""
    read: dict[str, list[Any]] = YAML(typ="safe").load(Path(__file__).with_name("guards.yml"))
    same = {stem(word): stem(group[0]) for group in read["interchangeable"] for word in group}
    return Lists(
        rivals=tuple(frozenset(map(stem, group)) for group in read["rivals"]),
        interchangeable=same,
        empty=frozenset(map(stem, read["empty"])),
        kinds_of_work=frozenset(same.get(stem(word), stem(word)) for word in read["kinds_of_work"]),
        series=tuple(_spaced(phrase) for phrase in read["series"]),
        generic_errors=tuple(_spaced(phrase) for phrase in read["generic_errors"]),
    )


def difference(
    title: str, other_title: str, *, author: str = "", other_author: str = "", same_error: bool = False
) -> str | None:
    """Say why two issues should not be offered to people as the same, or give None.

    ``same_error`` says that both have the same failure by its stack trace: then titles may differ in words,
    though not in versions, names of hardware, or kinds of work.
    """
    one, other = _read(title), _read(other_title)
    if author.endswith(_BOTS) or other_author.endswith(_BOTS):
        return "written by a bot"
    if one.in_series or other.in_series:
        return "planned work, written in series"
    if min(one.telling, other.telling) < TELLING:
        return "a title says too little"
    if one.spaced == other.spaced:
        return None
    if author and author == other_author:
        return "written by the same person"
    if numbers := _differing_numbers(one, other):
        return f"numbers differ: {numbers}"
    for group in lists().rivals:
        mine, theirs = group & one.terms.keys(), group & other.terms.keys()
        if mine and theirs and not mine & theirs:
            return f"one is about {one.named(mine)}, the other about {other.named(theirs)}"
    if lists().kinds_of_work & (one.plain ^ other.plain):
        return "another kind of work"
    if place := _scope(one, other) | _scope(other, one):
        return f"only one is about {_named(place)}"
    mine, theirs = one.not_met_in(other), other.not_met_in(one)
    if mine and theirs and not same_error:
        return f"one names {one.named(mine)}, the other {other.named(theirs)}"
    return None


def same_title(title: str, other_title: str) -> bool:
    """Tell whether two titles are the same but for case, spaces and punctuation."""
    return _spaced(title[:TITLE_CHARACTERS]) == _spaced(other_title[:TITLE_CHARACTERS])


class _Title(NamedTuple):
    """A title, taken apart."""

    spaced: str
    """The words in lower case, one space around each."""
    squashed: str
    terms: dict[str, str]
    """Term -> the word it came from."""
    plain: frozenset[str]
    """The terms, each interchangeable one as the first of its group."""
    places: frozenset[str]
    """Compound words, and what stands in brackets."""
    in_series: bool
    telling: int

    def named(self, terms: Iterable[str]) -> str:
        """Name terms by the words they came from."""
        return _named({self.terms[term] for term in terms})

    def not_met_in(self, other: _Title) -> frozenset[str]:
        """Give the telling terms of this title that the other has in no form."""
        known = lists()
        return frozenset(
            term
            for term in self.terms
            if term not in known.empty
            and not (len(term) == 1 or term.isdigit())
            and known.interchangeable.get(term, term) not in other.plain
            and not (len(term) >= _SQUASHED_LETTERS and _squash(term) in other.squashed)
        )


def _read(title: str) -> _Title:
    known, spaced = lists(), _spaced(title[:TITLE_CHARACTERS])
    terms = title_terms(title)
    tags = [tag.strip().lower() for tag in _TAG.findall(title[:TITLE_CHARACTERS])]
    rest = spaced
    for phrase in known.generic_errors:
        rest = rest.replace(phrase, " ")
    return _Title(
        spaced=spaced,
        squashed=_squash(spaced),
        terms=terms,
        plain=frozenset(known.interchangeable.get(term, term) for term in terms),
        places=frozenset(
            [*_COMPOUND.findall(spaced), *(tag for tag in tags if stem(tag) not in known.empty)]
        ),
        in_series=any(phrase in spaced for phrase in known.series),
        telling=sum(term not in known.empty and len(term) > 1 for term in title_terms(rest)),
    )


def _differing_numbers(one: _Title, other: _Title) -> str:
    """Name the words with digits that only one title has, where they set the two apart.

    A number that only one title has sets them apart when it follows a name both have: "T5Gemma 2", "T5Gemma".
    """
    mine, theirs = dict(_numbers(one.spaced)), dict(_numbers(other.spaced))
    only_mine, only_theirs = mine.keys() - theirs.keys(), theirs.keys() - mine.keys()
    apart = only_mine and only_theirs
    attached = any(f" {mine[number]} " in other.spaced for number in only_mine if mine[number]) or any(
        f" {theirs[number]} " in one.spaced for number in only_theirs if theirs[number]
    )
    return _named(only_mine | only_theirs) if apart or attached else ""


def _scope(one: _Title, other: _Title) -> set[str]:
    """Name the compound words and the components in brackets that only this title has of the two."""
    return {place for place in one.places if _squash(place) not in other.squashed}


def _numbers(spaced: str) -> Iterator[tuple[str, str]]:
    """Give each word that has a digit, and the word before it."""
    before = ""
    for word in spaced.split():
        if any(map(str.isdigit, word)):
            yield word, before
        before = word


def _spaced(text: str) -> str:
    """Write a text's words in lower case, the ``v`` of versions left out, with one space around each."""
    words = _WORD.findall(text.lower().replace("_", " "))
    return f" {' '.join(word[1:] if _VERSION.match(word) else word for word in words)} "


def _squash(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _named(words: set[str]) -> str:
    """Name up to three words, leaving out those that are part of another."""
    whole = [word for word in sorted(words) if not any(word in other for other in words - {word})]
    return ", ".join(whole[:3])
