"""Choose the facts a card shows in its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards.facts import Fact, Reading
from bot.documents import parse_mapping

MAX_ROWS = 80
"""Rows of one table at most; the rest stays in its files."""
ALL_RESULTS = "all_results.json"
"""Repeats what the other result files have. Source: transformers, ``Trainer.save_metrics``."""


@dataclass(frozen=True)
class Row:
    """One row of a table: what it is about, the value as it is written, and the file it was read from."""

    label: str
    value: str
    file: str


def rows(reading: Reading, part: str, card: str) -> list[Row]:
    """List the rows of the table of one part, in the order of ``shown_facts.yml``, each value once.

    What was read from the ``card`` itself stands there already and is left out.
    """
    found: dict[Row, None] = {}
    by_name = _by_name(reading, card)
    for shown in _shown()[part]:
        for fact in _facts(by_name, shown["fact"]):
            label = shown.get("label") or fact.name.partition(".")[2]
            found.setdefault(Row(label, _written(fact), fact.file))
    return list(found)[:MAX_ROWS]


def _by_name(reading: Reading, card: str) -> dict[str, list[Fact]]:
    by_name: dict[str, list[Fact]] = {}
    for fact in reading.facts:
        if fact.file != card and not isinstance(fact.value, dict):
            by_name.setdefault(fact.name, []).append(fact)
    for name, facts in by_name.items():
        own = [fact for fact in facts if fact.file != ALL_RESULTS]
        by_name[name] = own or facts
    return by_name


def _facts(by_name: dict[str, list[Fact]], wanted: str) -> Iterator[Fact]:
    name, is_family, _ = wanted.partition("*")
    for one in sorted(by_name) if is_family else [name]:
        if one == name or (is_family and one.startswith(name)):
            yield from by_name.get(one, [])


def _written(fact: Fact) -> str:
    return ", ".join(fact.value) if isinstance(fact.value, list) else str(fact.value)


@cache
def _shown() -> dict[str, Any]:
    shown, _ = parse_mapping(files("bot.cards").joinpath("shown_facts.yml").read_bytes())
    return shown
