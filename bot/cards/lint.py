"""Check a model card: what is wrong with it, where, and how complete it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.cards import licences
from bot.cards.declared import Declared
from bot.cards.drift import drift
from bot.cards.facts import Reading
from bot.cards.front_matter import split
from bot.cards.outline import Outline, outline
from bot.cards.reading import read_facts
from bot.cards.rules import RULES, Finding, Severity
from bot.documents import DocumentError


@dataclass(frozen=True)
class Part:
    """Name one part of the completeness score, what it is worth, and whether the card has it."""

    name: str
    points: int
    reached: bool


@dataclass(frozen=True)
class Report:
    """Hold the findings of one card, in the order of its lines, and its completeness."""

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]

    @property
    def score(self) -> int:
        """Add up the completeness, from 0 to 100."""
        return sum(part.points for part in self.parts if part.reached)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Pick the findings that keep a model from being released."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(frozen=True)
class Beside:
    """Hold what a card is held against: the facts of its folder, what people declared, which files are there.

    ``has_file`` tells of a path, counted from the card's folder, whether something is there. What a reading
    lacks that is not whole says nothing.
    """

    reading: Reading | None = None
    declared: Declared = field(default_factory=Declared)
    has_file: Callable[[str], bool] | None = None
    is_whole: bool = True


def beside(folder: Path, declared: Declared | None = None, reading: Reading | None = None) -> Beside:
    """Read what stands beside the card of a folder."""
    return Beside(
        read_facts(folder) if reading is None else reading,
        declared or Declared(),
        lambda path: os.path.lexists(folder / path),
    )


def lint(card_text: str, folder: Path | None = None, declared: Declared | None = None) -> Report:
    """Check a card; with the ``folder`` it describes, its numbers are held against the files as well.

    What people ``declared`` beside the card is what its generated parts have to say.
    """
    known = beside(folder, declared) if folder else Beside(declared=declared or Declared())
    return lint_against(card_text, known)


def lint_against(card_text: str, known: Beside) -> Report:
    """Check a card against what is known already."""
    card_text = card_text.replace("\r\n", "\n")
    try:
        parts = split(card_text)
    except DocumentError as error:
        return broken(error, tuple(Part(name, points, False) for name, points, _ in _PARTS))
    card = outline(parts, known.reading, known.declared.model_id, known.has_file)
    findings = [finding for rule in RULES for finding in rule(card)]
    if known.reading is not None and known.is_whole:
        findings += drift(card_text, parts, known.reading, known.declared)
    return Report(in_order(findings), tuple(Part(name, points, has(card)) for name, points, has in _PARTS))


def broken(error: DocumentError, parts: tuple[Part, ...]) -> Report:
    """Report metadata that cannot be read, of which nothing else can be said."""
    found = (
        Finding(
            "front-matter-invalid", Severity.ERROR, one.line, f"{one.message}; {one.hint or 'fix it first'}"
        )
        for one in error.problems
    )
    return Report(tuple(found), parts)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by their lines."""
    return tuple(sorted(findings, key=lambda finding: (finding.line, finding.rule)))


def _has_key(key: str) -> Callable[[Outline], bool]:
    return lambda card: bool(card.data.get(key))


def _has_licence(card: Outline) -> bool:
    """Tell whether the card names a licence that says something; LLaMA-Factory's ``other`` says nothing."""
    name, link = card.text("license_name"), card.text("license_link")
    named = [str(one) for _, one in card.placed("license")]
    return bool(named) and all(licences.problem(one, name, link) is None for one in named)


def _has_section(section: str) -> Callable[[Outline], bool]:
    return lambda card: card.has_section(section)


def _has_environment(card: Outline) -> bool:
    return bool(card.data.get("co2_eq_emissions")) or card.has_section("environment")


def _describes(card: Outline) -> bool:
    return card.is_described


_PARTS: tuple[tuple[str, int, Callable[[Outline], bool]], ...] = (
    ("license", 15, _has_licence),
    ("library_name", 10, _has_key("library_name")),
    ("pipeline_tag", 10, _has_key("pipeline_tag")),
    ("datasets", 5, _has_key("datasets")),
    ("description", 10, _describes),
    ("uses", 10, _has_section("uses")),
    ("limitations", 10, _has_section("limitations")),
    ("start", 10, _has_section("start")),
    ("training", 5, _has_section("training")),
    ("evaluation", 10, _has_section("evaluation")),
    ("environment", 5, _has_environment),
)
"""The parts of the score; their points add up to 100."""
