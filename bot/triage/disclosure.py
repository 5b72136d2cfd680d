"""Tell whether an issue lays an unknown vulnerability open, and mark what was taken out of view for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter
from ruamel.yaml import YAML

HIDDEN = "<!-- giveback:out-of-view -->"
"""Stands first in the notice that an issue's text was replaced by: such an issue is kept nowhere."""

KEPT_READING = 70_000
"""Characters of a text that are looked at; GitHub allows 65,536."""

PARTS_NEEDED = 3
"""Different parts of a report that its text has to have, at least one proof among them."""

_PUBLIC = re.compile(r"\b(?:CVE-\d{4}-\d{4,9}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3})\b", re.IGNORECASE)
"""Names that are given out with or before publication (CVE; GitHub Advisory Database)."""


class Level(IntEnum):
    """How much an issue reads like the report of an unknown vulnerability."""

    NOTHING = 0
    PERHAPS = 1
    """Its title says so: to be pointed out, and no more."""
    CLEAR = 2
    """It shows how something is exploited, too."""


@dataclass(frozen=True)
class Reading:
    """How an issue reads, and the words that tell."""

    level: Level
    because: tuple[str, ...] = ()


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[str, ...]
    proofs: tuple[str, ...]
    parts: tuple[str, ...]
    other_matters: tuple[str, ...]


@dataclass(frozen=True)
class _Patterns:
    kinds: re.Pattern[str]
    proofs: tuple[re.Pattern[str], ...]
    parts: tuple[re.Pattern[str], ...]
    other_matters: re.Pattern[str]


def is_hidden(body: str) -> bool:
    """Tell whether the bot has taken an issue's text out of view."""
    return body.startswith(HIDDEN)


def read_for_disclosure(title: str, body: str) -> Reading:
    """Tell how much an issue reads like the report of a vulnerability that is not public yet.

    What names a CVE or an advisory is public, and titles about work on security are no reports.
    """
    patterns = _patterns()
    title, body = title[:KEPT_READING], body[:KEPT_READING]
    kind = patterns.kinds.search(title)
    if kind is None or patterns.other_matters.search(title) or _PUBLIC.search(f"{title}\n{body}"):
        return Reading(Level.NOTHING)
    proofs = _found(patterns.proofs, body)
    parts = proofs + _found(patterns.parts, body)
    if proofs and len(parts) >= PARTS_NEEDED:
        return Reading(Level.CLEAR, (kind[0].strip(), *parts[:PARTS_NEEDED]))
    return Reading(Level.PERHAPS, (kind[0].strip(),))


def _found(patterns: tuple[re.Pattern[str], ...], text: str) -> list[str]:
    return [found[0] for pattern in patterns if (found := pattern.search(text)) is not None]


@cache
def _patterns() -> _Patterns:
    text = (Path(__file__).parent / "data" / "disclosure.yml").read_text(encoding="utf-8")
    words = TypeAdapter(_Words).validate_python(YAML(typ="safe").load(text))
    return _Patterns(
        kinds=_any_of(words.kinds),
        proofs=tuple(_any_of([each]) for each in words.proofs),
        parts=tuple(_any_of([each]) for each in words.parts),
        other_matters=_any_of(words.other_matters),
    )


def _any_of(patterns: tuple[str, ...] | list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
