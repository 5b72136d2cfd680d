"""Hint at what memory and versions that do not fit can mean, with the page cited and the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator

from bot.documents import read_document
from bot.triage.environment import Environment
from bot.triage.tracebacks.checks import CHECKS
from bot.triage.tracebacks.failure import Failure, Kind
from bot.triage.tracebacks.tables import Pattern

MAX_HINTS = 5
"""Hints given for one report at most."""
MAX_QUOTED = 160
"""Characters of a message quoted as evidence."""
SEARCHED = 600
"""Characters of a message searched."""


class Page(BaseModel):
    """A page of public documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    url: str


class HintRule(BaseModel):
    """When a hint applies; the columns are described in ``data/hints.yml``."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: str
    says: str
    page: str
    match: Pattern | None = None
    check: str = ""
    kinds: tuple[Kind, ...] = ()
    package: str = ""
    shows: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _told_one_way(self) -> HintRule:
        if (self.match is None) == (self.check not in CHECKS):
            raise ValueError("give either match, or a check of checks.py")
        return self


class HintTable(BaseModel):
    """``data/hints.yml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pages: dict[str, Page]
    oldest_drivers: dict[int, int]
    hints: tuple[HintRule, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at: what it is, the page it cites, and what in the report made it apply."""

    id: str
    says: str
    page_title: str
    page_url: str
    because: tuple[str, ...]


@cache
def hint_table() -> HintTable:
    """Read the table of hints."""
    return read_document(files("bot.triage").joinpath("data/hints.yml").read_bytes(), HintTable)


def hints(failures: Sequence[Failure], environment: Environment) -> tuple[Hint, ...]:
    """Give the hints that apply, in the order of the table, at most one for each page."""
    table = hint_table()
    found: dict[str, Hint] = {}
    parts = [part for failure in failures for part in _parts(failure)]
    for rule in table.hints:
        because = tuple(_evidence(rule, parts, environment, table))
        if because and rule.page not in found and len(found) < MAX_HINTS:
            page = table.pages[rule.page]
            found[rule.page] = Hint(rule.id, rule.says, page.title, page.url, because)
    return tuple(found.values())


def _parts(failure: Failure) -> Iterator[Failure]:
    for part in failure.chain():
        yield part
        for member in part.members:
            yield from member.chain()


def _evidence(
    rule: HintRule, parts: Sequence[Failure], environment: Environment, table: HintTable
) -> Iterator[str]:
    if rule.check:
        yield from CHECKS[rule.check](parts, environment, table.oldest_drivers)
        return
    said = next((part for part in parts if _applies(rule, part)), None)
    if said is None or not _has(rule.package, parts, environment):
        return
    message = " ".join(said.message.split())
    quoted = message if len(message) <= MAX_QUOTED else message[: MAX_QUOTED - 1] + "…"
    yield (
        f"line {said.line}: {said.name}: {quoted}"
        if said.name not in quoted
        else f"line {said.line}: {quoted}"
    )
    for package in rule.shows:
        if fact := environment.packages.get(package):
            yield f"{package} {fact.value} ({fact.source})"


def _applies(rule: HintRule, failure: Failure) -> bool:
    if rule.kinds and failure.kind not in rule.kinds:
        return False
    said = f"{failure.type}: {failure.message[:SEARCHED]}"
    return rule.match is not None and rule.match.search(said) is not None


def _has(package: str, parts: Sequence[Failure], environment: Environment) -> bool:
    if not package or package in environment.packages:
        return True
    return any(frame.package == package for part in parts for frame in part.frames)
