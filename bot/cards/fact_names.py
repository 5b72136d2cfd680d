"""Know what every fact is called, and what it means: the contract between readers, templates and rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping

RESULTS = "results"
"""The artifact whose numbers have the names that people gave them."""


@dataclass(frozen=True)
class FactName:
    """Describe the facts of one name; ``<task>`` in it stands for any text, a last ``*`` for the rest.

    Computed ones were counted or added up: their numbers need not stand in the file.
    """

    name: str
    means: str
    unit: str | None = None
    computed: bool = False


@dataclass(frozen=True)
class Artifact:
    """Describe one kind of artifact: the paths it has in a model's folder, and the facts it gives."""

    name: str
    files: tuple[str, ...]
    facts: tuple[FactName, ...]


@cache
def artifacts() -> tuple[Artifact, ...]:
    """List every kind of artifact that has a reader."""
    data, _ = parse_mapping(files("bot.cards").joinpath("fact_names.yml").read_bytes())
    return tuple(
        Artifact(
            one["artifact"],
            tuple(one["files"]),
            tuple(FactName(name, **fact) for name, fact in one["facts"].items()),
        )
        for one in data["artifacts"]
    )


def is_known(name: str) -> bool:
    """Tell whether facts may be called so."""
    return bool(_known().fullmatch(name))


def is_taken(name: str) -> bool:
    """Tell whether a name means something else than a result, so that no result may be called so."""
    return bool(_taken().fullmatch(name))


def is_computed(name: str) -> bool:
    """Tell whether numbers of this name were counted or added up."""
    return bool(_computed().fullmatch(name))


@cache
def _known() -> re.Pattern[str]:
    return _any_of({fact.name for one in artifacts() for fact in one.facts})


@cache
def _taken() -> re.Pattern[str]:
    results = {fact.name for one in artifacts() if one.name == RESULTS for fact in one.facts}
    return _any_of({fact.name for one in artifacts() for fact in one.facts} - results)


@cache
def _computed() -> re.Pattern[str]:
    return _any_of({fact.name for one in artifacts() for fact in one.facts if fact.computed})


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    texts = [".+".join(map(re.escape, re.split(r"<[a-z]+>|\*$", name))) for name in sorted(names)]
    return re.compile("|".join(texts))
