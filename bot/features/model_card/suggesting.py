"""Turn a card into suggestions for the lines of a pull request, which its author takes with a click.

GitHub takes a suggestion only for lines that the pull request's diff shows (GitHub Docs, "Commenting on a
pull request"; REST "Create a review for a pull request").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from bot.actions import Suggestion
from bot.cards.excerpt import Excerpt

MAX_SUGGESTIONS = 30
MAX_CHARACTERS = 50_000
"""Characters of all suggestions; GitHub takes 65,536 in one comment."""
MAX_LINES = 3_000
"""Lines of a card that is compared; longer ones are shown whole."""

_HUNK = re.compile(r"^@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})(?:,(\d{1,9}))? @@", re.MULTILINE)


def suggestions_for(path: str, before: str, after: str, patch: str | None) -> tuple[Suggestion, ...] | None:
    """Say line by line how a card changes; ``None`` where the diff does not show every line that does.

    ``before`` is the card as the pull request has it, ``patch`` what GitHub shows of it.
    """
    old, new = before.splitlines(), after.splitlines()
    if patch is None or "\r" in before or not old or max(len(old), len(new)) > MAX_LINES:
        return None
    shown = [range(int(found[1]), int(found[1]) + int(found[2] or 1)) for found in _HUNK.finditer(patch)]
    made = []
    for first, last, lines in _changes(old, new):
        if not any(first in hunk and last in hunk for hunk in shown):
            return None
        made.append(Suggestion(path=path, first=first, last=last, body=_block(lines)))
    too_much = len(made) > MAX_SUGGESTIONS or sum(len(one.body) for one in made) > MAX_CHARACTERS
    return None if too_much else tuple(made)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Yield the first and last line of each change, counted from 1, and the lines that take their place.

    What is only put in takes a line beside it along: a suggestion replaces at least one.
    """
    spans: list[list[int]] = []
    for kind, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            continue
        if kind == "insert" and old_start > 0:
            old_start, new_start = old_start - 1, new_start - 1
        elif kind == "insert":
            old_end, new_end = old_end + 1, new_end + 1
        if spans and old_start < spans[-1][1]:
            spans[-1][1], spans[-1][3] = old_end, new_end
        else:
            spans.append([old_start, old_end, new_start, new_end])
    for old_start, old_end, new_start, new_end in spans:
        yield old_start + 1, old_end, new[new_start:new_end]


def _block(lines: Sequence[str]) -> str:
    text = "".join(f"{line}\n" for line in lines)
    fence = Excerpt(text).fence
    return f"{fence}suggestion\n{text}{fence}"
