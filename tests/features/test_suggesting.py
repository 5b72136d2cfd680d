"""A card as suggestions for the lines of a pull request."""

from __future__ import annotations

import difflib
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.features.model_card.suggesting import MAX_LINES, suggestions_for

LINES = st.lists(st.sampled_from(["a", "b", "# c", "", "```", "````x"]), max_size=12)


def patch_of(before: str, after: str) -> str:
    """Write what GitHub shows of a file that was changed."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    return "\n".join(list(lines)[2:])


def taken(text: str, path: str, before: str, patch: str | None) -> str | None:
    """Give the file as it is when somebody takes all suggestions."""
    suggestions = suggestions_for(path, before, text, patch)
    if suggestions is None:
        return None
    lines = before.splitlines()
    for one in reversed(suggestions):
        match = re.fullmatch(r"(`{4,})suggestion\n(.*)\1", one.body, re.DOTALL)
        assert match, "a suggestion block"
        assert match[1] not in match[2]
        lines[one.first - 1 : one.last] = match[2].splitlines()
    return "".join(f"{line}\n" for line in lines)


@given(LINES.filter(bool), LINES)
def test_who_takes_all_suggestions_has_the_card(old: list[str], new: list[str]) -> None:
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    added = patch_of("", before)
    assert taken(after, "m/README.md", before, added) == after


def test_lines_that_the_diff_does_not_show_are_not_suggested() -> None:
    before = "".join(f"{number}\n" for number in range(100))
    patch = patch_of(before.replace("50\n", "x\n"), before)
    assert taken(before.replace("52\n", "y\n"), "m/README.md", before, patch) is not None
    assert taken(before.replace("80\n", "y\n"), "m/README.md", before, patch) is None
    assert taken(before.replace("52\n", "y\n"), "m/README.md", before, None) is None


def test_a_card_too_long_to_be_compared_is_not_suggested() -> None:
    before = "a\n" * (MAX_LINES + 1)
    assert suggestions_for("m/README.md", before, "b\n", patch_of("", "a\n")) is None
