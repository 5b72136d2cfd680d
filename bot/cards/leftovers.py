"""Take out of a card the sections of a trainer's template that nobody filled in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards.front_matter import split
from bot.cards.outline import FENCES, Heading, outline
from bot.documents import parse_mapping


def without_leftovers(card_text: str) -> str:
    """Remove such sections, from the last to the first: one may be empty once those below it are gone."""
    parts = split(card_text)
    lines = card_text.split("\n")
    following: Heading | None = None
    for heading in reversed(outline(parts).headings):
        if _is_left_over(heading, following):
            end = following.line - 1 if following else len(lines)
            del lines[heading.line - 1 : end]
            if following is not None:
                moved = heading.line - following.line
                following = Heading(following.level, following.title, following.line + moved, following.text)
        else:
            following = heading
    return "\n".join(lines)


def _is_left_over(heading: Heading, following: Heading | None) -> bool:
    known = _known()
    if heading.title.lower().removesuffix(" [optional]") not in known["headings"]:
        return False
    goes_on = following is not None and following.level > heading.level
    if goes_on and following is not None and following.title.lower() not in known["appended"]:
        return False
    said = (line.strip().lower() for line in heading.text.split("\n"))
    return all(not line or line in known["leads"] or line in FENCES for line in said)


@cache
def _known() -> dict[str, Any]:
    table, _ = parse_mapping(files("bot.cards").joinpath("leftovers.yml").read_bytes())
    return {key: frozenset(names) for key, names in table.items()}
