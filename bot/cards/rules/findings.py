"""Say what is wrong with a card, how bad it is, and which edits put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a finding is: an error keeps a model from being released, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


Path = tuple[str | int, ...]
"""Where a value stands in the metadata: keys, and the places in lists counted from 0."""


@dataclass(frozen=True)
class SetValue:
    """Put a value into the metadata, in place of the one that is there."""

    path: Path
    value: Any


@dataclass(frozen=True)
class RemoveValue:
    """Take a value out of the metadata."""

    path: Path


@dataclass(frozen=True)
class ReplaceText:
    """Replace a text wherever it stands in one line of the card, counted from 1."""

    line: int
    old: str
    new: str


@dataclass(frozen=True)
class RemoveLine:
    """Take a line, counted from 1, out of the card."""

    line: int


@dataclass(frozen=True)
class WriteAgain:
    """Write the generated parts of the card again from the files."""


Edit = SetValue | RemoveValue | ReplaceText | RemoveLine | WriteAgain


@dataclass(frozen=True)
class Finding:
    """Say which rule one line of a card breaks, why that matters, and how to fix it; lines count from 1.

    ``edits`` fix it where there is one right answer.
    """

    rule: str
    severity: Severity
    line: int
    message: str
    edits: tuple[Edit, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give the finding as the plain values that ``giveback card --json`` prints."""
        return {"rule": self.rule, "severity": self.severity, "line": self.line, "message": self.message}


def error(rule: str, line: int, message: str, edits: Sequence[Edit] = ()) -> Finding:
    """Report what keeps a model from being released."""
    return Finding(rule, Severity.ERROR, line, message, tuple(edits))


def warning(rule: str, line: int, message: str, edits: Sequence[Edit] = ()) -> Finding:
    """Report what a reader would miss or stumble over."""
    return Finding(rule, Severity.WARNING, line, message, tuple(edits))
