"""Put what people said about a model or a dataset into the parts of its card."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.cards.answers import Answer
from bot.cards.front_matter import Parts
from bot.cards.outline import FENCES, outline

DESCRIPTION = "description"
"""The block right under the title."""


@dataclass(frozen=True)
class Said:
    """Hold what people said in one part of the card: the heading it stands under or after, and the text."""

    heading: str | None
    text: str
    is_line: bool


def said_about(
    asked: Mapping[str, Answer], told: Callable[[Answer], str | None], existing: str
) -> dict[str, Said]:
    """Gather what was ``told`` of all that is ``asked``, by the block it makes, made safe to be repeated.

    What a person wrote under the title of the ``existing`` card themselves is not said a second time.
    """
    said: dict[str, Said] = {}
    for answer in asked.values():
        text = prose(told(answer)) if answer.block else None
        if answer.block and text:
            said[answer.block] = Said(answer.heading, text, answer.kind == "line")
    if f"giveback:generated {DESCRIPTION} " not in existing and outline(Parts(existing, 1)).is_described:
        said.pop(DESCRIPTION, None)
    return said


def prose(text: str | None) -> str | None:
    """Let people's text keep its Markdown, but open no tag, none of our comments, and no code without end."""
    if not text or not text.strip():
        return None
    safe = html.escape(text.strip(), quote=False)
    fences = [line.lstrip()[:3] for line in safe.split("\n") if line.lstrip().startswith(FENCES)]
    return f"{safe}\n{fences[-1]}" if len(fences) % 2 else safe
