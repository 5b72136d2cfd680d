"""Say in a dataset's card and in its Croissant description what its checklist says, and no more."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.datasets.checklist.record import Record, RecordedItem, sign_offs_of
from bot.datasets.checklist.states import State
from bot.rendering import render

BLOCK = "personal-information"
"""The part of a dataset card, as the card's own generated parts are called."""

PERSONAL = "rai:personalSensitiveInformation"
_CONFORMS = "http://mlcommons.org/croissant/"


def card_section(record: Record) -> str:
    """Write "Personal and sensitive information", a section of the Hub's dataset card template."""
    return render("checklists/_card.md.j2", record=record, signed=sign_offs_of(record), found=found(record))


def found(record: Record) -> tuple[RecordedItem, ...]:
    """List the items with evidence against them: what is in the data, as far as rules can tell."""
    return tuple(item for item in record.items if item.state is State.AGAINST)


def croissant_fields(record: Record) -> dict[str, list[str]]:
    """Give the Croissant RAI 1.0 property that the checklist has something to say about."""
    none = f"None found by rules {record.rules} in {record.coverage.rows} rows and lines."
    return {PERSONAL: [_plain(f"{item.title}: {item.evidence}") for item in found(record)] or [none]}


def croissant_with(text: str, record: Record) -> str | None:
    """Fill the properties in a Croissant description; ``None`` where it is none, or says the same already."""
    try:
        described = json.loads(text)
    except ValueError:
        return None
    if not isinstance(described, Mapping) or not str(described.get("conformsTo")).startswith(_CONFORMS):
        return None
    filled = {**described, **croissant_fields(record)}
    return None if filled == described else json.dumps(filled, indent=2, ensure_ascii=False) + "\n"


def _plain(words: str) -> str:
    return words.replace("`", "")
