"""The items of the checklist, with who can prove them and where they come from."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.documents import read_document

Part = Literal["identifiers", "indirect", "governance"]
Proof = Literal["program", "measure", "person", "program+person", "measure+person"]

GENERAL = "general"
LISTS = ("hipaa", "gdpr", GENERAL)
"""The checklists there are; the general one has every item."""


class Item(BaseModel):
    """One thing that has to be so before data are given away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int = Field(ge=1, le=44)
    part: Part
    title: str
    proof: Proof
    measure: str | None = None
    lists: tuple[Literal["hipaa", "gdpr"], ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)

    @property
    def needs_person(self) -> bool:
        """Tell whether a person has to decide, whatever a program finds."""
        return "person" in self.proof


class _Items(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    items: tuple[Item, ...]


@cache
def all_items() -> tuple[Item, ...]:
    """Read the items, by their numbers."""
    return read_document(Path(__file__).with_suffix(".yml").read_bytes(), _Items).items


def items_of(checklist: str) -> tuple[Item, ...]:
    """List the items of one checklist; one that a repository brings has them all."""
    if checklist not in LISTS or checklist == GENERAL:
        return all_items()
    return tuple(item for item in all_items() if checklist in item.lists)
