"""Part: no conflict with the base branch, and no markers of one that was committed."""

from __future__ import annotations

from bot.features.checks.change import AddedText, Change
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.rendering import render

_BEGIN, _END = "<<<<<<< ", ">>>>>>> "
"""Source: git documentation, git-merge, "HOW CONFLICTS ARE PRESENTED"."""


def markers_in(added: AddedText) -> list[int]:
    """Give the lines at which conflicts begin that were committed with their markers."""
    begun = [number for number, line in added.lines if line.startswith(_BEGIN)]
    ended = any(line.startswith(_END) for _, line in added.lines)
    return begun if ended else []


def judge(change: Change, section: ChecksSection) -> Verdict:
    """Look for markers, and ask what GitHub said of merging, if it has worked that out."""
    notes = [
        note(added.path, line, "A merge conflict was committed here with its markers.")
        for added in change.added
        for line in markers_in(added)
    ]
    mergeable = change.pull.mergeable
    summary = render(
        "checks/parts/conflicts.md.j2",
        markers=len(notes),
        files=list(dict.fromkeys(one.path for one in notes))[:5],
        mergeable=mergeable,
        base=change.pull.base.ref,
    )
    return Verdict(not notes and mergeable is not False, summary, first_notes(notes))
