"""Run patterns that strangers wrote, in time linear in the text: RE2 never backtracks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import re2  # type: ignore[import-untyped]  # google-re2 carries no types

MAX_PATTERN = 50_000
"""Characters of a pattern at most; RE2 also refuses what would need more than ``_MEMORY``."""
_MEMORY = 2 * 1024 * 1024
"""Bytes one compiled pattern may take, what it learns while matching included."""
_GROUP = 1_000
"""Patterns that are asked together."""
_GROUP_MEMORY = 32 * 1024 * 1024
"""Bytes a group of patterns may take."""


class PatternError(ValueError):
    """A pattern is not understood; the message says why, without the pattern."""


class LinearPattern:
    """A compiled pattern. Text that is not Unicode is matched with its broken characters replaced."""

    def __init__(self, source: str, *, any_case: bool = False) -> None:
        """Compile ``source``, in the syntax of RE2.

        Raises:
            PatternError: it is too long, needs too much memory, or asks for what RE2 does not do.
        """
        if len(source) > MAX_PATTERN:
            raise PatternError(f"a pattern has at most {MAX_PATTERN} characters")
        self.source = source
        try:
            self._compiled = re2.compile(_bytes(source), options=_options(any_case))
        except re2.error as error:
            raise PatternError(_in_words(error)) from None

    def matches(self, text: str) -> bool:
        """Tell whether the pattern describes the whole text."""
        return self._compiled.fullmatch(_bytes(text)) is not None

    def occurs_in(self, text: str) -> bool:
        """Tell whether the pattern describes some part of the text."""
        return self._compiled.search(_bytes(text)) is not None

    def first_in(self, text: str) -> str | None:
        """Give the first group (or, without groups, all) of the first part of the text that fits."""
        found = self._compiled.search(_bytes(text))
        if found is None:
            return None
        part: bytes | None = found.group(1 if self._compiled.groups else 0)
        return None if part is None else part.decode("utf-8", "replace")

    def all_in(self, text: str) -> Iterator[tuple[int, str]]:
        """Give every part of the text that fits, with the line it begins on, counted from 0."""
        raw = _bytes(text)
        line = since = 0
        for found in self._compiled.finditer(raw):
            line += raw.count(b"\n", since, found.start())
            since = found.start()
            yield line, found.group(0).decode("utf-8", "replace")


class LinearPatterns:
    """Many patterns asked at once, which takes little longer than one of them."""

    def __init__(self, sources: Sequence[str]) -> None:
        """Compile the patterns.

        Raises:
            PatternError: one of them is not understood.
        """
        self._sources = tuple(sources)
        self._groups = [
            (start, _group(self._sources[start : start + _GROUP]))
            for start in range(0, len(self._sources), _GROUP)
        ]

    def matching(self, text: str) -> list[int]:
        """Give the places of the patterns that describe the whole text, from the first on."""
        found: list[int] = []
        for start, group in self._groups:
            places = group.Match(_bytes(text))
            sources = self._sources[start : start + _GROUP]
            if len(sources) not in places:  # it ran out of memory, which it does not say
                places = [place for place, one in enumerate(sources) if LinearPattern(one).matches(text)]
            found += sorted(start + place for place in places if place < len(sources))
        return found


def _group(sources: Sequence[str]) -> re2.Set:
    """Compile a group; its last member matches every text, and so tells whether the group could be asked."""
    group = re2.Set.MatchSet(_options(False, _GROUP_MEMORY))
    try:
        for source in (*sources, "(?s:.*)"):
            # Without the end a set is content with the beginning of a text.
            group.Add(_bytes(f"(?:{source})\\z"))
    except re2.error as error:
        raise PatternError(_in_words(error)) from None
    group.Compile()
    return group


def escape(text: str) -> str:
    """Write a text so that a pattern takes each of its characters for itself."""
    return "".join(one if one.isalnum() or one == "_" else f"\\x{{{ord(one):x}}}" for one in text)


@cache
def _options(any_case: bool, memory: int = _MEMORY) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    options.case_sensitive = not any_case
    options.dot_nl = False
    return options


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _in_words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return words.split(":", 1)[0] or "not a regular expression"
