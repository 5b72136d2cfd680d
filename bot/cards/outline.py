"""See a card as its metadata, its headings and the text under each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from bot.cards.blocks import blocks
from bot.cards.facts import Reading
from bot.cards.front_matter import Parts
from bot.cards.placeholders import says_something
from bot.documents import parse_mapping

FENCES = ("```", "~~~")
"""What a line that opens or closes code begins with."""


@dataclass(frozen=True)
class Heading:
    """Hold one heading, its level from 1 to 6, its line, and the text up to the next heading."""

    level: int
    title: str
    line: int
    text: str


@dataclass(frozen=True)
class Outline:
    """Hold what rules look at: a card taken apart, and the facts of its folder where that is at hand.

    ``model_id`` is the Hub id of the model, where people said it. ``has_file`` tells of a path, counted
    from the card's folder, whether something is there, and cannot be asked where only the card is at hand.
    """

    parts: Parts
    headings: tuple[Heading, ...]
    reading: Reading | None = None
    model_id: str | None = None
    has_file: Callable[[str], bool] | None = None

    @property
    def data(self) -> Mapping[str, Any]:
        """Give the card's metadata."""
        return self.parts.data

    def text(self, key: str) -> str | None:
        """Give a metadata value when it is text and not blank."""
        value = self.data.get(key)
        return value.strip() or None if isinstance(value, str) else None

    def texts(self, key: str) -> list[str]:
        """Give the texts a metadata value is made of, which may be one or a list of them."""
        value = self.data.get(key)
        return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]

    def placed(self, key: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        """Yield the value of a key, or each of a list of them, with its place in the metadata."""
        value = self.data.get(key)
        if isinstance(value, list):
            yield from (((key, place), one) for place, one in enumerate(value))
        elif value is not None:
            yield (key,), value

    @cached_property
    def lines(self) -> tuple[tuple[int, str], ...]:
        """Give the lines of the body that are not blank, each with its number in the card."""
        numbered = enumerate(self.parts.body.split("\n"), self.parts.body_line)
        return tuple((number, line) for number, line in numbered if line and not line.isspace())

    @cached_property
    def line_at(self) -> Mapping[int, str]:
        """Give the lines of the body that are not blank, by their numbers in the card."""
        return dict(self.lines)

    @cached_property
    def prose(self) -> tuple[tuple[int, str], ...]:
        """Give the lines of the body that are neither code nor blank, each with its number in the card."""
        kept, fenced = [], False
        for number, line in self.lines:
            is_fence = line.lstrip().startswith(FENCES)
            fenced ^= is_fence
            if not fenced and not is_fence:
                kept.append((number, line))
        return tuple(kept)

    def has_section(self, section: str) -> bool:
        """Tell whether a section of ``sections.yml`` is there with more in it than a template left."""
        return any(
            self.is_about(heading, section) and any(map(says_something, heading.text.split("\n")))
            for heading in self.headings
        )

    def is_about(self, heading: Heading, section: str) -> bool:
        """Tell whether a heading's words are those of a section of ``sections.yml``."""
        return bool(_about(section).search(heading.title))

    @property
    def is_described(self) -> bool:
        """Tell whether a sentence or more stands under the title."""
        first = self.headings[0].text if self.headings else self.parts.body
        return len(re.sub(r"\s+", " ", _without_comments(first))) >= 40

    @cached_property
    def generated_lines(self) -> tuple[range, ...]:
        """Give the lines of the parts that were generated and not edited since."""
        line, done, found = self.parts.body_line, 0, []
        for block in blocks(self.parts.body):
            line, done = line + self.parts.body.count("\n", done, block.start), block.start
            if not block.is_edited:
                found.append(range(line, line + self.parts.body.count("\n", block.start, block.end) + 1))
        return tuple(found)


def outline(
    parts: Parts,
    reading: Reading | None = None,
    model_id: str | None = None,
    has_file: Callable[[str], bool] | None = None,
) -> Outline:
    """Find the headings of a card."""
    return Outline(parts, tuple(_headings(parts)), reading, model_id, has_file)


def _headings(parts: Parts) -> Iterator[Heading]:
    """Yield each heading with the text under it, up to the next heading; comments do not count as text."""
    title, level, line, text, fenced = "", 0, 0, list[str](), False
    for number, row in enumerate(_without_comments(parts.body).split("\n"), parts.body_line):
        fenced ^= row.lstrip().startswith(FENCES)
        heading = None if fenced else _heading(row)
        if heading:
            if level:
                yield Heading(level, title, line, "\n".join(text).strip())
            (level, title), line, text = heading, number, []
        else:
            text.append(row)
    if level:
        yield Heading(level, title, line, "\n".join(text).strip())


def _heading(row: str) -> tuple[int, str] | None:
    """Read the level and title of a heading written with ``#``."""
    rest = row.lstrip("#")
    level = len(row) - len(rest)
    if not 1 <= level <= 6 or not rest[:1].isspace():
        return None
    return level, rest.strip().rstrip("#").rstrip()


def _without_comments(body: str) -> str:
    """Leave out HTML comments but not their line breaks, so that lines keep their numbers."""
    kept: list[str] = []
    done = 0
    while (start := body.find("<!--", done)) >= 0 and (end := body.find("-->", start + 4)) >= 0:
        kept += body[done:start], "\n" * body.count("\n", start, end)
        done = end + 3
    return "".join((*kept, body[done:]))


@cache
def _about(section: str) -> re.Pattern[str]:
    sections, _ = parse_mapping(files("bot.cards").joinpath("sections.yml").read_bytes())
    words = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in sections[section])
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
