"""The words of a scan: findings, columns and coverage. None of them holds a value, nor a hash of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Tier(StrEnum):
    """How sure a finding is."""

    VERIFIED = "verified"
    """A checksum, or the identifier's own structure with words around it, says what it is. It gates."""
    POSSIBLE = "possible"
    """The shape alone, or words around a value that fails its checksum. It informs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of personal data: where it stands and what kind it is, never what it says."""

    kind: str
    """Name of the kind in ``kinds/*.yml``."""
    tier: Tier
    file: str
    """Path below the scanned folder, with ``/``; of a file in an archive ``archive.zip!/inner.csv``."""
    line: int | None
    """Line of a text, from 1; None where ``row`` says the place."""
    row: int | None
    """Row of a table or of JSON lines, from 1, a header not counted; None in a text."""
    column: str | None
    """Name of the column, or the path of keys within a JSON value; None in a text."""
    start: int
    """Characters before the finding, in the text of the file or in the cell."""
    end: int
    score: float
    """How sure, from 0 to 1; ``tier`` is what decides."""

    def as_dict(self) -> dict[str, Any]:
        """Give the finding as it stands in JSON: with ``line`` or ``row``, never both."""
        place: dict[str, Any] = {"row": self.row} if self.line is None else {"line": self.line}
        return {
            "kind": self.kind,
            "tier": self.tier.value,
            "file": self.file,
            **place,
            "column": self.column,
            "start": self.start,
            "end": self.end,
            "score": self.score,
        }


@dataclass(frozen=True)
class Column:
    """What a column of a table holds, every row counted."""

    file: str
    name: str
    rows: int
    """Rows of the file that have this column."""
    filled: int
    """Cells that are neither null nor empty."""
    kind: str | None = None
    """The kind that most of its cells are, decided on a sample; None when there is none."""
    free_text: bool = False
    """Whether people wrote sentences into it: then no figure over classes holds for it."""
    verified: Mapping[str, int] = field(default_factory=dict)
    """Cells with a verified finding of each kind."""
    possible: Mapping[str, int] = field(default_factory=dict)
    """Cells with a possible finding of each kind, none of it verified."""

    def as_dict(self) -> dict[str, Any]:
        """Give the column as it stands in JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Coverage:
    """How much of one file was read, so that what was not read is never taken for clean."""

    file: str
    format: str | None
    """Name of the format, such as ``csv`` or ``parquet``; None when it is not known."""
    bytes: int = 0
    """Size of the file, as it is stored."""
    rows: int = 0
    """Rows, or lines of a text, that were scanned."""
    not_scanned: str | None = None
    """Why the file, or a part of it, was not scanned; None when all of it was."""

    def as_dict(self) -> dict[str, Any]:
        """Give the coverage as it stands in JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Count:
    """How many findings of one kind and tier stand in one place; exact, also where few are listed."""

    file: str
    column: str | None
    kind: str
    tier: Tier
    count: int

    def as_dict(self) -> dict[str, Any]:
        """Give the count as it stands in JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Quality:
    """What a validation result of Great Expectations says of the data."""

    file: str
    expectations: int
    met: int

    def as_dict(self) -> dict[str, Any]:
        """Give the result as it stands in JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Scan:
    """All that one scan says."""

    rules: str
    """Version of the rules: a digest of the kinds that were looked for."""
    findings: tuple[Finding, ...] = ()
    """The first findings of each file and kind; ``counts`` has them all."""
    counts: tuple[Count, ...] = ()
    columns: tuple[Column, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    quality: tuple[Quality, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every file was read to its end."""
        return all(one.not_scanned is None for one in self.coverage)

    def total(self, tier: Tier) -> int:
        """Count the findings of one tier."""
        return sum(one.count for one in self.counts if one.tier is tier)

    def as_dict(self) -> dict[str, Any]:
        """Give the scan as the command prints it."""
        return {
            "rules": self.rules,
            "findings": [one.as_dict() for one in self.findings],
            "counts": [one.as_dict() for one in self.counts],
            "columns": [one.as_dict() for one in self.columns],
            "coverage": {
                "complete": self.complete,
                "bytes": sum(one.bytes for one in self.coverage),
                "rows": sum(one.rows for one in self.coverage),
                "files": [one.as_dict() for one in self.coverage],
                "not_scanned": [one.file for one in self.coverage if one.not_scanned is not None],
            },
            "quality": [one.as_dict() for one in self.quality],
        }
