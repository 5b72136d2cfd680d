"""Say which type a label, a title's prefix or a form's answer names, by the table of synonyms."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from bot.documents import read_document
from bot.triage.learning.text import IssueText

IssueType = Literal["bug", "feature", "question", "docs"]
TYPES: tuple[IssueType, ...] = get_args(IssueType)

MAX_NAME = 100
"""Characters of a name that are compared; GitHub's labels have at most 50."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    types: dict[IssueType, tuple[str, ...]]
    kinds: frozenset[str]
    form_headings: frozenset[str]
    process: frozenset[str]
    process_words: frozenset[str]


@cache
def _table() -> _Table:
    return read_document((Path(__file__).parent / "types.yml").read_bytes(), _Table)


@cache
def _types_by_name() -> dict[str, IssueType]:
    return {name: kind for kind, names in _table().types.items() for name in names}


def type_of_name(name: str) -> IssueType | None:
    """Name the type that a label or a prefix stands for: ``kind/bug`` and ``Bug 🐛`` are ``bug``."""
    return _types_by_name().get(_plain(name))


def type_by_rule(text: IssueText) -> IssueType | None:
    """Name the type that the issue gives itself: in a form's answer, else in its title's prefix.

    On 15,818 issues of vllm such prefixes agreed with the label in 99 % of cases.
    """
    headings = _table().form_headings
    for heading, answer in text.answers:
        if heading in headings and (kind := type_of_name(answer)):
            return kind
    return type_of_name(text.prefix)


def is_process(label: str) -> bool:
    """Tell a label that people set to run the project from one that says what an issue is about."""
    words = _words(label)
    return " ".join(words) in _table().process or (bool(words) and words[0] in _table().process_words)


def _plain(name: str) -> str:
    head, mark, rest = name[:MAX_NAME].replace("/", ":").partition(":")
    if mark and (" ".join(_words(head)) in _table().kinds or not _words(rest)):
        name = rest if _words(rest) else head
    elif not mark and "-" in name and name[:1].lower() in "tc" and name[1:2] == "-":
        name = name[2:]
    return " ".join(_words(name))


def _words(name: str) -> list[str]:
    return _WORD.findall(name[:MAX_NAME].lower().replace("’", "'"))
