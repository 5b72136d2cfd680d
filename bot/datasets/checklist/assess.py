"""Say of each item what a program can: evidence against, nothing found, or that it needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.datasets.checklist.evidence import Evidence
from bot.datasets.checklist.items import Item
from bot.datasets.checklist.measures import MEASURES
from bot.datasets.checklist.states import Found, State, against, needs_person, nothing_found, together
from bot.datasets.findings import Tier
from bot.datasets.wording import counted, rows_and_lines, were
from bot.rendering import code, listed

PLACES_SHOWN = 5


@dataclass(frozen=True)
class Assessed:
    """One item with its state and the sentence that says why, as Markdown; never with a value."""

    item: Item
    state: State
    evidence: str


def assess(items: Iterable[Item], evidence: Evidence) -> tuple[Assessed, ...]:
    """Assess every item; one that a person has to decide is never passed."""
    return tuple(_assessed(item, evidence) for item in items)


def _assessed(item: Item, evidence: Evidence) -> Assessed:
    found = together(_looks(item, evidence))
    state = found.state
    if item.needs_person and state is State.NOTHING_FOUND:
        state = State.NEEDS_PERSON
    return Assessed(item, state, found.words or "Only a person can say.")


def _looks(item: Item, evidence: Evidence) -> Iterator[Found]:
    if item.number in evidence.looked_for:
        yield _scanned(item, evidence)
    elif item.part == "identifiers" and item.measure is None:
        yield needs_person("No rule of the scan is about this.")
    if item.measure:
        yield MEASURES[item.measure](evidence)


def _scanned(item: Item, evidence: Evidence) -> Found:
    """Say what the scan found: verified findings speak against an item, possible ones are to be looked at."""
    scan, rules = evidence.scan, f"rules {code(evidence.scan.rules)}"
    here = [one for one in scan.counts if evidence.item_of.get(one.kind) == item.number]
    verified = [one for one in here if one.tier is Tier.VERIFIED]
    if verified:
        places: Counter[str] = Counter()
        for one in verified:
            places[f"{one.file}: {one.column}" if one.column else one.file] += one.count
        most = [f"{code(place, 80)} ({count})" for place, count in places.most_common(PLACES_SHOWN)]
        more = f" and {len(places) - PLACES_SHOWN} more places" if len(places) > PLACES_SHOWN else ""
        return against(f"{places.total()} found by {rules}, in {listed(most)}{more}.")
    possible = sum(one.count for one in here)
    where = _where(evidence)
    if possible:
        found = f"{counted(possible, 'possible one')} {were(possible)}"
        return needs_person(f"None is certain, {found} found by {rules} {where}.")
    words = f"None found by {rules} {where}."
    return nothing_found(words) if scan.complete else needs_person(words)


def _where(evidence: Evidence) -> str:
    coverage = evidence.scan.coverage
    read = len(coverage) - len(evidence.not_scanned)
    rows = sum(one.rows for one in coverage)
    files, whose = counted(len(coverage), "file"), "its" if len(coverage) == 1 else "their"
    return f"in {rows_and_lines(rows)}, {read} of {files} read to {whose} end"
