"""What a data file turned out to hold: its columns, their types, and the number of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards.dataset.files import DataFile


@dataclass(frozen=True)
class Feature:
    """A column: its name, its type as the Hub writes it, and how many of its cells are empty."""

    name: str
    type: Mapping[str, Any]
    missing: int = 0

    @property
    def shown(self) -> str:
        """Write the type for people."""
        match self.type:
            case {"dtype": {"class_label": {"names": dict(names)}}}:
                return f"one of {len(names)} classes"
            case {"dtype": str(dtype)}:
                return dtype
            case {"list": str(inner)}:
                return f"list of {inner}"
            case {"list": _}:
                return "list of records"
            case _:
                return "record"


@dataclass(frozen=True)
class Table:
    """What one data file holds: its columns and the number of its rows."""

    file: DataFile
    features: tuple[Feature, ...]
    rows: int
