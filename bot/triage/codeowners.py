"""Read CODEOWNERS files and say who owns which path.

Source: GitHub Docs, "About code owners": the last line that fits a path counts, a line without owners takes
them away, and a line that is not valid is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from bot.documents import MAX_PROBLEMS, Problem
from bot.triage.linear import LinearPatterns, PatternError
from bot.triage.path_patterns import path_pattern

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order; the first file that is there counts."""
MAX_BYTES = 3_000_000
"""GitHub loads no file of 3 MB or more."""
MAX_RULES = 20_000
"""Lines with a pattern that are read at most."""
MAX_OWNERS = 1_000
"""Words of a line that are read at most."""

_OWNER = re.compile(
    r"@[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?|[^@\s]{1,64}@[A-Za-z0-9.-]{1,255}"
)
_WORD = re.compile(r"[^\s\\]+(?:\\.[^\s\\]*)*|(?:\\.[^\s\\]*)+|\\")


@dataclass(frozen=True)
class OwnerRule:
    """A valid line: a pattern and those who own what it fits."""

    pattern: str
    owners: tuple[str, ...]
    """``@user``, ``@organisation/team`` or an e-mail address; empty where ownership is taken away."""
    line: int
    """Counted from 1."""


@dataclass(frozen=True)
class CodeOwners:
    """A file that is understood, and the lines of it that are not."""

    rules: tuple[OwnerRule, ...]
    patterns: LinearPatterns
    """The patterns of the rules, in their order."""
    problems: tuple[Problem, ...] = ()

    def rule_for(self, path: str) -> OwnerRule | None:
        """Find the line that counts for a path; None when no line fits it."""
        fitting = self.patterns.matching(path)
        return self.rules[fitting[-1]] if fitting else None

    def owners_of(self, paths: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Give the owners of each path, in the order of its line; nobody where no line fits or names any."""
        found = {path: self.rule_for(path) for path in paths}
        return {path: rule.owners if rule else () for path, rule in found.items()}


def read_codeowners(text: str | bytes) -> CodeOwners:
    """Read a file. Lines that are not valid are told as problems and passed over, as GitHub does."""
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    if len(text) >= MAX_BYTES:
        problem = Problem(1, 1, "", "GitHub loads no CODEOWNERS of 3 MB or more", "join lines with wildcards")
        return CodeOwners((), LinearPatterns(()), (problem,))
    rules: list[OwnerRule] = []
    patterns: list[str] = []
    mistakes = 0
    problems: list[Problem] = []
    for number, line in enumerate(text.decode("utf-8-sig", "replace").split("\n"), start=1):
        if len(rules) + mistakes == MAX_RULES:
            problems.append(Problem(number, 1, "", f"more than {MAX_RULES} lines are not read here"))
            break
        try:
            if (read := _rule(line, number)) is not None:
                rules.append(read[0])
                patterns.append(read[1])
        except _Mistake as mistake:
            mistakes += 1
            if len(problems) < MAX_PROBLEMS:
                problems.append(Problem(number, mistake.column, "", str(mistake), "the line is passed over"))
    return CodeOwners(tuple(rules), LinearPatterns(patterns), tuple(problems))


class _Mistake(Exception):
    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column


def _rule(line: str, number: int) -> tuple[OwnerRule, str] | None:
    words = list(islice(_WORD.finditer(line), MAX_OWNERS))
    end = next((place for place, word in enumerate(words) if word[0].startswith("#")), len(words))
    if end == 0:
        return None
    written, *owners = words[:end]
    pattern = written[0]
    column = written.start() + 1
    if pattern.startswith("!"):
        raise _Mistake(column, 'a pattern cannot be negated with "!" in CODEOWNERS')
    if pattern.startswith("\\#"):
        raise _Mistake(column, 'a pattern cannot begin with an escaped "#" in CODEOWNERS')
    if "[" in pattern or "]" in pattern:
        raise _Mistake(column, 'classes "[ ]" do not work in CODEOWNERS')
    for owner in owners:
        if not _OWNER.fullmatch(owner[0]):
            said = owner[0][:60]
            raise _Mistake(owner.start() + 1, f'"{said}" is no @user, @organisation/team or e-mail address')
    try:
        compiled = path_pattern(pattern, descends=True, star_descends=False, classes=False)
    except PatternError as error:
        raise _Mistake(column, str(error)) from None
    return OwnerRule(pattern, tuple(dict.fromkeys(owner[0] for owner in owners)), number), compiled
