"""Split a card into its YAML front matter and its body, the way the Hub does, and write metadata back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from huggingface_hub.repocard import REGEX_YAML_BLOCK
from huggingface_hub.utils import yaml_dump  # type: ignore[attr-defined]  # there, but not in its __all__

from bot.documents import DocumentError, Positions, parse_mapping


@dataclass(frozen=True)
class Parts:
    """Hold a card taken apart; positions and ``body_line`` count the lines of the whole card from 1.

    ``source`` is the front matter as it was written, whose first line is line ``source_line`` of the card.
    """

    body: str
    body_line: int
    data: Mapping[str, Any] = field(default_factory=dict)
    positions: Positions = field(default_factory=Positions)
    has_front_matter: bool = True
    source: str = ""
    source_line: int = 1

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
    source, lines_above = match.group(2), card.count("\n", 0, match.start(2))
    data, positions = parse_mapping("\n" * lines_above + source)
    body_line = 1 + card.count("\n", 0, match.end())
    return Parts(card[match.end() :], body_line, data, positions, True, source, lines_above + 1)


def with_metadata(card: str, data: Mapping[str, Any], anew: Collection[str] = ()) -> str:
    """Put other metadata into a card; lines stay where a value does, and those ``anew`` are written again."""
    parts = split(card)
    written = write(data, parts, anew)
    match = REGEX_YAML_BLOCK.search(card)
    if match is None:
        return f"---\n{written}\n---\n\n{card}"
    return f"{card[: match.start(2)]}{written}{card[match.end(2) :]}"


def write(data: Mapping[str, Any], parts: Parts | None = None, anew: Collection[str] = ()) -> str:
    """Write metadata as YAML; of the card in ``parts`` the lines of every value that stays are kept.

    So comments stay, and so does ``1.10``, which as a number would become 1.1. The keys ``anew`` are written
    again although their values stay.
    """
    kept = "\n".join(_kept_lines(data, parts, anew)) if parts and _has_a_line_per_key(parts) else ""
    try:
        # What was kept may lean on what was not, as an alias does on its anchor.
        if parse_mapping(kept)[0] == data:
            return kept
    except DocumentError:
        pass
    return _dumped(data)


def _has_a_line_per_key(parts: Parts) -> bool:
    places = [parts.positions.keys[(key,)] for key in parts.data]
    lines = [line for line, _ in places]
    return all(column == 1 for _, column in places) and len(set(lines)) == len(lines)


def _kept_lines(data: Mapping[str, Any], parts: Parts, anew: Collection[str]) -> Iterator[str]:
    lines = parts.source.split("\n") if parts.source else []
    bounds = [*(parts.line(key) - parts.source_line for key in parts.data), len(lines)]
    yield from lines[: bounds[0]]
    for key, (start, end) in zip(parts.data, pairwise(bounds), strict=True):
        if key in data and key not in anew and data[key] == parts.data[key]:
            yield from lines[start:end]
            continue
        if key in data:
            yield _dumped({key: data[key]})
        comments = end
        while comments > start + 1 and lines[comments - 1].startswith("#"):
            comments -= 1
        yield from lines[comments:end]
    added = {key: value for key, value in data.items() if key not in parts.data}
    if added:
        yield _dumped(added)


def _dumped(data: Mapping[str, Any]) -> str:
    return str(yaml_dump(dict(data), sort_keys=False)).strip()
