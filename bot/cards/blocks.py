"""Mark what is generated in a card, so that generating again keeps what people wrote.

A generated block stands between two HTML comments; the first carries a digest of the block. A block
whose text no longer fits its digest was edited by a person and stays as it is. To be rid of a block
for good, empty it and leave its two comments.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_OPENING = re.compile(r"<!-- giveback:generated (?P<name>[a-z-]+) (?P<digest>[0-9a-f]{8}) -->\n")
_TITLE = re.compile(r"^# .*$", re.MULTILINE)
_CLOSING = re.compile(r"<!-- /giveback:generated (?P<name>[a-z-]+) -->")


@dataclass(frozen=True)
class Conflict:
    """A block that stayed because a person had edited it: their text, and what would be generated now."""

    name: str
    theirs: str
    ours: str | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the two say different things."""
        return self.ours is not None and self.ours.strip() != self.theirs.strip() != ""


@dataclass(frozen=True)
class Merged:
    """Hold the merged text and the blocks that stayed because a person had edited them."""

    text: str
    conflicts: tuple[Conflict, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """Name the blocks that stayed."""
        return tuple(conflict.name for conflict in self.conflicts)


@dataclass(frozen=True)
class Block:
    """One block: where it starts and ends with its two comments, and the text between them."""

    name: str
    digest: str
    start: int
    end: int
    text: str

    @property
    def is_edited(self) -> bool:
        """Tell whether a person changed the text since it was generated."""
        return self.digest != _digest(self.text)


def mark(name: str, text: str) -> str:
    """Put the two comments around a generated text, whose runs of blank lines become one.

    Blank lines keep the comments apart from it, for renderers that read on into a table or paragraph.
    """
    inner = "\n" + re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n\n"
    return f"<!-- giveback:generated {name} {_digest(inner)} -->\n{inner}<!-- /giveback:generated {name} -->"


def merge(existing: str, generated: str, lasting: Collection[str] = (), *, top: str = "") -> Merged:
    """Bring the blocks of ``existing`` up to date with those of ``generated``; keep everything else.

    A block that ``existing`` lacks is put after the one before it, or at the end; the one called ``top``
    goes right under the title. A block that is not generated any more goes, unless it is among the
    ``lasting`` ones.
    """
    new = {block.name: generated[block.start : block.end] for block in blocks(generated)}
    inner = {block.name: block.text for block in blocks(generated)}
    conflicts: list[Conflict] = []
    pieces: list[str] = []
    done = 0
    for block in blocks(existing):
        pieces.append(existing[done : block.start])
        done = block.end
        there = existing[block.start : block.end]
        if block.is_edited:
            conflicts.append(Conflict(block.name, block.text, inner.get(block.name)))
            pieces.append(there)
        else:
            pieces.append(new.get(block.name, there if block.name in lasting else ""))
    text = "".join((*pieces, existing[done:])).rstrip() + "\n"
    before: str | None = None
    for name, content in new.items():
        ends = {block.name: block.end for block in blocks(text)}
        if name not in ends:
            place = ends[before] if before else _under_title(text) if name == top else len(text)
            rest = text[place:].lstrip("\n")
            text = f"{text[:place].rstrip()}\n\n{content}\n" + (f"\n{rest}" if rest else "")
        before = name if name != top else None
    return Merged(text, tuple(conflicts))


def _under_title(text: str) -> int:
    """Find the end of the first line that is a title, or of the text where there is none."""
    title = _TITLE.search(text)
    return title.end() if title else len(text)


def blocks(text: str) -> Iterator[Block]:
    """Find the blocks in one pass: a stranger's text may hold thousands of comments that never close."""
    closings: dict[str, list[re.Match[str]]] = {}
    for closing in _CLOSING.finditer(text):
        closings.setdefault(closing["name"], []).append(closing)
    done = 0
    for opening in _OPENING.finditer(text):
        candidates = closings.get(opening["name"], [])
        nearest = bisect_left(candidates, opening.end(), key=lambda closing: closing.start())
        if opening.start() < done or nearest == len(candidates):
            continue
        closing = candidates[nearest]
        done = closing.end()
        inner = text[opening.end() : closing.start()]
        yield Block(opening["name"], opening["digest"], opening.start(), done, inner)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
