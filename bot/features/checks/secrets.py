"""Part: no token or key stands in an added line. What was found is never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping
from bot.features.checks.change import AddedText, Change
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.rendering import render
from bot.triage.ignore_patterns import ignore_patterns
from bot.triage.linear import LinearPattern

FOUND_PER_FILE = 20
"""Secrets looked for in one file; who put more there knows by then."""

DISTINCT = 6
"""Different characters among the last 16 of a token: those of placeholders such as ``hf_aaaa`` are fewer."""


@dataclass(frozen=True)
class Found:
    """A secret, without its value."""

    path: str
    line: int
    name: str
    revoke: str | None
    """Where it is revoked."""
    is_allowed: bool
    """Whether the line says that it is none."""


@dataclass(frozen=True)
class _Format:
    name: str
    pattern: LinearPattern
    revoke: str | None


@dataclass(frozen=True)
class _Table:
    formats: tuple[_Format, ...]
    any_of_them: LinearPattern
    placeholders: tuple[str, ...]
    allowed: tuple[str, ...]


def find_secrets(added: AddedText) -> Iterator[Found]:
    """Yield the secrets in the lines that were added to a file."""
    table = _table()
    if not table.any_of_them.occurs_in(added.text):
        return
    told = 0
    for one in table.formats:
        for index, value in one.pattern.all_in(added.text):
            if _is_placeholder(value, table.placeholders):
                continue
            number, line = added.lines[index]
            allowed = any(words in line for words in table.allowed)
            yield Found(added.path, number, one.name, one.revoke, allowed)
            told += 1
            if told == FOUND_PER_FILE:
                return


def judge(change: Change, section: ChecksSection) -> Verdict:
    """Mark the lines; text that GitHub does not show counts as not looked at."""
    left_out = ignore_patterns(section.secrets_except)
    found = [one for added in change.added if not left_out.match(added.path) for one in find_secrets(added)]
    secrets = [one for one in found if not one.is_allowed]
    unseen = [path for path in change.unseen if not left_out.match(path)]
    summary = render(
        "checks/parts/secrets.md.j2",
        kinds={one.name: one.revoke for one in secrets},
        count=len(secrets),
        allowed=len(found) - len(secrets),
        unseen=unseen[:5],
        more=len(unseen) - 5,
        is_cut=change.is_cut,
    )
    notes = (
        note(one.path, one.line, f"This looks like {one.name}. Revoke it: whoever can read this can use it.")
        for one in secrets
    )
    return Verdict(not secrets and not unseen and not change.is_cut, summary, first_notes(notes))


def _is_placeholder(value: str, words: tuple[str, ...]) -> bool:
    lower = value.lower()
    return len(set(value[-16:])) < DISTINCT or any(word in lower for word in words)


@cache
def _table() -> _Table:
    table, _ = parse_mapping(files("bot.features.checks").joinpath("secrets.yml").read_bytes())
    formats = table["formats"]
    return _Table(
        tuple(_Format(one["name"], LinearPattern(one["pattern"]), one["revoke"]) for one in formats),
        LinearPattern("|".join(f"(?:{one['pattern']})" for one in formats)),
        tuple(table["placeholders"]),
        tuple(table["allowed"]),
    )
