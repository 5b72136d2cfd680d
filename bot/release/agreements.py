"""Recognise the agreements that models come with by the words only they have."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, RootModel

from bot.documents import read_document

_HEAD = 60
"""Words at the start of a text among which its title stands."""
_WORDS = re.compile(r"[^\W_]+(?:\.[0-9]+)*(?:\+\+)?")


class _Marks(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: list[str]
    holds: list[str]
    source: str


class _Table(RootModel[dict[str, _Marks]]):
    """Every agreement by its key in the table of licence rules."""


def recognise_agreement(text: str) -> str | None:
    """Name the agreement a text is, as ``licence_rules.yml`` does; None for any other.

    With the title of several the longest counts: that of Llama 3 stands in no other, but "Qwen" does.
    """
    words = _WORDS.findall(text.lower())
    head, whole = f" {' '.join(words[:_HEAD])} ", f" {' '.join(words)} "
    fitting = [
        (len(title), key)
        for key, marks in _table().items()
        for title in marks.title
        if f" {title} " in head and all(f" {one} " in whole for one in marks.holds)
    ]
    return max(fitting)[1] if fitting else None


def recognisable() -> frozenset[str]:
    """Name the agreements that are known by their text."""
    return frozenset(_table())


@cache
def _table() -> dict[str, _Marks]:
    return read_document(files("bot.release").joinpath("agreements.yml").read_bytes(), _Table).root
