"""Split a card into its YAML front matter and its body, the way the Hub does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huggingface_hub.repocard import REGEX_YAML_BLOCK

from bot.documents import Positions, parse_mapping


@dataclass(frozen=True)
class Parts:
    """Hold a card taken apart; positions and ``body_line`` count the lines of the whole card from 1."""

    body: str
    body_line: int
    data: Mapping[str, Any] = field(default_factory=dict)
    positions: Positions = field(default_factory=Positions)
    has_front_matter: bool = True

    def line(self, key: str) -> int:
        """Find the line of a metadata key, or of the front matter when the key is missing."""
        return self.positions.of_key((key,))[0]


def split(card: str) -> Parts:
    """Take a card apart. YAML 1.2 rules hold, so ``language: no`` stays Norwegian.

    Raises DocumentError, with the lines of the whole card, when the front matter is broken.
    """
    match = REGEX_YAML_BLOCK.search(card)
    if match is None:
        return Parts(card, 1, has_front_matter=False)
    lines_above = card.count("\n", 0, match.start(2))
    data, positions = parse_mapping("\n" * lines_above + match.group(2))
    return Parts(card[match.end() :], 1 + card.count("\n", 0, match.end()), data, positions)
