"""Measure how large a change is, without the files that people did not write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Protocol

from bot.documents import parse_mapping
from bot.triage.attributes import Attributes


class ChangedLines(Protocol):
    """What is looked at of a changed file."""

    @property
    def path(self) -> str:
        """Where the file is."""

    @property
    def additions(self) -> int:
        """How many lines were added."""

    @property
    def deletions(self) -> int:
        """How many lines were taken away."""


def changed_lines(changed: Iterable[ChangedLines], attributes: Attributes | None = None) -> int:
    """Count the lines a change adds and takes away, without files that people did not write."""
    said = attributes or Attributes()
    return sum(one.additions + one.deletions for one in changed if said.why_left_out(one.path) is None)


def size_of(lines: int, sizes: Mapping[str, int] | None = None) -> str:
    """Name the size of a change by the lines it changes.

    ``sizes`` has for each name the number of lines from which on it is used; without it the names are XS, S,
    M, L, XL and XXL, from 0, 10, 30, 100, 500 and 1,000 lines on.
    """
    steps = sorted((sizes or default_sizes()).items(), key=lambda step: step[1])
    return max((step for step in steps if step[1] <= lines), key=lambda step: step[1], default=steps[0])[0]


@cache
def default_sizes() -> Mapping[str, int]:
    """Give the sizes of ``sizes.yml``."""
    sizes, _ = parse_mapping(files("bot.triage").joinpath("sizes.yml").read_bytes())
    return sizes
