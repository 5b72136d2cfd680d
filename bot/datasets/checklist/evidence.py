"""What a program can know of a dataset: a scan, the risk of its tables, and which files they are of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

from bot.datasets.findings import Coverage, Scan
from bot.datasets.risk.advice import K

# What measures tables takes a while to load, and is not needed to read what was measured.
if TYPE_CHECKING:
    from bot.datasets.risk.linkage import Link
    from bot.datasets.risk.report import Report

RECORD = "dataset-checklist.json"
PAGE = "dataset-checklist.md"
CHARTS = "dataset-checklist.svg"
OWN_FILES = frozenset({RECORD, PAGE, CHARTS})
"""Files the checklist itself writes beside the data: no part of what is signed."""

CARD = "README.md"
CROISSANT = "croissant.json"
DESCRIPTIONS = frozenset({CARD, CROISSANT})
"""Files that describe the data: they are scanned, and can change without the data changing."""

_CONFORMS = "http://mlcommons.org/croissant/"


@dataclass(frozen=True)
class DataFile:
    """One file of the data as it was looked at."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class TableRisk:
    """What was measured of one table, or why it could not be."""

    file: str
    report: Report | None = None
    problem: str = ""
    within: str = ""
    """The table of a database; empty where the file is the table."""

    @property
    def called(self) -> str:
        """Name the table for people."""
        return f"{self.file}: {self.within}" if self.within else self.file


@dataclass(frozen=True)
class Join:
    """Two tables whose rows a key joins, both of the dataset or one given away before."""

    file: str
    other: str
    link: Link
    is_earlier: bool = False
    """Whether the other was given away before."""


@dataclass(frozen=True)
class Evidence:
    """All that a program can say; it holds counts and names of columns, and no value."""

    scan: Scan
    files: tuple[DataFile, ...]
    looked_for: frozenset[int] = frozenset()
    """Items of the checklist that some rule of the scan is about."""
    item_of: dict[str, int] = field(default_factory=dict)
    """The item each kind of finding is about."""
    tables: tuple[TableRisk, ...] = ()
    joins: tuple[Join, ...] = ()
    earlier: tuple[str, ...] = ()
    """Tables given away before that those of the dataset were held against."""
    not_compared: str = ""
    """What was given away before, and could not be read."""
    quasi: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    confirmed_by: tuple[str, ...] = ()
    """Who said that these are the quasi-identifiers; nobody yet when it is empty."""
    card: str = ""
    """What the dataset's card says, where there is one."""
    croissant: Mapping[str, Any] = field(default_factory=dict)
    """The dataset's Croissant description; empty where there is none."""
    next_review: str = ""
    aim: int = K
    """The k below which a class counts as small."""

    @cached_property
    def digest(self) -> str:
        """Name exactly these files: the SHA-256 of their paths and of the SHA-256 of each."""
        return digest_of((one.path, one.sha256) for one in self.files)

    @property
    def reports(self) -> tuple[tuple[str, Report], ...]:
        """List the tables of which something is said, with their names."""
        return tuple((one.called, one.report) for one in self.tables if one.report)

    @property
    def not_scanned(self) -> tuple[Coverage, ...]:
        """List what was not scanned, or not to its end."""
        return tuple(one for one in self.scan.coverage if one.not_scanned is not None)


def is_croissant(described: object) -> TypeGuard[dict[str, Any]]:
    """Tell a Croissant description by what it conforms to: one address, or a list with that of RAI as well.

    Source: MLCommons, Croissant format specification 1.0, and Croissant RAI 1.0.
    """
    if not isinstance(described, dict):
        return False
    conforms = described.get("conformsTo", described.get("dct:conformsTo"))
    every = conforms if isinstance(conforms, list) else [conforms]
    return any(isinstance(one, str) and one.startswith(_CONFORMS) for one in every)


def digest_of(files: Iterable[tuple[str, str]]) -> str:
    """Name exactly some files, by their paths and the SHA-256 of each, in the order they are given."""
    listed = "".join(f"{sha256}  {path}\n" for path, sha256 in files)
    return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()
