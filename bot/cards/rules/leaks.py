"""Rules on what a card must not tell: tokens, and paths on somebody's disk.

axolotl 0.19 writes its whole configuration into the cards it makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.cards.outline import Outline
from bot.cards.rules.findings import Finding, ReplaceText, error, warning
from bot.cards.rules.wording import MAX_TOLD
from bot.documents import parse_mapping

MAX_LINE = 10_000
"""Characters of one line that are looked at."""
REMOVED = "[removed]"
"""What stands in place of a token that was taken out of a card."""


@dataclass(frozen=True)
class _Table:
    tokens: re.Pattern[str]
    secrets: re.Pattern[str]
    paths: re.Pattern[str]


def secrets(card: Outline) -> Iterator[Finding]:
    """Find tokens and the values of keys that hold them, without ever repeating one."""
    told = 0
    for number, line in _all_lines(card):
        values = [found[0] for found in _table().tokens.finditer(line)]
        values += [
            found["value"] for found in _table().secrets.finditer(line) if found["value"] not in values
        ]
        if values:
            message = (
                "this line holds a token or key that everybody can read; take it out and revoke it, "
                "for copies of the card stay in its history"
            )
            edits = [ReplaceText(number, value, REMOVED) for value in dict.fromkeys(values)]
            yield error("secret-in-card", number, message, edits)
            if (told := told + 1) == MAX_TOLD:
                return


def paths(card: Outline) -> Iterator[Finding]:
    """Find paths that lead into somebody's own files."""
    told = 0
    for number, line in _all_lines(card):
        found = _table().paths.search(line)
        if found:
            message = (
                f"{found[0][:80]!r} is a path on somebody's disk, which says more of them than of the model; "
                "name the model or data by its Hub id, or take the path out"
            )
            yield warning("path-on-disk", number, message)
            if (told := told + 1) == MAX_TOLD:
                return


def _all_lines(card: Outline) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(card.parts.source.split("\n"), card.parts.source_line):
        yield number, line[:MAX_LINE]
    for number, line in card.lines:
        yield number, line[:MAX_LINE]


@cache
def _table() -> _Table:
    data, _ = parse_mapping(files("bot.cards").joinpath("leaks.yml").read_bytes())
    keys = "|".join(re.escape(key) for key in data["secret_keys"])
    return _Table(
        re.compile("|".join(data["tokens"])),
        # A reference to a variable, a switch or nothing is no secret.
        re.compile(
            rf"""\b(?:{keys})["']?\s{{0,3}}[:=]\s{{0,3}}["']?(?!(?:true|false|null|none|yes|no)\b)"""
            r"""(?P<value>[A-Za-z0-9_.+/=-]{12,200})""",
            re.IGNORECASE,
        ),
        re.compile("|".join(data["paths"])),
    )
