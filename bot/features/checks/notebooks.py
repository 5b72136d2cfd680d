"""Part: notebooks are committed without the outputs of their cells."""

from __future__ import annotations

import re

from bot.features.checks.change import AddedText, Change
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.rendering import render

_OUTPUT = re.compile(r'[ \t]{0,40}"output_type":')
"""Source: nbformat 4, "Code cell outputs". In the text of a cell the quotes would be escaped."""


def outputs_in(added: AddedText) -> list[int]:
    """Give the lines at which outputs begin."""
    return [number for number, line in added.lines if _OUTPUT.match(line)]


def is_notebook(path: str) -> bool:
    """Tell whether a path is that of a Jupyter notebook."""
    return path.lower().endswith(".ipynb")


def judge(change: Change, section: ChecksSection) -> Verdict:
    """Mark the first output of each notebook; one that GitHub does not show counts as not looked at."""
    found = {
        added.path: outputs
        for added in change.added
        if is_notebook(added.path) and (outputs := outputs_in(added))
    }
    notes = (
        note(path, lines[0], f"This notebook holds outputs ({len(lines)} added here).")
        for path, lines in found.items()
    )
    unseen = [path for path in change.unseen if is_notebook(path)]
    summary = render(
        "checks/parts/notebook_outputs.md.j2",
        found=list(found)[:5],
        more=len(found) - 5,
        unseen=unseen[:5],
    )
    return Verdict(not found and not unseen, summary, first_notes(notes))
