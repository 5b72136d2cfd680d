"""Decide which labels the rules of `.github/giveback.yml` want on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator

from bot.documents import parse_mapping
from bot.rendering import quiet
from bot.triage.ignore_patterns import ignore_patterns
from bot.triage.linear import LinearPattern, PatternError

MAX_PATTERNS = 500
"""Patterns a repository may have of one kind: all of them are asked about each pull request."""
MAX_REGEX = 1_000
"""Characters of a regular expression at most."""

Rules = Mapping[str, tuple[str, ...]]
"""For each label the patterns that call for it."""


def _understood_paths(rules: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    _check_number(rules)
    for patterns in rules.values():
        ignore_patterns(patterns)
    return rules


def _understood_words(rules: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    _check_number(rules)
    for patterns in rules.values():
        for pattern in patterns:
            _regex(pattern)
    return rules


def _check_number(rules: Rules) -> None:
    if sum(map(len, rules.values())) > MAX_PATTERNS:
        raise ValueError(f"there are more than {MAX_PATTERNS} patterns")


PathRules = Annotated[dict[str, tuple[str, ...]], AfterValidator(_understood_paths)]
"""Labels by patterns for paths, each written as in `.gitignore`."""

WordRules = Annotated[dict[str, tuple[str, ...]], AfterValidator(_understood_words)]
"""Labels by regular expressions, which fit anywhere in the words and in either case (syntax of RE2)."""


@dataclass
class Choice:
    """Labels that fit, each with the reasons, and labels that were looked at and do not."""

    wanted: dict[str, list[str]] = field(default_factory=dict)
    unwanted: dict[str, None] = field(default_factory=dict)

    def want(self, label: str, reason: str) -> None:
        """Note that a label fits."""
        self.wanted.setdefault(label, []).append(quiet(reason))

    def refuse(self, labels: Iterable[str]) -> None:
        """Note labels that do not fit by one rule; one that fits by another is wanted all the same."""
        self.unwanted.update(dict.fromkeys(labels))

    @property
    def to_add(self) -> tuple[str, ...]:
        """List the labels that fit."""
        return tuple(self.wanted)

    @property
    def to_remove(self) -> tuple[str, ...]:
        """List the labels that no rule wants."""
        wanted = {label.casefold() for label in self.wanted}
        return tuple(label for label in self.unwanted if label.casefold() not in wanted)

    def why(self, labels: Iterable[str]) -> str:
        """Say why labels fit."""
        return "; ".join(f"{label}: {', '.join(self.wanted[label])}" for label in labels)


def by_paths(choice: Choice, rules: Rules, paths: Iterable[str]) -> None:
    """Decide by the paths a pull request changes."""
    changed = list(paths)
    for label, patterns in rules.items():
        first = ignore_patterns(patterns).first(changed)
        if first is None:
            choice.refuse([label])
        else:
            choice.want(label, f"changes {first}")


def by_words(choice: Choice, rules: Rules, words: str, what: str) -> None:
    """Decide by a text; ``what`` names it in the reasons."""
    for label, patterns in rules.items():
        fitting = next((pattern for pattern in patterns if _regex(pattern).occurs_in(words)), None)
        if fitting is None:
            choice.refuse([label])
        else:
            choice.want(label, f'the {what} fits "{fitting}"')


@cache
def default_paths() -> Rules:
    """Give the house's own rules by path."""
    table, _ = parse_mapping(files("bot.features.labels").joinpath("paths.yml").read_bytes())
    return {label: tuple(patterns) for label, patterns in table.items()}


@lru_cache(maxsize=1_000)
def _regex(text: str) -> LinearPattern:
    if len(text) > MAX_REGEX:
        raise PatternError(f"a regular expression has at most {MAX_REGEX} characters")
    try:
        return LinearPattern(text, any_case=True)
    except PatternError as error:
        reason = f"not a regular expression that can be run in linear time: {error}"
        raise PatternError(f'"{text[:80]}": {reason}') from None
