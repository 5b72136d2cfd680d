"""Run patterns that strangers wrote, in time linear in the text: RE2 never backtracks."""

from __future__ import annotations

from functools import cache

import re2  # type: ignore[import-untyped]  # google-re2 carries no types

MAX_PATTERN = 50_000
"""Characters of a pattern at most; RE2 also refuses what would need more than ``_MEMORY``."""
_MEMORY = 2 * 1024 * 1024
"""Bytes one compiled pattern may take, what it learns while matching included."""


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


def escape(text: str) -> str:
    """Write a text so that a pattern takes each of its characters for itself."""
    return "".join(one if one.isalnum() or one == "_" else f"\\x{{{ord(one):x}}}" for one in text)


@cache
def _options(any_case: bool) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.case_sensitive = not any_case
    options.dot_nl = False
    return options


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _in_words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return words.split(":", 1)[0] or "not a regular expression"
