"""Find which of a repository's own labels stands for a name of the taxonomy."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from bot.documents import read_document

MAX_NAME = 100
"""Characters of a label that are compared; GitHub's have at most 50."""

_PREFIX = re.compile(r"([^:/]{1,40})[:/]{1,2}(.{1,60})")
_WORD = re.compile(r"[a-z0-9.+]+")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prefixes: dict[str, frozenset[str]]
    too_plain: frozenset[str]
    also_called: dict[str, tuple[str, ...]]


def label_for(
    group: str, name: str, known: Collection[str], own: Mapping[str, str | None] | None = None
) -> str | None:
    """Give the repository's label for a name of a group (``component``, ``framework``, ``hardware``).

    ``own`` says what the repository calls a name, or None for a name it has no label for. Otherwise a label
    fits that is the name or another word for it, in any case, alone or behind a prefix of its group:
    ``component: tokenizer``, ``area/Tokenizers``. One with a prefix goes before one without, the name before
    other words for it.
    """
    chosen = {key.casefold(): label for key, label in (own or {}).items()}
    if name in chosen:
        wanted = (chosen[name] or "").casefold()
        return next((label for label in known if label.casefold() == wanted), None)
    table = _table()
    names = [_plain(one) for one in (name, *table.also_called.get(name, ()))]
    fitting = []
    for label in known:
        prefix, rest = _split(label, table.prefixes.get(group, frozenset()))
        if rest not in names or (not prefix and rest in table.too_plain):
            continue
        fitting.append((names.index(rest), not prefix, len(label), label))
    return min(fitting)[-1] if fitting else None


def _split(label: str, prefixes: Collection[str]) -> tuple[str, str]:
    """Take a prefix off a label; one that is of no known kind belongs to the name."""
    found = _PREFIX.fullmatch(label[:MAX_NAME].strip().casefold())
    if found and (prefix := " ".join(_WORD.findall(found[1]))) in prefixes:
        return prefix, _plain(found[2])
    return "", _plain(label)


def _plain(name: str) -> str:
    """Write a name so that it compares: its words in lower case, the last one in the singular."""
    words = " ".join(_WORD.findall(name[:MAX_NAME].casefold()))
    return words[:-1] if len(words) > 3 and words.endswith("s") and not words.endswith("ss") else words


@cache
def _table() -> _Table:
    return read_document(files("bot.triage").joinpath("data/label-names.yml").read_bytes(), _Table)
