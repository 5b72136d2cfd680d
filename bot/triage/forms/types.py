"""Tell what an issue is from the form it was made with, or from how its title begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping
from bot.triage.forms.model import Form

_PREFIX = re.compile(
    r"\s{0,8}(?:[\[(【]\s{0,4}(?P<bracket>[^\])】\n]{1,40})[\])】]"
    r"|(?P<colon>[A-Za-z][\w /-]{1,24})(?:\([^)\n]{0,40}\))?!?[:：])"
)
_WORDS = re.compile(r"[a-z]+")
_CONVENTIONAL = {"feat": "feature", "fix": "bug", "doc": "docs"}
"""What conventional commits call things (conventionalcommits.org)."""


class IssueType(StrEnum):
    """What an issue is."""

    BUG = "bug"
    FEATURE = "feature"
    QUESTION = "question"
    DOCS = "docs"


def type_of_form(form: Form) -> IssueType | None:
    """Tell what issues of a form are: by its issue type, its labels, its title, its name, in this order."""
    by_words = (type_of_words(text) for text in (form.type, *form.labels))
    found = next(filter(None, by_words), None)
    return found or type_of_title(form.title) or type_of_words(form.name)


def type_of_title(title: str) -> IssueType | None:
    """Tell what an issue is by ``[Bug]: ``, ``Bug: `` or ``feat(x): `` before its title."""
    prefix = _PREFIX.match(title)
    if prefix is None:
        return None
    word = (prefix["bracket"] or prefix["colon"]).strip().casefold()
    return type_of_words(_CONVENTIONAL.get(word, word))


def type_of_words(text: str) -> IssueType | None:
    """Tell which type a label or a name stands for."""
    said = f" {' '.join(_WORDS.findall(text[:200].casefold()))} "
    for kind, words in _table().items():
        if any(f" {word} " in said for word in words):
            return IssueType(kind)
    return None


@cache
def _table() -> Mapping[str, Iterable[str]]:
    table, _ = parse_mapping(files("bot.triage.forms").joinpath("types.yml").read_bytes())
    return table
