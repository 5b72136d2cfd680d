"""What the checklist says in the check run: whether it is done, with the places of findings marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.actions import Annotation
from bot.datasets.checklist.record import Record, standing
from bot.datasets.findings import Finding, Scan, Tier
from bot.datasets.kinds import Kind
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.rendering import render

PART = "Dataset"
"""What the part is called in the shared check run."""

_ABOVE = {"csv": 1, "tsv": 1, "jsonl": 0}
"""Formats with a line for each row, and the lines above the first."""


def judged(folder: str, record: Record, notes: tuple[Annotation, ...]) -> Verdict:
    """Pass once nothing speaks against the dataset, everything is decided, and it is signed off."""
    found = standing(record)
    summary = render("checks/parts/dataset.md.j2", folder=folder, record=record, standing=found)
    return Verdict(found.green, summary, notes)


def noted(folder: str, scan: Scan, kinds: Iterable[Kind]) -> tuple[Annotation, ...]:
    """Mark the first places of verified findings."""
    titles = {kind.name: kind.title for kind in kinds}
    formats = {one.file: one.format for one in scan.coverage}
    verified = (one for one in scan.findings if one.tier is Tier.VERIFIED)
    return first_notes(_note(folder, one, formats.get(one.file), titles) for one in verified)


def _note(folder: str, one: Finding, format: str | None, titles: Mapping[str, str]) -> Annotation:
    where = f" in column {one.column}" if one.column else ""
    line = f" (line {one.line})" if one.line is not None else ""
    row = f" (row {one.row})" if one.row is not None else ""
    path = f"{folder}/{one.file}" if folder else one.file
    said = f"Looks like: {titles.get(one.kind, one.kind)}{where}{line or row}."
    return note(path.split("!/")[0], _line(one, format), said)


def _line(one: Finding, format: str | None) -> int:
    """Give the line to mark: of a row that it stands in, if no cell above breaks a line; else the first."""
    if "!/" in one.file:
        return 1  # the lines of what is packed are not those of the archive
    if one.line is not None:
        return one.line
    return (one.row or 0) + _ABOVE[format] if format in _ABOVE else 1
