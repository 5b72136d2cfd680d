"""Compile patterns with RE2, which takes time in proportion to the text, whoever wrote the pattern."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# google-re2 ships no types; what its Python wrapper adds to each call costs more than most calls take
from re2 import _re2  # type: ignore[import-untyped]

MEMORY = 64 << 20
"""Bytes that one automaton may use for its states before it starts them anew."""

ANYWHERE = _re2.RE2.Anchor.UNANCHORED
WHOLE = _re2.RE2.Anchor.ANCHOR_BOTH
NOTHING = r"[^\s\S]"
"""A pattern that is in no text."""

Pattern = Any
"""``Match(anchor, text, start, end)`` gives the span of the first match in a list, or ``(-1, -1)``."""
PatternSet = Any
"""``Match(text)`` gives the places of the patterns that are in a text, in no order."""


class PatternError(ValueError):
    """A pattern cannot be read; the message is RE2's."""


def compiled(pattern: str) -> Pattern:
    """Compile a pattern. Raises PatternError."""
    made = _re2.RE2(pattern.encode(), _options())
    if not made.ok():
        raise PatternError(made.error().decode("utf-8", "replace"))
    return made


def begins_with_digit(pattern: Pattern) -> bool:
    """Say whether all that a pattern matches is known to begin with an ASCII digit."""
    is_known, least, greatest = pattern.PossibleMatchRange(2)
    return bool(is_known and least[:1] >= b"0" and greatest[:1] <= b"9")


def is_in(pattern: Pattern, text: bytes) -> bool:
    """Say whether a pattern is anywhere in a text."""
    return bool(pattern.Match(ANYWHERE, text, 0, len(text))[0][0] >= 0)


def pattern_set(patterns: Iterable[str], whole: bool = False) -> PatternSet:
    """Compile patterns that are looked for in one pass, anywhere in a text or as the whole of it."""
    made = _re2.Set(WHOLE if whole else ANYWHERE, _options())
    for pattern in patterns:
        if made.Add(pattern.encode()) < 0:
            raise PatternError("one of the patterns cannot be read")
    made.Compile()
    return made


def _options() -> Any:
    """Give the options of every pattern: quiet, bounded, and within one line."""
    options = _re2.RE2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    options.never_nl = True
    options.never_capture = True
    return options
