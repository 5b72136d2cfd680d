"""Propose which columns could tell who somebody is, and which nobody should learn; people confirm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import BaseModel, ConfigDict

from bot.datasets.risk import queries
from bot.documents import read_document

# DuckDB and polars take a while to load, and the roles alone are asked for by many.
if TYPE_CHECKING:
    from bot.datasets.risk.tables import Table

Role = Literal["identifier", "quasi-identifier", "sensitive", "free text", "other"]

FREE_TEXT_LENGTH = 40
"""Characters from which on cells with spaces in them are taken for sentences, on average."""

IDENTIFIER_SHARE = 0.95
"""Share of different values from which on a column is a code for each person: 45 CFR 164.514(b)(2)(i)(R)."""

FEWEST_ROWS = 20
"""Rows below which nothing is concluded from how many values there are."""

QUASI_SHARE = 0.2
"""Share of different values up to which a column may put people into classes."""

PSEUDONYM_SHARE = 0.95
"""Share of cells with the shape of a hash or a UUID from which on a column is one of pseudonyms."""

_AT_ONCE = 50
"""Columns looked at in one query."""

_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    identifier: tuple[str, ...]
    quasi_identifier: tuple[str, ...]
    sensitive: tuple[str, ...]


@dataclass(frozen=True)
class Attribute:
    """What a column seems to be; a proposal, which counts for nothing until a person confirms it."""

    column: str
    role: Role
    why: str
    values: int
    """About how many different values there are."""
    filled: int
    pseudonymous: bool = False
    """Whether the values have the shape of hashes or UUIDs: such data are pseudonymous (GDPR Art 4(5))."""

    def as_dict(self) -> dict[str, Any]:
        """Give the proposal as it stands in JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Shape:
    filled: int
    values: int
    length: float
    spaces: float
    is_measured: bool
    """Whether the values are decimal numbers or days: many differ, and yet they are no codes."""
    pseudonyms: float
    """Share of cells with the shape of a hash or a UUID."""


def propose(table: Table) -> tuple[Attribute, ...]:
    """Propose a role for every column, from its name and its values. Raises TableError."""
    named = [(column, f"c{number}") for number, column in enumerate(table.columns)]
    found: list[Attribute] = []
    for first in range(0, len(named), _AT_ONCE):
        some = named[first : first + _AT_ONCE]
        shapes = ", ".join(queries.ATTRIBUTE.format(name=name) for _, name in some)
        row = iter(table.row(queries.ATTRIBUTES, shapes=shapes, view=table.view))
        for column, _ in some:
            shape = _Shape(*(cast(Any, next(row)) for _ in range(6)))
            role, why = _role(column, shape)
            values, hashes = min(shape.values, shape.filled), shape.pseudonyms >= PSEUDONYM_SHARE
            found.append(Attribute(column, role, why, values, shape.filled, hashes))
    return tuple(found)


def proposed(attributes: Iterable[Attribute], role: Role) -> tuple[str, ...]:
    """List the columns that are proposed for a role."""
    return tuple(one.column for one in attributes if one.role == role)


def _role(column: str, shape: _Shape) -> tuple[Role, str]:
    """Decide by the name first, since a name says what values can only hint at."""
    if shape.length >= FREE_TEXT_LENGTH and shape.spaces >= 4:
        return "free text", "its cells are sentences"
    for role, phrases in _phrases().items():
        if phrase := _phrase_in(column, phrases):
            return role, f"its name says “{phrase}”"
    enough = shape.filled >= FEWEST_ROWS
    if enough and not shape.is_measured and shape.values >= IDENTIFIER_SHARE * shape.filled:
        return "identifier", "nearly every row has a value of its own"
    if enough and shape.is_measured and shape.values >= IDENTIFIER_SHARE * shape.filled:
        return "quasi-identifier", "nearly every row has a measurement of its own"
    if enough and 1 < shape.values <= max(2, QUASI_SHARE * shape.filled):
        return "quasi-identifier", "few values are shared by many rows"
    return "other", "neither its name nor its values say more"


def _phrase_in(column: str, phrases: Mapping[tuple[str, ...], str]) -> str | None:
    words = [word.lower() for word in _WORD.findall(column[:200])]
    runs = (tuple(words[at : at + length]) for length in (3, 2, 1) for at in range(len(words) - length + 1))
    return next((phrases[run] for run in runs if run in phrases), None)


@cache
def _phrases() -> dict[Role, dict[tuple[str, ...], str]]:
    words = read_document(Path(__file__).with_suffix(".yml").read_bytes(), _Words)

    def split(phrases: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
        return ((tuple(phrase.split()), phrase) for phrase in phrases)

    # "native country" is more than "country", and an "age" beside an "id" is still an age: sensitive first
    return {
        "sensitive": dict(split(words.sensitive)),
        "quasi-identifier": dict(split(words.quasi_identifier)),
        "identifier": dict(split(words.identifier)),
    }
