"""Show a card inside a comment, as much of it as there is room for."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Excerpt:
    """Hold whole lines from the start of a card, and the fence that no line of them closes.

    Source: CommonMark, "Fenced code blocks": a fence is closed by one that is at least as long.
    """

    text: str
    is_cut: bool = False

    @property
    def fence(self) -> str:
        """Give the fence: longer than every run of backticks in the text."""
        return "`" * max((len(run) + 1 for run in re.findall("`{3,}", self.text)), default=4)


def excerpt(card: str, room: int) -> Excerpt:
    """Take as many lines of a card as fit into ``room`` characters together with their two fences."""
    whole = Excerpt(card)
    left = room - 2 * len(whole.fence)
    if len(card) <= left:
        return whole
    beginning = card[: max(0, left)]
    return Excerpt(beginning[: beginning.rfind("\n") + 1], is_cut=True)
