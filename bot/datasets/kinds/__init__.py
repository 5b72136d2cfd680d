"""The kinds of personal data that a scan looks for, as the tables beside this file name them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.datasets.findings import Tier
from bot.datasets.kinds.checks import is_known
from bot.datasets.linear import compiled, is_in
from bot.documents import read_document

TABLES = ("contact", "network", "financial", "people", "national", "secrets")


class Kind(BaseModel):
    """One shape of a kind of personal data: what proves it, and how much each proof counts.

    A kind that is written in several ways stands in the tables once for each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")
    title: str
    """What people call it, in the singular."""
    pattern: str = Field(max_length=4000)
    """The shape, in RE2 syntax; it never reaches over the end of a line."""
    hint: str | None = Field(default=None, max_length=400)
    """A simple pattern that is wherever the shape is: all hints are looked for at once, which counting
    characters makes slow. None where the shape itself is simple, or takes digits and a word beside them."""
    mark: Literal["", "@", "0"] = ""
    """A character that every value has among its first 64, "0" for any digit: where there is none, the shape
    is not looked for. A shape that begins with a digit needs none said."""
    check: str | None = None
    """What proves it: a name in ``checks.py``, or ``stdnum:`` and a module of python-stdnum."""
    alone: Tier | None = None
    """Tier of a value that passes its check with no word around it; None when that says nothing."""
    worded: Tier = Tier.VERIFIED
    """Tier of a value that passes its check beside a word for it."""
    broken: Tier | None = None
    """Tier of a value that fails its check beside a word for it; None when that says nothing."""
    words: tuple[str, ...] = ()
    """Words for it, near it or as the name of its column, in lower case."""
    columns: tuple[str, ...] = ()
    """Names of columns whose every filled cell is possibly one, in lower case with spaces."""
    after: tuple[str, ...] = ()
    """Words that are one for it right behind it alone."""
    confusable: bool = False
    """Whether other numbers look alike, so that a value with another number's label is none."""
    priority: int = Field(default=50, ge=0, le=100)
    """Which of two kinds a place belongs to; the higher one wins within a tier."""
    item: int = Field(default=18, ge=1, le=44)
    """The item of the checklist that it is evidence for."""
    gates: Literal["tier", "always"] = "tier"
    """``always`` for secrets, which fail the gate however few they are."""
    source: str = Field(min_length=1)
    """Where the identifier is defined."""

    @field_validator("pattern", "hint")
    @classmethod
    def _is_linear(cls, pattern: str | None) -> str | None:
        if pattern is not None and is_in(compiled(pattern), b""):
            raise ValueError("the pattern matches an empty text; write one of at least one character")
        return pattern

    @field_validator("check")
    @classmethod
    def _is_known(cls, check: str | None) -> str | None:
        if check is not None and not is_known(check):
            raise ValueError('there is no such check; leave it out, or name one such as "luhn"')
        return check


class Property(BaseModel):
    """A kind that is known by its place in a file, not by its shape."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    columns: tuple[str, ...] = ()
    """Names of columns whose every filled cell is possibly one, in lower case with spaces."""
    item: int = Field(ge=1, le=44)
    source: str = Field(min_length=1)


class _Properties(BaseModel):
    model_config = ConfigDict(extra="forbid")

    properties: tuple[Property, ...]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kinds: tuple[Kind, ...]


class _Labels(BaseModel):
    model_config = ConfigDict(extra="forbid")

    labels: tuple[str, ...]


@cache
def known_kinds() -> tuple[Kind, ...]:
    """Read the kinds of the tables, in the order they are written."""
    room = files("bot.datasets.kinds")
    return tuple(
        kind
        for table in TABLES
        for kind in read_document(room.joinpath(f"{table}.yml").read_bytes(), _Table).kinds
    )


def read_kinds(text: str | bytes) -> tuple[Kind, ...]:
    """Read kinds of one's own, written as the tables are. Raises DocumentError with every problem."""
    return read_document(text, _Table).kinds


@cache
def properties() -> tuple[Property, ...]:
    """Read the kinds that files say of themselves."""
    return read_document(
        files("bot.datasets.kinds").joinpath("properties.yml").read_bytes(), _Properties
    ).properties


@cache
def other_labels() -> tuple[str, ...]:
    """Read the labels of numbers that look like somebody's and are not."""
    return read_document(files("bot.datasets.kinds").joinpath("labels.yml").read_bytes(), _Labels).labels


def rules_version(kinds: Sequence[Kind]) -> str:
    """Name a set of rules by its content, so that a record says which rules it was made with."""
    content = "\n".join(kind.model_dump_json() for kind in kinds)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
