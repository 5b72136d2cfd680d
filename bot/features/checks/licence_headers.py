"""Part: every new code file begins with a licence header."""

from __future__ import annotations

import re

from bot.features.checks.change import AddedText, Change
from bot.features.checks.kinds import paths_of
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict, first_notes, note
from bot.rendering import render
from bot.triage.attributes import Attributes

HEADER_LINES = 30
"""Lines at the top of a file in which a header is looked for."""

_HEADER = re.compile(
    r"SPDX-License-Identifier:|\bcopyright\b|\(c\)|\blicen[sc]ed? under\b|\blicen[sc]e:", re.I
)
"""Source of the first: the SPDX specification, "SPDX short identifiers"; the others are what headers say."""

_AS_WRITTEN = Attributes()


def has_header(added: AddedText, words: str | None) -> bool:
    """Tell whether a new file begins with a header, or has nothing in it that would need one."""
    if not added.text.strip():
        return True
    top = "\n".join(line[:1_000] for _, line in added.lines[:HEADER_LINES])
    if words is not None:
        return " ".join(words.split()).casefold() in " ".join(top.split()).casefold()
    return _HEADER.search(top) is not None


def judge(change: Change, section: ChecksSection) -> Verdict:
    """Mark the first line of new code files without a header."""
    code = paths_of("code")
    new = [
        added
        for added in change.added
        if added.is_new and code.match(added.path) and _AS_WRITTEN.why_left_out(added.path) is None
    ]
    missing = [added.path for added in new if not has_header(added, section.licence_header)]
    unseen = [path for path in change.unseen if code.match(path) and _is_new(change, path)]
    summary = render(
        "checks/parts/licence_headers.md.j2",
        new=len(new),
        missing=missing[:5],
        more=len(missing) - 5,
        unseen=unseen[:5],
        words=section.licence_header,
    )
    notes = (note(path, 1, "This new file has no licence header.") for path in missing)
    return Verdict(not missing and not unseen, summary, first_notes(notes))


def _is_new(change: Change, path: str) -> bool:
    return any(file.path == path and file.status == "added" for file in change.files)
