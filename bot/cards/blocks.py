"""Mark what is generated in a card, so that generating again keeps what people wrote.

A generated block stands between two HTML comments; the first carries a digest of the block. A block
whose text no longer fits its digest was edited by a person and stays as it is. To be rid of a block
for good, empty it and leave its two comments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

_BLOCK = re.compile(
    r"<!-- giveback:generated (?P<name>[a-z-]+) (?P<digest>[0-9a-f]{8}) -->\n"
    r"(?P<text>.*?)"
    r"<!-- /giveback:generated (?P=name) -->",
    re.DOTALL,
)


@dataclass(frozen=True)
class Merged:
    """Hold the merged text and the names of the blocks that stayed because a person had edited them."""

    text: str
    kept: tuple[str, ...] = ()


def mark(name: str, text: str) -> str:
    """Put the two comments around a generated text, whose runs of blank lines become one.

    Blank lines keep the comments apart from it, for renderers that read on into a table or paragraph.
    """
    inner = "\n" + re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n\n"
    return f"<!-- giveback:generated {name} {_digest(inner)} -->\n{inner}<!-- /giveback:generated {name} -->"


def merge(existing: str, generated: str, lasting: Collection[str] = ()) -> Merged:
    """Bring the blocks of ``existing`` up to date with those of ``generated``; keep everything else.

    A block that ``existing`` lacks is put after the one before it, or at the end. A block that is not
    generated any more goes, unless it is among the ``lasting`` ones.
    """
    new = {match["name"]: match[0] for match in _BLOCK.finditer(generated)}
    kept: list[str] = []

    def renewed(match: re.Match[str]) -> str:
        if match["digest"] != _digest(match["text"]):
            kept.append(match["name"])
            return match[0]
        return new.get(match["name"], match[0] if match["name"] in lasting else "")

    text = _BLOCK.sub(renewed, existing).rstrip() + "\n"
    before: str | None = None
    for name, block in new.items():
        there = {match["name"]: match.end() for match in _BLOCK.finditer(text)}
        if name not in there:
            place = there[before] if before else len(text)
            text = f"{text[:place].rstrip()}\n\n{block}\n{text[place:]}"
        before = name
    return Merged(text, tuple(kept))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
