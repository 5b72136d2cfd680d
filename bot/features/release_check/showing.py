"""Show what a gate said in a check run."""

from __future__ import annotations

from collections.abc import Iterator

from bot.actions import Annotation
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.release.files import MANIFEST
from bot.release.gates.results import GateResult
from bot.release.manifest import manifest_or_problems
from bot.rendering import render

SHOWN = 10
"""Lines of evidence that the summary lists."""


def part_of(gate: str) -> str:
    """Name a gate's part of the check run."""
    return f"Gate: {gate.replace('_', ' ')}"


def verdict_of(result: GateResult, manifest: str) -> Verdict:
    """Write what a gate said, with the lines of the manifest marked that it is about."""
    summary = render("checks/parts/gate.md.j2", result=result, shown=SHOWN)
    notes = first_notes(_problems(manifest)) if result.gate == "manifest" else ()
    return Verdict(result.passed, summary, notes)


def _problems(manifest: str) -> Iterator[Annotation]:
    for problem in manifest_or_problems(manifest)[1]:
        yield note(MANIFEST, problem.line or 1, problem.message, problem.column)
