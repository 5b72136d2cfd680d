"""Say what a command is for, and where it can be used."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What commands are for: the help lists them under these, in this order."""

    WORK = "work"
    """Who does it."""
    SORTING = "sorting"
    """What it is, and what it belongs to."""
    PLACE = "place"
    """Whether it stands open, and where."""
    MERGING = "merging"
    """How a pull request comes to be merged."""
    MODELS = "models"
    """Models and data that are given back."""
    OTHER = "other"


class ThreadKind(StrEnum):
    """Which threads a command is for."""

    ANY = "any"
    ISSUE = "issue"
    PULL_REQUEST = "pull_request"

    def includes(self, other: ThreadKind) -> bool:
        """Tell whether a thread of that kind is one of these."""
        return self in (ThreadKind.ANY, other)
