"""Choose the facts a card shows in its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards.facts import Fact, Reading
from bot.documents import parse_mapping
from bot.rendering import code

MAX_ROWS = 80
"""Rows of one table at most; the rest stays in its files."""
ALL_RESULTS = "all_results.json"
"""Repeats what the other result files have. Source: transformers, ``Trainer.save_metrics``."""


@dataclass(frozen=True)
class Row:
    """One row of a table: what it is about, in Markdown, the value as written, and the files with it."""

    label: str
    value: str
    files: tuple[str, ...]


def rows(reading: Reading, part: str, card: str) -> list[Row]:
    """List the rows of the table of one part, in the order of ``shown_facts.yml``, each value once.

    What was read from the ``card`` itself stands there already and is left out.
    """
    found: dict[tuple[str, str], dict[str, None]] = {}
    by_name = _by_name(reading, card)
    for shown in _shown()[part]:
        for rest, fact in _facts(by_name, shown["fact"]):
            label = shown.get("label", "{}").replace("{}", code(rest))
            found.setdefault((label, _written(fact)), {})[fact.file] = None
    return [Row(label, value, tuple(names)) for (label, value), names in found.items()][:MAX_ROWS]


def _by_name(reading: Reading, card: str) -> dict[str, list[Fact]]:
    by_name: dict[str, list[Fact]] = {}
    for fact in reading.facts:
        if fact.file != card and not isinstance(fact.value, dict):
            by_name.setdefault(fact.name, []).append(fact)
    for name, facts in by_name.items():
        own = [fact for fact in facts if fact.file != ALL_RESULTS]
        by_name[name] = own or facts
    return by_name


def _facts(by_name: dict[str, list[Fact]], wanted: str) -> Iterator[tuple[str, Fact]]:
    """Yield the facts of a name, each with what stands in place of its ``*``.

    A family leaves out what has a line of its own, or belongs to a smaller family.
    """
    name, is_family, _ = wanted.partition("*")
    if not is_family:
        yield from (("", fact) for fact in by_name.get(name, []))
        return
    others = [one for one in _wanted() if one.startswith(name) and one != wanted]
    for one in sorted(by_name):
        if one.startswith(name) and not any(_is_of(one, other) for other in others):
            yield from ((one.removeprefix(name), fact) for fact in by_name[one])


def _is_of(name: str, wanted: str) -> bool:
    start, is_family, _ = wanted.partition("*")
    return name.startswith(start) if is_family else name == wanted


def _written(fact: Fact) -> str:
    return ", ".join(fact.value) if isinstance(fact.value, list) else str(fact.value)


@cache
def _wanted() -> tuple[str, ...]:
    return tuple(shown["fact"] for part in _shown().values() for shown in part)


@cache
def _shown() -> dict[str, Any]:
    shown, _ = parse_mapping(files("bot.cards").joinpath("shown_facts.yml").read_bytes())
    return shown
