"""What the checklist says in the check run: whether it is done, with the places of findings marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.actions import Annotation
from bot.datasets.checklist.record import Record, standing
from bot.datasets.findings import Finding, Tier
from bot.datasets.kinds import Kind
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.rendering import render

PART = "Dataset"
"""What the part is called in the shared check run."""

_LINES = (".jsonl", ".ndjson")


def judged(folder: str, record: Record, notes: tuple[Annotation, ...]) -> Verdict:
    """Pass once nothing speaks against the dataset, everything is decided, and it is signed off."""
    found = standing(record)
    summary = render("checks/parts/dataset.md.j2", folder=folder, record=record, standing=found)
    return Verdict(found.green, summary, notes)


def noted(folder: str, findings: Iterable[Finding], kinds: Iterable[Kind]) -> tuple[Annotation, ...]:
    """Mark the first places of verified findings."""
    titles = {kind.name: kind.title for kind in kinds}
    verified = (one for one in findings if one.tier is Tier.VERIFIED)
    return first_notes(_note(folder, one, titles) for one in verified)


def _note(folder: str, one: Finding, titles: Mapping[str, str]) -> Annotation:
    where = f" in column {one.column}" if one.column else ""
    row = f" (row {one.row})" if one.row is not None else ""
    path = f"{folder}/{one.file}" if folder else one.file
    return note(path.split("!/")[0], _line(one), f"Looks like: {titles.get(one.kind, one.kind)}{where}{row}.")


def _line(one: Finding) -> int:
    """Give the line of a finding; of a row the line it stands in, if no cell above it breaks a line."""
    if one.line is not None:
        return one.line
    return (one.row or 1) + (0 if one.file.endswith(_LINES) else 1)
