"""Tell tests, documentation, code, weights and archives apart by their paths."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from bot.documents import parse_mapping
from bot.features.checks.section import ChecksSection
from bot.triage.ignore_patterns import IgnorePatterns, ignore_patterns

Kind = Literal["tests", "documentation", "code", "weights", "archives"]


@cache
def paths_of(kind: Kind) -> IgnorePatterns:
    """Give the patterns of a kind, as ``kinds.yml`` has them."""
    table, _ = parse_mapping(files("bot.features.checks").joinpath("kinds.yml").read_bytes())
    return ignore_patterns(tuple(table[kind]))


def tests_of(section: ChecksSection) -> IgnorePatterns:
    """Give the patterns of what counts as a test in a repository."""
    return paths_of("tests") if section.test_paths is None else ignore_patterns(section.test_paths)


def documentation_of(section: ChecksSection) -> IgnorePatterns:
    """Give the patterns of what counts as documentation in a repository."""
    own = section.documentation_paths
    return paths_of("documentation") if own is None else ignore_patterns(own)
