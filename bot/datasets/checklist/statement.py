"""Say in a dataset's card and in its Croissant description what its checklist says, and no more."""

from __future__ import annotations

import json

from bot.datasets.checklist.evidence import is_croissant
from bot.datasets.checklist.record import Record, RecordedItem, sign_offs_of
from bot.datasets.checklist.states import State
from bot.datasets.wording import rows_and_lines
from bot.rendering import render

BLOCK = "personal-information"
"""The part of a dataset card, as the card's own generated parts are called."""

PERSONAL = "rai:personalSensitiveInformation"
_RAI = {"rai": "http://mlcommons.org/croissant/RAI/"}
"""The prefix of the RAI vocabulary, which a description that has none of its properties may lack."""


def card_section(record: Record) -> str:
    """Write "Personal and sensitive information", a section of the Hub's dataset card template."""
    return render("checklists/_card.md.j2", record=record, signed=sign_offs_of(record), found=found(record))


def found(record: Record) -> tuple[RecordedItem, ...]:
    """List the items with evidence against them: what is in the data, as far as rules can tell."""
    return tuple(item for item in record.items if item.state is State.AGAINST)


def croissant_fields(record: Record) -> dict[str, list[str]]:
    """Give the Croissant RAI 1.0 property that the checklist has something to say about."""
    none = f"None found by rules {record.rules} in {rows_and_lines(record.coverage.rows)}."
    return {PERSONAL: [_plain(f"{item.title}: {item.evidence}") for item in found(record)] or [none]}


def croissant_with(text: str, record: Record) -> str | None:
    """Fill the properties in a Croissant description; ``None`` where it is none, or says the same already."""
    try:
        described = json.loads(text)
    except ValueError:
        return None
    if not is_croissant(described):
        return None
    filled = {**described, **croissant_fields(record)}
    if isinstance(context := described.get("@context"), dict):
        filled["@context"] = _RAI | context
    return None if filled == described else json.dumps(filled, indent=2, ensure_ascii=False) + "\n"


def _plain(words: str) -> str:
    return words.replace("`", "")
